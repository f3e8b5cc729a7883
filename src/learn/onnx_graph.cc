#include "learn/onnx_graph.h"

#include <format>

#include <onnx/onnx_pb.h>

#include "base/check.h"

namespace lineside::learn {

namespace {

constexpr std::int64_t kIrVersion = 8;
constexpr std::int64_t kOpset = 13;
constexpr std::int64_t kOpsetMl = 3;
constexpr std::string_view kMlDomain = "ai.onnx.ml";

void describe(onnx::ValueInfoProto& value, std::string_view name, std::size_t width) {
  value.set_name(std::string(name));
  auto& tensor = *value.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(onnx::TensorProto::FLOAT);
  tensor.mutable_shape()->add_dim()->set_dim_param("N");
  tensor.mutable_shape()->add_dim()->set_dim_value(static_cast<std::int64_t>(width));
}

template <class T>
void fill_tensor(onnx::TensorProto& tensor, std::string_view name, std::span<const T> values,
                 std::span<const std::int64_t> dimensions) {
  tensor.set_name(std::string(name));
  std::size_t count = 1;
  for (const std::int64_t dim : dimensions) {
    tensor.add_dims(dim);
    count *= static_cast<std::size_t>(dim);
  }
  CHECK(count == values.size());
  tensor.set_raw_data(values.data(), values.size_bytes());
}

// One overload per kind of attribute that ONNX knows and this writer uses.
struct FillAttribute {
  onnx::AttributeProto& out;

  void operator()(std::int64_t value) const {
    out.set_type(onnx::AttributeProto::INT);
    out.set_i(value);
  }
  void operator()(float value) const {
    out.set_type(onnx::AttributeProto::FLOAT);
    out.set_f(value);
  }
  void operator()(std::string_view value) const {
    out.set_type(onnx::AttributeProto::STRING);
    out.set_s(std::string(value));
  }
  void operator()(std::span<const std::int64_t> values) const {
    out.set_type(onnx::AttributeProto::INTS);
    for (const std::int64_t value : values) out.add_ints(value);
  }
  void operator()(std::span<const float> values) const {
    out.set_type(onnx::AttributeProto::FLOATS);
    for (const float value : values) out.add_floats(value);
  }
  void operator()(const std::vector<std::string_view>& values) const {
    out.set_type(onnx::AttributeProto::STRINGS);
    for (const std::string_view value : values) out.add_strings(std::string(value));
  }
};

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (std::size_t i = 0; i < lines.size(); ++i) text += (i > 0 ? "\n" : "") + lines[i];
  return text;
}

}  // namespace

struct OnnxGraph::Model {
  onnx::ModelProto proto;
  bool uses_ml = false;

  void entry(std::string_view key, std::string value) {
    auto& added = *proto.add_metadata_props();
    added.set_key(std::format("lineside.{}", key));
    added.set_value(std::move(value));
  }
};

OnnxGraph::OnnxGraph(std::string_view name) : model_(std::make_unique<Model>()) {
  model_->proto.set_ir_version(kIrVersion);
  model_->proto.set_producer_name("lineside");
  model_->proto.mutable_graph()->set_name(std::string(name));
}

OnnxGraph::~OnnxGraph() = default;

void OnnxGraph::input(std::string_view name, std::size_t width) {
  describe(*model_->proto.mutable_graph()->add_input(), name, width);
}

void OnnxGraph::output(std::string_view name, std::size_t width) {
  describe(*model_->proto.mutable_graph()->add_output(), name, width);
}

void OnnxGraph::constant(std::string_view name, std::span<const float> values,
                         std::span<const std::int64_t> dimensions) {
  auto& tensor = *model_->proto.mutable_graph()->add_initializer();
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  fill_tensor(tensor, name, values, dimensions);
}

void OnnxGraph::constant(std::string_view name, std::span<const std::int64_t> values,
                         std::span<const std::int64_t> dimensions) {
  auto& tensor = *model_->proto.mutable_graph()->add_initializer();
  tensor.set_data_type(onnx::TensorProto::INT64);
  fill_tensor(tensor, name, values, dimensions);
}

void OnnxGraph::node(std::string_view op, std::span<const std::string_view> inputs,
                     std::string_view output, std::span<const OnnxAttribute> attributes,
                     std::string_view domain) {
  auto& node = *model_->proto.mutable_graph()->add_node();
  node.set_op_type(std::string(op));
  node.set_name(std::string(output));
  node.set_domain(std::string(domain));
  for (const std::string_view name : inputs) node.add_input(std::string(name));
  node.add_output(std::string(output));
  for (const OnnxAttribute& attribute : attributes) {
    auto& added = *node.add_attribute();
    added.set_name(std::string(attribute.name));
    std::visit(FillAttribute{added}, attribute.value);
  }
  model_->uses_ml = model_->uses_ml || domain == kMlDomain;
}

void OnnxGraph::sign(const ModelSignature& signature) {
  CHECK(signature.features.size() == signature.reference.size());
  CHECK(signature.outputs.size() == signature.units.size());
  std::vector<std::string> reference;
  for (const double value : signature.reference) reference.push_back(std::format("{}", value));
  model_->entry("format", "1");
  model_->entry("features", joined(signature.features));
  model_->entry("outputs", joined(signature.outputs));
  model_->entry("units", joined(signature.units));
  model_->entry("reference", joined(reference));
  model_->entry("definition", signature.definition);
}

Bytes OnnxGraph::finish() && {
  auto& opset = *model_->proto.add_opset_import();
  opset.set_domain("");
  opset.set_version(kOpset);
  if (model_->uses_ml) {
    auto& ml = *model_->proto.add_opset_import();
    ml.set_domain(std::string(kMlDomain));
    ml.set_version(kOpsetMl);
  }
  Bytes bytes(model_->proto.ByteSizeLong());
  CHECK(model_->proto.SerializeToArray(bytes.data(), static_cast<int>(bytes.size())));
  return bytes;
}

}  // namespace lineside::learn
