#include <algorithm>
#include <array>
#include <format>
#include <span>

#include "base/text.h"
#include "infer/onnx_wire_internal.h"

namespace lineside::infer {

namespace {

enum class Kind : std::uint8_t { integer, real, text, blob, integers, reals, doubles, message };

struct Rule;
using Message = std::span<const Rule>;

// One field of a message of onnx.proto (IR version 10).
struct Rule {
  std::uint32_t number;
  std::string_view name;
  Kind kind;
  Message (*message)() = nullptr;
  bool single = false;  // not a list: named without index
};

Message graph_message();
Message type_message();

constexpr Rule kEntry[] = {{1, "key", Kind::text}, {2, "value", Kind::text}};
Message entry_message() { return kEntry; }

constexpr Rule kSegment[] = {{1, "begin", Kind::integer}, {2, "end", Kind::integer}};
Message segment_message() { return kSegment; }

constexpr Rule kTensor[] = {{1, "dims", Kind::integers},
                            {2, "data_type", Kind::integer},
                            {3, "segment", Kind::message, segment_message},
                            {4, "float_data", Kind::reals},
                            {5, "int32_data", Kind::integers},
                            {6, "string_data", Kind::blob},
                            {7, "int64_data", Kind::integers},
                            {8, "name", Kind::text},
                            {9, "raw_data", Kind::blob},
                            {10, "double_data", Kind::doubles},
                            {11, "uint64_data", Kind::integers},
                            {12, "doc_string", Kind::text},
                            {13, "external_data", Kind::message, entry_message},
                            {14, "data_location", Kind::integer},
                            {16, "metadata_props", Kind::message, entry_message}};
Message tensor_message() { return kTensor; }

constexpr Rule kSparseTensor[] = {{1, "values", Kind::message, tensor_message},
                                  {2, "indices", Kind::message, tensor_message},
                                  {3, "dims", Kind::integers}};
Message sparse_tensor_message() { return kSparseTensor; }

constexpr Rule kDimension[] = {
    {1, "dim_value", Kind::integer}, {2, "dim_param", Kind::text}, {3, "denotation", Kind::text}};
Message dimension_message() { return kDimension; }
constexpr Rule kShape[] = {{1, "dim", Kind::message, dimension_message}};
Message shape_message() { return kShape; }
constexpr Rule kTensorType[] = {{1, "elem_type", Kind::integer},
                                {2, "shape", Kind::message, shape_message}};
Message tensor_type_message() { return kTensorType; }
constexpr Rule kElementType[] = {{1, "elem_type", Kind::message, type_message}};
Message element_type_message() { return kElementType; }
constexpr Rule kMapType[] = {{1, "key_type", Kind::integer},
                             {2, "value_type", Kind::message, type_message}};
Message map_type_message() { return kMapType; }
constexpr Rule kType[] = {{1, "tensor_type", Kind::message, tensor_type_message},
                          {4, "sequence_type", Kind::message, element_type_message},
                          {5, "map_type", Kind::message, map_type_message},
                          {6, "denotation", Kind::text},
                          {8, "sparse_tensor_type", Kind::message, tensor_type_message},
                          {9, "optional_type", Kind::message, element_type_message}};
Message type_message() { return kType; }

constexpr Rule kValue[] = {{1, "name", Kind::text},
                           {2, "type", Kind::message, type_message},
                           {3, "doc_string", Kind::text},
                           {4, "metadata_props", Kind::message, entry_message}};
Message value_message() { return kValue; }

constexpr Rule kAttribute[] = {{1, "name", Kind::text},
                               {2, "f", Kind::real},
                               {3, "i", Kind::integer},
                               {4, "s", Kind::blob},
                               {5, "t", Kind::message, tensor_message},
                               {6, "g", Kind::message, graph_message},
                               {7, "floats", Kind::reals},
                               {8, "ints", Kind::integers},
                               {9, "strings", Kind::blob},
                               {10, "tensors", Kind::message, tensor_message},
                               {11, "graphs", Kind::message, graph_message},
                               {13, "doc_string", Kind::text},
                               {14, "tp", Kind::message, type_message},
                               {15, "type_protos", Kind::message, type_message},
                               {20, "type", Kind::integer},
                               {21, "ref_attr_name", Kind::text},
                               {22, "sparse_tensor", Kind::message, sparse_tensor_message},
                               {23, "sparse_tensors", Kind::message, sparse_tensor_message}};
Message attribute_message() { return kAttribute; }

constexpr Rule kNode[] = {{1, "input", Kind::text},
                          {2, "output", Kind::text},
                          {3, "name", Kind::text},
                          {4, "op_type", Kind::text},
                          {5, "attribute", Kind::message, attribute_message},
                          {6, "doc_string", Kind::text},
                          {7, "domain", Kind::text},
                          {8, "overload", Kind::text},
                          {9, "metadata_props", Kind::message, entry_message}};
Message node_message() { return kNode; }

constexpr Rule kAnnotation[] = {{1, "tensor_name", Kind::text},
                                {2, "quant_parameter_tensor_names", Kind::message, entry_message}};
Message annotation_message() { return kAnnotation; }

constexpr Rule kGraph[] = {{1, "node", Kind::message, node_message},
                           {2, "name", Kind::text},
                           {5, "initializer", Kind::message, tensor_message},
                           {10, "doc_string", Kind::text},
                           {11, "input", Kind::message, value_message},
                           {12, "output", Kind::message, value_message},
                           {13, "value_info", Kind::message, value_message},
                           {14, "quantization_annotation", Kind::message, annotation_message},
                           {15, "sparse_initializer", Kind::message, sparse_tensor_message},
                           {16, "metadata_props", Kind::message, entry_message}};
Message graph_message() { return kGraph; }

constexpr Rule kOpset[] = {{1, "domain", Kind::text}, {2, "version", Kind::integer}};
Message opset_message() { return kOpset; }

constexpr Rule kModel[] = {{1, "ir_version", Kind::integer},
                           {2, "producer_name", Kind::text},
                           {3, "producer_version", Kind::text},
                           {4, "domain", Kind::text},
                           {5, "model_version", Kind::integer},
                           {6, "doc_string", Kind::text},
                           {7, "graph", Kind::message, graph_message, true},
                           {8, "opset_import", Kind::message, opset_message},
                           {14, "metadata_props", Kind::message, entry_message},
                           {20, "training_info", Kind::blob},
                           {25, "functions", Kind::blob}};

constexpr std::size_t kDepthMax = 64;

bool wire_fits(Kind kind, Wire wire) {
  switch (kind) {
    case Kind::integer:
      return wire == Wire::varint;
    case Kind::real:
      return wire == Wire::fixed32;
    case Kind::integers:
      return wire == Wire::varint || wire == Wire::bytes;
    case Kind::reals:
      return wire == Wire::fixed32 || wire == Wire::bytes;
    case Kind::doubles:
      return wire == Wire::fixed64 || wire == Wire::bytes;
    case Kind::text:
    case Kind::blob:
    case Kind::message:
      return wire == Wire::bytes;
  }
  return false;
}

// Empty when the content of a field that is no message is sound, else what is wrong with it.
std::string_view content_fault(Kind kind, const WireField& field) {
  if (field.wire != Wire::bytes) return {};
  if (kind == Kind::text && !is_utf8(field.text())) return "text that is not UTF-8";
  if (kind == Kind::reals && field.bytes.size() % 4 != 0) return "a list of floats of odd length";
  if (kind == Kind::doubles && field.bytes.size() % 8 != 0)
    return "a list of doubles of odd length";
  if (kind != Kind::integers) return {};
  WireCursor items(field.bytes);
  while (!items.at_end())
    if (!items.varint()) return "a list of integers that ends within one";
  return {};
}

Result<void> walk(Message message, ByteView bytes, WirePlace& place) {
  if (place.depth() > kDepthMax)
    return place.error(Code::unsupported, bytes.data(), "nested too deeply");
  std::array<std::ptrdiff_t, 32> counts{};
  WireCursor cursor(bytes);
  for (std::size_t start = 0;; start = cursor.position()) {
    const auto field = cursor.next();
    if (!field) break;
    const auto rule = std::ranges::find(message, field->number, &Rule::number);
    if (rule == message.end()) continue;  // a later version's; the library skips it as well
    const std::ptrdiff_t index = counts[rule->number]++;
    const WirePlace::Step step(place, rule->name, rule->single ? -1 : index);
    const std::byte* at = bytes.data() + start;
    if (!wire_fits(rule->kind, field->wire))
      return place.error(Code::corrupt, at, "wire type of another kind of field");
    if (const std::string_view fault = content_fault(rule->kind, *field); !fault.empty())
      return place.error(Code::corrupt, at, fault);
    if (rule->kind == Kind::message) TRY(walk(rule->message(), field->bytes, place));
  }
  if (cursor.ok()) return {};
  return place.error(
      Code::corrupt, bytes.data() + cursor.position(),
      std::format("a field that does not fit into its message of {} bytes", bytes.size()));
}

}  // namespace

Result<void> check_structure(ByteView model) {
  WirePlace place(model);
  return walk(kModel, model, place);
}

}  // namespace lineside::infer
