#include <algorithm>
#include <bit>
#include <format>

#include "learn/ubjson_internal.h"

namespace lineside::learn {

namespace {

constexpr int kDepthMax = 32;

class UbjsonReader {
 public:
  explicit UbjsonReader(ByteView in) : in_(in) {}

  Result<Ubjson> run() {
    Ubjson out = value(take(), 0);
    if (!ok_) return fail(Code::corrupt, std::format("not UBJSON at byte {}", at_));
    return out;
  }

 private:
  char take() {
    if (at_ >= in_.size()) ok_ = false;
    return ok_ ? static_cast<char>(in_[at_++]) : '\0';
  }
  char peek() const { return at_ < in_.size() ? static_cast<char>(in_[at_]) : '\0'; }

  template <class T>
  T big_endian() {
    std::array<std::byte, sizeof(T)> raw{};
    if (in_.size() - at_ < sizeof(T)) ok_ = false;
    if (!ok_) return T{};
    std::ranges::copy(in_.subspan(at_, sizeof(T)), raw.rbegin());
    at_ += sizeof(T);
    return std::bit_cast<T>(raw);
  }
  double number(char type) {
    switch (type) {
      case 'i':
        return big_endian<std::int8_t>();
      case 'U':
        return big_endian<std::uint8_t>();
      case 'I':
        return big_endian<std::int16_t>();
      case 'l':
        return big_endian<std::int32_t>();
      case 'L':
        return static_cast<double>(big_endian<std::int64_t>());
      case 'd':
        return static_cast<double>(big_endian<float>());
      case 'D':
        return big_endian<double>();
      default:
        ok_ = false;
        return 0;
    }
  }
  std::size_t count() {
    const double n = number(take());
    if (!(n >= 0 && n <= static_cast<double>(in_.size() - at_))) ok_ = false;
    return ok_ ? static_cast<std::size_t>(n) : 0;
  }
  std::string text() {
    const std::size_t n = count();
    if (!ok_) return {};
    at_ += n;
    return std::string(as_text(in_.subspan(at_ - n, n)));
  }

  Ubjson value(char type, int depth) {
    Ubjson out;
    if (depth > kDepthMax) ok_ = false;
    if (!ok_) return out;
    switch (type) {
      case 'Z':
        break;
      case 'T':
      case 'F':
        out.kind = Ubjson::Kind::number;
        out.number = type == 'T' ? 1 : 0;
        break;
      case 'S':
        out.kind = Ubjson::Kind::text;
        out.text = text();
        break;
      case '[':
        array(out, depth);
        break;
      case '{':
        object(out, depth);
        break;
      default:
        out.kind = Ubjson::Kind::number;
        out.number = number(type);
    }
    return out;
  }
  void array(Ubjson& out, int depth) {
    if (peek() == '$') {
      take();
      const char type = take();
      if (take() != '#') ok_ = false;
      out.kind = Ubjson::Kind::numbers;
      for (std::size_t left = count(); ok_ && left > 0; --left) out.numbers.push_back(number(type));
      return;
    }
    out.kind = Ubjson::Kind::list;
    if (peek() == '#') {
      take();
      for (std::size_t left = count(); ok_ && left > 0; --left)
        out.list.push_back(value(take(), depth + 1));
      return;
    }
    while (ok_ && peek() != ']') out.list.push_back(value(take(), depth + 1));
    take();
  }
  void object(Ubjson& out, int depth) {
    out.kind = Ubjson::Kind::object;
    while (ok_ && peek() != '}') {
      std::string key = text();
      out.object[std::move(key)] = value(take(), depth + 1);
    }
    take();
  }

  ByteView in_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

}  // namespace

const Ubjson& Ubjson::at(std::initializer_list<const char*> path) const {
  static const Ubjson nothing;
  const Ubjson* here = this;
  for (const char* key : path) {
    const auto found = here->object.find(key);
    if (found == here->object.end()) return nothing;
    here = &found->second;
  }
  return *here;
}

Result<Ubjson> parse_ubjson(ByteView bytes) { return UbjsonReader(bytes).run(); }

}  // namespace lineside::learn
