// Writes small ONNX models byte by byte, so that tests can also write damaged ones.
#pragma once

#include <cstring>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace lineside::infer {

inline std::string varint(std::uint64_t value) {
  std::string out;
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  return out + static_cast<char>(value);
}
inline std::string integer(unsigned number, std::int64_t value) {
  return varint(number << 3) + varint(static_cast<std::uint64_t>(value));
}
inline std::string text(unsigned number, std::string_view content) {
  return varint(number << 3 | 2) + varint(content.size()) + std::string(content);
}
inline std::string integers(unsigned number, const std::vector<std::int64_t>& values) {
  std::string all;
  for (const std::int64_t value : values) all += integer(number, value);
  return all;
}
inline std::string floats(unsigned number, const std::vector<float>& values) {
  std::string all;
  for (const float value : values) {
    char raw[4];
    std::memcpy(raw, &value, 4);
    all += varint(number << 3 | 5) + std::string(raw, 4);
  }
  return all;
}

// ValueInfoProto of a float tensor; a dimension of -1 is left open.
inline std::string value(std::string_view name, std::initializer_list<std::int64_t> dims,
                         std::int64_t element_type = 1) {
  std::string shape;
  for (const std::int64_t dim : dims) shape += text(1, dim < 0 ? text(2, "N") : integer(1, dim));
  return text(1, name) + text(2, text(1, integer(1, element_type) + text(2, shape)));
}

inline std::string attribute(std::string_view name, std::int64_t type, const std::string& content) {
  return text(5, text(1, name) + content + integer(20, type));
}

inline std::string node(std::string_view op, std::initializer_list<std::string_view> inputs,
                        std::string_view output, const std::string& attributes = {},
                        std::string_view domain = {}) {
  std::string all;
  for (const std::string_view input : inputs) all += text(1, input);
  all += text(2, output) + text(4, op) + attributes;
  return domain.empty() ? all : all + text(7, domain);
}

// TensorProto with raw floats.
inline std::string tensor(std::string_view name, std::initializer_list<std::int64_t> dims,
                          std::initializer_list<float> values) {
  std::string raw(values.size() * 4, '\0');
  if (values.size() > 0) std::memcpy(raw.data(), values.begin(), raw.size());
  return integers(1, dims) + integer(2, 1) + text(8, name) + text(9, raw);
}

inline std::string opset(std::string_view domain, std::int64_t version) {
  return text(1, domain) + integer(2, version);
}

inline std::string model(const std::string& graph, const std::string& more = {}) {
  return integer(1, 8) + text(7, graph) + text(8, opset("", 13)) + text(8, opset("ai.onnx.ml", 3)) +
         more;
}

inline std::string metadata(std::string_view key, std::string_view content) {
  return text(14, text(1, key) + text(2, content));
}

// y = x + (1, 2, 3), N free.
inline std::string adding_model(const std::string& more = {}) {
  return model(text(1, node("Add", {"x", "one"}, "y")) + text(2, "g") +
                   text(5, tensor("one", {3}, {1, 2, 3})) + text(11, value("x", {-1, 3})) +
                   text(12, value("y", {-1, 3})),
               more);
}

}  // namespace lineside::infer
