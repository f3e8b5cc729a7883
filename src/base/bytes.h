// Bounded little-endian reading and writing of byte strings, for the formats on disk and on wire.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace lineside {

using Bytes = std::vector<std::byte>;
using ByteView = std::span<const std::byte>;

static_assert(std::endian::native == std::endian::little, "formats are written for little-endian");

inline ByteView as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Appends to a caller-owned buffer.
class ByteWriter {
 public:
  explicit ByteWriter(Bytes& out) : out_(out) {}

  template <class T>
    requires std::is_arithmetic_v<T>
  void put(T value) {
    put_raw(&value, sizeof value);
  }
  void put_bytes(ByteView bytes) { put_raw(bytes.data(), bytes.size()); }
  // A string of at most 4 GiB behind its uint32 length.
  void put_string(std::string_view text) {
    put(static_cast<std::uint32_t>(text.size()));
    put_raw(text.data(), text.size());
  }
  template <class T>
    requires std::is_trivially_copyable_v<T>
  void put_array(std::span<const T> values) {
    put(static_cast<std::uint32_t>(values.size()));
    put_raw(values.data(), values.size_bytes());
  }

 private:
  void put_raw(const void* from, std::size_t n) {
    const auto* bytes = static_cast<const std::byte*>(from);
    out_.insert(out_.end(), bytes, bytes + n);
  }
  Bytes& out_;
};

// Reads never pass the end: the first short read makes ok() false for good and yields zeros.
class ByteReader {
 public:
  explicit ByteReader(ByteView in) : in_(in) {}

  template <class T>
    requires std::is_arithmetic_v<T>
  T get() {
    T value{};
    if (take(sizeof value)) std::memcpy(&value, in_.data() + at_ - sizeof value, sizeof value);
    return value;
  }
  ByteView get_bytes(std::size_t n) { return take(n) ? in_.subspan(at_ - n, n) : ByteView{}; }
  std::string_view get_string() { return as_text(get_bytes(get<std::uint32_t>())); }
  template <class T>
    requires std::is_trivially_copyable_v<T>
  bool get_array(std::vector<T>& out) {
    const std::size_t n = get<std::uint32_t>();
    if (n > remaining() / sizeof(T)) ok_ = false;
    const ByteView raw = get_bytes(ok_ ? n * sizeof(T) : 0);
    if (!ok_) return false;
    out.resize(n);
    if (n > 0) std::memcpy(out.data(), raw.data(), raw.size());
    return true;
  }

  bool ok() const { return ok_; }
  std::size_t position() const { return at_; }
  std::size_t remaining() const { return in_.size() - at_; }

 private:
  bool take(std::size_t n) {
    if (!ok_ || n > remaining()) {
      ok_ = false;
      return false;
    }
    at_ += n;
    return true;
  }
  ByteView in_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

// CRC-32C (Castagnoli, RFC 3720 appendix B.4); `seed` chains calls. Uses SSE4.2 where it is there.
std::uint32_t crc32c(ByteView bytes, std::uint32_t seed = 0);

}  // namespace lineside
