#include "benchmarks/models.h"

#include <array>
#include <cmath>
#include <format>
#include <random>

#include "base/check.h"
#include "infer/runner.h"
#include "learn/onnx_graph.h"
#include "learn/trees.h"

namespace lineside::benchmarks {

namespace {

constexpr std::array<std::size_t, 5> kLayers = {32, 16, 8, 16, 32};
constexpr int kTrees = 250;
constexpr int kDepth = 5;

using Names = std::span<const std::string_view>;

learn::ModelSignature signature(const domain::PipelineSpec& spec,
                                std::vector<std::string> outputs) {
  const auto features = domain::expand_features(spec);
  CHECK(features.has_value() && features->size() == kRowWidth);
  learn::ModelSignature out;
  for (const domain::Feature& feature : *features) out.features.push_back(feature.name);
  out.units.resize(outputs.size());
  out.outputs = std::move(outputs);
  out.reference.resize(out.features.size());
  out.definition = domain::feature_definition(spec);
  return out;
}

std::vector<float> gaussian(std::size_t n, double deviation, std::mt19937_64& random) {
  std::normal_distribution<double> normal(0, deviation);
  std::vector<float> out(n);
  for (float& value : out) value = static_cast<float>(normal(random));
  return out;
}

// y = x W + b, and ReLU but after the last layer. Returns the name of the last value.
std::string add_layers(learn::OnnxGraph& graph, const std::string& input, std::mt19937_64& random) {
  std::string from = input;
  for (std::size_t i = 0; i + 1 < kLayers.size(); ++i) {
    const std::size_t in = kLayers[i];
    const std::size_t out = kLayers[i + 1];
    const std::string n = std::to_string(i);
    const std::array<std::int64_t, 2> shape = {static_cast<std::int64_t>(in),
                                               static_cast<std::int64_t>(out)};
    const std::array<std::int64_t, 1> length = {static_cast<std::int64_t>(out)};
    graph.constant("w" + n, gaussian(in * out, 1 / std::sqrt(static_cast<double>(in)), random),
                   shape);
    graph.constant("b" + n, gaussian(out, 0.1, random), length);
    const std::string weights = "w" + n;
    const std::string bias = "b" + n;
    const bool last = i + 2 == kLayers.size();
    const std::string dense = last ? "reconstruction" : "dense" + n;
    const std::array<std::string_view, 3> inputs = {from, weights, bias};
    graph.node("Gemm", inputs, dense);
    from = dense;
    if (last) break;
    const std::string relu = "relu" + n;
    const std::array<std::string_view, 1> source = {from};
    graph.node("Relu", source, relu);
    from = relu;
  }
  return from;
}

learn::TreeNode random_split(std::size_t at, std::mt19937_64& random) {
  std::uniform_int_distribution<int> feature(0, kRowWidth - 1);
  std::uniform_real_distribution<float> threshold(-1, 1);
  learn::TreeNode node;
  node.left = static_cast<std::int32_t>(2 * at + 1);
  node.right = static_cast<std::int32_t>(2 * at + 2);
  node.feature = feature(random);
  node.threshold = threshold(random);
  return node;
}

domain::PipelineSpec pipeline_over_four_streams() {
  domain::PipelineSpec spec;
  spec.streams = {"temperature", "pressure", "vibration", "current"};
  domain::WindowSpec window;
  window.name = "w64";
  window.count = 64;
  window.min_count = 64;
  spec.windows = {window};
  return spec;
}

}  // namespace

domain::PipelineSpec wide_pipeline(const std::string& model_file) {
  domain::PipelineSpec spec = pipeline_over_four_streams();
  spec.every.count = 1;
  spec.features = {{{}, "w64", {"mean", "sd", "min", "max", "slope", "rms", "delta", "last"}, ""}};
  if (!model_file.empty()) spec.model = {model_file, ""};
  return spec;
}

domain::PipelineSpec window_pipeline() {
  domain::PipelineSpec spec = pipeline_over_four_streams();
  spec.every.count = 64;
  spec.features = {{{}, "w64", {"mean", "sd", "min", "max", "slope"}, ""}};
  return spec;
}

Bytes autoencoder(const domain::PipelineSpec& spec, Yields yields, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  learn::OnnxGraph graph("autoencoder");
  graph.input("row", kRowWidth);
  const std::string last = add_layers(graph, "row", random);
  if (yields == Yields::reconstruction) {
    graph.output(last, kRowWidth);
    std::vector<std::string> outputs;
    for (std::size_t i = 0; i < kRowWidth; ++i) outputs.push_back(std::format("y{}", i));
    graph.sign(signature(spec, std::move(outputs)));
    return std::move(graph).finish();
  }
  const std::array<std::string_view, 2> difference = {"row", last};
  graph.node("Sub", difference, "difference");
  const std::array<std::string_view, 2> square = {"difference", "difference"};
  graph.node("Mul", square, "square");
  const std::array<std::int64_t, 1> axes = {1};
  const std::array<learn::OnnxAttribute, 2> attributes = {
      learn::OnnxAttribute{"axes", std::span<const std::int64_t>(axes)},
      learn::OnnxAttribute{"keepdims", std::int64_t{1}}};
  const std::array<std::string_view, 1> mean = {"square"};
  graph.node("ReduceMean", mean, "error", attributes);
  graph.output("error", 1);
  graph.sign(signature(spec, {"error"}));
  return std::move(graph).finish();
}

Bytes tree_ensemble(const domain::PipelineSpec& spec, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  constexpr std::size_t kSplits = (1U << kDepth) - 1;
  learn::TreeEnsemble ensemble;
  ensemble.width = kRowWidth;
  for (int t = 0; t < kTrees; ++t) {
    std::vector<learn::TreeNode> tree;
    for (std::size_t i = 0; i < kSplits; ++i) tree.push_back(random_split(i, random));
    for (std::size_t i = 0; i <= kSplits; ++i) {
      learn::TreeNode leaf;
      leaf.threshold = static_cast<float>(i) * 0.01F;
      tree.push_back(leaf);
    }
    ensemble.trees.push_back(std::move(tree));
  }
  return learn::write_trees(ensemble, 1000, signature(spec, {"score"}));
}

std::shared_ptr<const edge::Plan> plan_of(const domain::PipelineSpec& spec, Bytes model) {
  auto plan = std::make_shared<edge::Plan>();
  edge::PlannedPipeline pipeline;
  pipeline.name = "bench";
  pipeline.spec = spec;
  pipeline.version = "sha256:bench";
  pipeline.model_digest = "sha256:model";
  const auto runner = infer::open_onnx(model);
  CHECK(runner.has_value());
  pipeline.outputs = (*runner)->signature().outputs;
  pipeline.units = (*runner)->signature().units;
  pipeline.model = std::make_shared<const Bytes>(std::move(model));
  plan->pipelines.push_back(std::move(pipeline));
  return plan;
}

}  // namespace lineside::benchmarks
