// Protobuf's wire format as ONNX uses it: fields, and the place in the file for messages.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace lineside::infer {

enum class Wire : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

struct WireField {
  std::uint32_t number = 0;
  Wire wire = Wire::varint;
  std::uint64_t value = 0;  // of varint and fixed fields
  ByteView bytes;           // of bytes fields

  std::int64_t integer() const { return static_cast<std::int64_t>(value); }
  std::string_view text() const { return as_text(bytes); }
};

// Goes through the fields of one message.
class WireCursor {
 public:
  explicit WireCursor(ByteView message) : in_(message) {}

  // The next field; nothing at the end and where the bytes are damaged: then ok() is false.
  std::optional<WireField> next() {
    if (!ok_ || at_ == in_.size()) return std::nullopt;
    WireField field;
    const auto tag = varint();
    if (!tag || *tag >> 3 == 0 || *tag >> 3 > 0x1fffffff) return damaged();
    field.number = static_cast<std::uint32_t>(*tag >> 3);
    field.wire = static_cast<Wire>(*tag & 7);
    switch (field.wire) {
      case Wire::varint:
        return read_varint(field);
      case Wire::fixed64:
        return read_fixed(field, 8);
      case Wire::fixed32:
        return read_fixed(field, 4);
      case Wire::bytes:
        return read_bytes(field);
    }
    return damaged();  // groups, and wire types that do not exist
  }
  bool ok() const { return ok_; }
  std::size_t position() const { return at_; }
  // A varint of a packed field.
  std::optional<std::uint64_t> varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 70 && at_ < in_.size(); shift += 7) {
      const auto byte = static_cast<std::uint64_t>(in_[at_++]);
      if (shift < 64) value |= (byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) return value;
    }
    ok_ = false;
    return std::nullopt;
  }
  bool at_end() const { return at_ == in_.size(); }

 private:
  std::optional<WireField> damaged() {
    ok_ = false;
    return std::nullopt;
  }
  std::optional<WireField> read_varint(WireField& field) {
    const auto value = varint();
    if (!value) return damaged();
    field.value = *value;
    return field;
  }
  std::optional<WireField> read_fixed(WireField& field, std::size_t size) {
    if (in_.size() - at_ < size) return damaged();
    std::memcpy(&field.value, in_.data() + at_, size);
    at_ += size;
    return field;
  }
  std::optional<WireField> read_bytes(WireField& field) {
    const auto size = varint();
    if (!size || *size > in_.size() - at_) return damaged();
    field.bytes = in_.subspan(at_, static_cast<std::size_t>(*size));
    at_ += field.bytes.size();
    return field;
  }

  ByteView in_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

// Where a reader stands: "graph.node[3].attribute[1]".
class WirePlace {
 public:
  explicit WirePlace(ByteView file) : file_(file) {}

  // A step into a message; undone when it goes out of scope. `index` < 0: not a list.
  class Step {
   public:
    Step(WirePlace& place, std::string_view name, std::ptrdiff_t index) : place_(place) {
      place_.steps_.push_back({name, index});
    }
    ~Step() { place_.steps_.pop_back(); }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    WirePlace& place_;
  };

  std::size_t depth() const { return steps_.size(); }
  // "<path> at byte <offset>: <text>"; `at` points into the file.
  Error error(Code code, const std::byte* at, std::string_view text) const {
    std::string where;
    for (const auto& [name, index] : steps_) {
      if (!where.empty()) where += '.';
      where += name;
      if (index >= 0) where += '[' + std::to_string(index) + ']';
    }
    if (where.empty()) where = "model";
    where += " at byte " + std::to_string(at - file_.data()) + ": ";
    return fail(code, where.append(text));
  }

 private:
  struct Named {
    std::string_view name;
    std::ptrdiff_t index;
  };
  ByteView file_;
  std::vector<Named> steps_;
};

// Every field of every known message lies within its parent and has its wire type, packed lists
// divide into items, and texts are UTF-8. After that a WireCursor over any of them cannot fail.
// Errors: corrupt; unsupported for nesting beyond what graphs within graphs need.
Result<void> check_structure(ByteView model);

// A NodeProto that holds a tree ensemble: see precheck_onnx(). `width` < 0: not known.
Result<void> check_tree_ensemble(ByteView node, std::int64_t width, const WirePlace& place);

}  // namespace lineside::infer
