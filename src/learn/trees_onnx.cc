#include <array>

#include "learn/trees.h"

namespace lineside::learn {

namespace {

// The attribute lists of TreeEnsembleRegressor (ONNX operators, ai.onnx.ml, version 3).
struct Lists {
  std::vector<std::int64_t> tree, node, feature, when_true, when_false, missing_true;
  std::vector<std::string_view> mode;
  std::vector<float> value;
  std::vector<std::int64_t> leaf_tree, leaf_node, leaf_target;
  std::vector<float> leaf_weight;
};

Lists list_nodes(const TreeEnsemble& ensemble) {
  Lists out;
  for (std::size_t t = 0; t < ensemble.trees.size(); ++t) {
    const auto tree = static_cast<std::int64_t>(t);
    for (std::size_t i = 0; i < ensemble.trees[t].size(); ++i) {
      const TreeNode& node = ensemble.trees[t][i];
      const bool leaf = node.left < 0;
      out.tree.push_back(tree);
      out.node.push_back(static_cast<std::int64_t>(i));
      out.feature.push_back(leaf ? 0 : node.feature);
      out.when_true.push_back(leaf ? 0 : node.left);
      out.when_false.push_back(leaf ? 0 : node.right);
      out.missing_true.push_back(!leaf && node.missing_left ? 1 : 0);
      out.mode.push_back(leaf ? "LEAF" : "BRANCH_LT");
      out.value.push_back(leaf ? 0 : node.threshold);
      if (!leaf) continue;
      out.leaf_tree.push_back(tree);
      out.leaf_node.push_back(static_cast<std::int64_t>(i));
      out.leaf_target.push_back(0);
      // XGBoost adds the trees to the base in turn. With the base in the first tree's leaves the
      // runtime adds in the same order, so that the sums round alike.
      out.leaf_weight.push_back(t == 0 ? ensemble.base + node.threshold : node.threshold);
    }
  }
  return out;
}

}  // namespace

Bytes write_trees(const TreeEnsemble& ensemble, double cap, const ModelSignature& signature) {
  using Ints = std::span<const std::int64_t>;
  using Floats = std::span<const float>;
  const Lists lists = list_nodes(ensemble);
  const std::vector<OnnxAttribute> attributes = {
      {"n_targets", std::int64_t{1}},
      {"nodes_treeids", Ints(lists.tree)},
      {"nodes_nodeids", Ints(lists.node)},
      {"nodes_featureids", Ints(lists.feature)},
      {"nodes_modes", lists.mode},
      {"nodes_values", Floats(lists.value)},
      {"nodes_truenodeids", Ints(lists.when_true)},
      {"nodes_falsenodeids", Ints(lists.when_false)},
      {"nodes_missing_value_tracks_true", Ints(lists.missing_true)},
      {"target_treeids", Ints(lists.leaf_tree)},
      {"target_nodeids", Ints(lists.leaf_node)},
      {"target_ids", Ints(lists.leaf_target)},
      {"target_weights", Floats(lists.leaf_weight)},
      {"aggregate_function", std::string_view("SUM")},
      {"post_transform", std::string_view("NONE")}};
  OnnxGraph graph("trees");
  graph.input("row", ensemble.width);
  const std::array<std::string_view, 1> row = {"row"};
  graph.node("TreeEnsembleRegressor", row, "sum", attributes, "ai.onnx.ml");
  const std::array<float, 1> low = {0};
  const std::array<float, 1> high = {static_cast<float>(cap)};
  graph.constant("low", Floats(low));
  graph.constant("high", Floats(high));
  const std::array<std::string_view, 3> clip = {"sum", "low", "high"};
  graph.node("Clip", clip, "outputs");
  graph.output("outputs", 1);
  graph.sign(signature);
  return std::move(graph).finish();
}

}  // namespace lineside::learn
