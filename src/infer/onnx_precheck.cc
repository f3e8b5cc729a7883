#include "infer/onnx_precheck.h"

#include <algorithm>
#include <array>
#include <format>

#include "base/text.h"
#include "infer/onnx_wire_internal.h"

namespace lineside::infer {

namespace {

constexpr std::int64_t kIrMin = 3;
constexpr std::int64_t kIrMax = 10;
constexpr std::int64_t kOpsetMin = 7;
constexpr std::int64_t kOpsetMax = 22;
constexpr std::int64_t kOpsetMlMax = 4;

bool is_default_domain(std::string_view domain) { return domain.empty() || domain == "ai.onnx"; }

// How a TensorProto stores one kind of element (onnx.proto, TensorProto.DataType).
struct ElementType {
  std::int64_t code;
  std::size_t bits;            // in raw_data; 0: never raw
  std::uint32_t field;         // the typed list that may hold it instead
  std::size_t items_each = 1;  // items of that list per element
};
constexpr std::array<ElementType, 20> kElementTypes = {
    {{1, 32, 4},   {2, 8, 5},    {3, 8, 5},    {4, 16, 5},     {5, 16, 5},
     {6, 32, 5},   {7, 64, 7},   {8, 0, 6},    {9, 8, 5},      {10, 16, 5},
     {11, 64, 10}, {12, 32, 11}, {13, 64, 11}, {14, 64, 4, 2}, {15, 128, 10, 2},
     {16, 16, 5},  {17, 8, 5},   {18, 8, 5},   {19, 8, 5},     {20, 8, 5}}};

// Items of a repeated number field, packed or not.
std::size_t items_of(const WireField& field) {
  if (field.wire != Wire::bytes) return 1;
  switch (field.number) {
    case 4:
      return field.bytes.size() / 4;
    case 10:
      return field.bytes.size() / 8;
    case 6:
      return 1;
    default:
      break;
  }
  const auto ends = [](std::byte b) { return (b & std::byte{0x80}) == std::byte{0}; };
  return static_cast<std::size_t>(std::ranges::count_if(field.bytes, ends));
}

// The fields of one TensorProto that its check needs.
struct Tensor {
  std::vector<std::int64_t> dims;
  std::int64_t type = 0;
  bool external = false;
  bool segmented = false;
  bool raw = false;
  std::size_t raw_bytes = 0;
  std::array<std::size_t, 12> items{};  // by field number
};

Tensor read_tensor(ByteView bytes) {
  Tensor tensor;
  WireCursor cursor(bytes);
  while (const auto field = cursor.next()) {
    if (field->number == 1 && field->wire == Wire::varint) tensor.dims.push_back(field->integer());
    if (field->number == 1 && field->wire == Wire::bytes)
      for (WireCursor items(field->bytes); !items.at_end();)
        tensor.dims.push_back(static_cast<std::int64_t>(items.varint().value_or(0)));
    if (field->number == 2) tensor.type = field->integer();
    if (field->number == 3) tensor.segmented = true;
    if (field->number == 9) {
      tensor.raw = true;
      tensor.raw_bytes = field->bytes.size();
    } else if (field->number >= 4 && field->number <= 11 && field->number != 8) {
      tensor.items[field->number] += items_of(*field);
    }
    if (field->number == 13 || (field->number == 14 && field->value != 0)) tensor.external = true;
  }
  return tensor;
}

// Walks what check_structure() has found well framed, and judges what it says.
class Precheck {
 public:
  explicit Precheck(ByteView model) : place_(model) {}

  Result<ModelOutline> run(ByteView model);

 private:
  using Step = WirePlace::Step;

  Result<void> opset(ByteView bytes);
  Result<void> graph(ByteView bytes, int nesting);
  Result<void> node(ByteView bytes, int nesting);
  Result<void> attribute(ByteView bytes, int nesting);
  Result<void> tensor(ByteView bytes);
  Result<void> sparse(ByteView bytes);
  Result<void> tensor_bytes(const Tensor& tensor, const std::byte* at);
  Result<void> versions(ByteView model);
  void note_input(ByteView value);
  Error unsupported(ByteView at, std::string_view text) const {
    return place_.error(Code::unsupported, at.data(), text);
  }

  WirePlace place_;
  ModelOutline outline_;
  std::string input_name_;         // the outermost graph's first input
  std::int64_t input_width_ = -1;  // its second dimension; -1: open
  bool has_graph_ = false;
};

Result<void> Precheck::opset(ByteView bytes) {
  std::string_view domain;
  std::int64_t version = 0;
  for (WireCursor cursor(bytes); const auto field = cursor.next();) {
    if (field->number == 1) domain = field->text();
    if (field->number == 2) version = field->integer();
  }
  if (is_default_domain(domain)) outline_.opset = version;
  if (domain == "ai.onnx.ml") outline_.opset_ml = version;
  return {};
}

// Keeps name and width of the model's input, which tree ensembles index.
void Precheck::note_input(ByteView value) {
  if (!input_name_.empty()) return;
  const auto find = [](ByteView message, std::uint32_t number, int nth = 0) {
    for (WireCursor cursor(message); const auto field = cursor.next();)
      if (field->number == number && nth-- == 0) return *field;
    return WireField{};
  };
  input_name_ = find(value, 1).text();
  const ByteView shape = find(find(find(value, 2).bytes, 1).bytes, 2).bytes;
  const WireField width = find(find(shape, 1, 1).bytes, 1);
  if (width.number == 1) input_width_ = width.integer();
}

Result<void> Precheck::graph(ByteView bytes, int nesting) {
  if (nesting > kModelNestingMax)
    return unsupported(bytes, std::format("graphs nested deeper than {}", kModelNestingMax));
  if (nesting == 0)
    for (WireCursor cursor(bytes); const auto field = cursor.next();)
      if (field->number == 11) note_input(field->bytes);
  std::ptrdiff_t nodes = 0;
  std::ptrdiff_t tensors = 0;
  for (WireCursor cursor(bytes); const auto field = cursor.next();) {
    if (field->number == 1) {
      const Step step(place_, "node", nodes++);
      TRY(node(field->bytes, nesting));
    } else if (field->number == 5) {
      const Step step(place_, "initializer", tensors++);
      TRY(tensor(field->bytes));
    } else if (field->number == 15) {
      const Step step(place_, "sparse_initializer", -1);
      TRY(sparse(field->bytes));
    }
  }
  return {};
}

Result<void> Precheck::node(ByteView bytes, int nesting) {
  if (++outline_.nodes > kModelNodesMax)
    return unsupported(bytes, std::format("more than {} nodes", kModelNodesMax));
  std::string_view op;
  std::string_view domain;
  std::string_view first_input;
  std::ptrdiff_t attributes = 0;
  for (WireCursor cursor(bytes); const auto field = cursor.next();) {
    if (field->number == 1 && first_input.empty()) first_input = field->text();
    if (field->number == 4) op = field->text();
    if (field->number == 7) domain = field->text();
    if (field->number == 5) {
      const Step step(place_, "attribute", attributes++);
      TRY(attribute(field->bytes, nesting));
    }
  }
  if (op.empty()) return place_.error(Code::corrupt, bytes.data(), "a node without operator");
  if (!is_default_domain(domain) && domain != "ai.onnx.ml")
    return unsupported(bytes, std::format("operator '{}' of domain '{}': expected the domains of "
                                          "ONNX",
                                          excerpt(op, 60), excerpt(domain, 60)));
  if (domain == "ai.onnx.ml" && op.starts_with("TreeEnsemble"))
    TRY(check_tree_ensemble(bytes, first_input == input_name_ ? input_width_ : -1, place_));
  return {};
}

Result<void> Precheck::attribute(ByteView bytes, int nesting) {
  for (WireCursor cursor(bytes); const auto field = cursor.next();) {
    if (field->number == 5 || field->number == 10) {
      const Step step(place_, "tensor", -1);
      TRY(tensor(field->bytes));
    } else if (field->number == 6 || field->number == 11) {
      const Step step(place_, "graph", -1);
      TRY(graph(field->bytes, nesting + 1));
    } else if (field->number == 22 || field->number == 23) {
      const Step step(place_, "sparse_tensor", -1);
      TRY(sparse(field->bytes));
    }
  }
  return {};
}

// Indices of a sparse tensor would need checks of their own; no model of this product has one.
Result<void> Precheck::sparse(ByteView bytes) { return unsupported(bytes, "a sparse tensor"); }

Result<void> Precheck::tensor(ByteView bytes) {
  ++outline_.tensors;
  const Tensor read = read_tensor(bytes);
  if (read.external) return unsupported(bytes, "a tensor outside the model's file");
  if (read.segmented) return unsupported(bytes, "a tensor in segments");
  return tensor_bytes(read, bytes.data());
}

Result<void> Precheck::tensor_bytes(const Tensor& tensor, const std::byte* at) {
  const auto type = std::ranges::find(kElementTypes, tensor.type, &ElementType::code);
  if (type == kElementTypes.end())
    return place_.error(Code::unsupported, at, std::format("element type {}", tensor.type));
  std::size_t count = 1;
  for (const std::int64_t dim : tensor.dims) {
    if (dim < 0) return place_.error(Code::corrupt, at, std::format("a dimension of {}", dim));
    const auto size = static_cast<std::size_t>(dim);
    if (size > kModelTensorElementsMax || count * size > kModelTensorElementsMax)
      return place_.error(Code::unsupported, at,
                          std::format("more than {} elements", kModelTensorElementsMax));
    count *= size;
  }
  const std::size_t expected = tensor.raw ? count * type->bits / 8 : count * type->items_each;
  const std::size_t found = tensor.raw ? tensor.raw_bytes : tensor.items[type->field];
  const std::size_t all = std::ranges::fold_left(tensor.items, std::size_t{0}, std::plus<>());
  const bool stray = tensor.raw ? all != 0 : all != found;
  if (expected == found && !stray && !(tensor.raw && type->bits == 0)) return {};
  return place_.error(
      Code::corrupt, at,
      std::format("{} {} for {} elements of type {}: expected {}", found,
                  tensor.raw ? "bytes" : "items", count, tensor.type,
                  stray ? "one list of the element's type only" : std::format("{}", expected)));
}

Result<void> Precheck::versions(ByteView model) {
  const auto out_of = [&](std::string_view what, std::int64_t found, std::int64_t min,
                          std::int64_t max) {
    return unsupported(model,
                       std::format("{}: expected {} to {}, found {}", what, min, max, found));
  };
  if (outline_.ir_version < kIrMin || outline_.ir_version > kIrMax)
    return out_of("IR version", outline_.ir_version, kIrMin, kIrMax);
  if (outline_.opset < kOpsetMin || outline_.opset > kOpsetMax)
    return out_of("operator set", outline_.opset, kOpsetMin, kOpsetMax);
  if (outline_.opset_ml < 0 || outline_.opset_ml > kOpsetMlMax)
    return out_of("operator set of ai.onnx.ml", outline_.opset_ml, 1, kOpsetMlMax);
  return {};
}

Result<ModelOutline> Precheck::run(ByteView model) {
  for (WireCursor cursor(model); const auto field = cursor.next();) {
    if (field->number == 1) outline_.ir_version = field->integer();
    if (field->number == 8) TRY(opset(field->bytes));
    if (field->number == 20) return unsupported(field->bytes, "training information");
    if (field->number == 25) return unsupported(field->bytes, "functions of the model's own");
    if (field->number != 7) continue;
    if (has_graph_) return place_.error(Code::corrupt, field->bytes.data(), "a second graph");
    has_graph_ = true;
    const Step step(place_, "graph", -1);
    TRY(graph(field->bytes, 0));
  }
  if (!has_graph_) return place_.error(Code::corrupt, model.data(), "no graph");
  TRY(versions(model));
  return outline_;
}

}  // namespace

Result<ModelOutline> precheck_onnx(ByteView model) {
  if (model.empty()) return fail(Code::corrupt, "model: empty");
  if (model.size() > kModelBytesMax)
    return fail(Code::unsupported, std::format("model: expected at most {} bytes, found {}",
                                               kModelBytesMax, model.size()));
  TRY(check_structure(model));
  return Precheck(model).run(model);
}

}  // namespace lineside::infer
