#include <algorithm>
#include <array>
#include <format>
#include <map>

#include "infer/onnx_wire_internal.h"

namespace lineside::infer {

namespace {

using Integers = std::vector<std::int64_t>;

// The attributes of a TreeEnsembleRegressor or TreeEnsembleClassifier (ai.onnx.ml 1 to 4).
struct Ensemble {
  Integers tree, node, feature, when_true, when_false;
  std::vector<std::string_view> mode;
  std::size_t values = 0;
  Integers leaf_tree, leaf_node, leaf_target;
  std::size_t leaf_weights = 0;
  std::int64_t targets = -1;  // n_targets or the number of class labels
};

Integers integers_of(const WireField& field) {
  if (field.wire == Wire::varint) return {field.integer()};
  Integers out;
  for (WireCursor items(field.bytes); !items.at_end();)
    out.push_back(static_cast<std::int64_t>(items.varint().value_or(0)));
  return out;
}

// One AttributeProto, its lists joined.
struct Attribute {
  std::string_view name;
  std::int64_t i = 0;
  Integers ints;
  std::vector<std::string_view> strings;
  std::size_t floats = 0;
  bool tensor = false;
};

Attribute read_attribute(ByteView bytes) {
  Attribute out;
  for (WireCursor cursor(bytes); const auto field = cursor.next();) {
    if (field->number == 1) out.name = field->text();
    if (field->number == 3) out.i = field->integer();
    if (field->number == 5) out.tensor = true;
    if (field->number == 7) out.floats += field->wire == Wire::bytes ? field->bytes.size() / 4 : 1;
    if (field->number == 8) {
      const Integers more = integers_of(*field);
      out.ints.insert(out.ints.end(), more.begin(), more.end());
    }
    if (field->number == 9) out.strings.push_back(field->text());
  }
  return out;
}

Ensemble read_ensemble(ByteView node) {
  Ensemble out;
  for (WireCursor cursor(node); const auto field = cursor.next();) {
    if (field->number != 5) continue;
    Attribute a = read_attribute(field->bytes);
    const auto is = [&](std::string_view suffix) {
      return a.name == std::string("target_").append(suffix) ||
             a.name == std::string("class_").append(suffix);
    };
    if (a.name == "nodes_treeids") out.tree = std::move(a.ints);
    if (a.name == "nodes_nodeids") out.node = std::move(a.ints);
    if (a.name == "nodes_featureids") out.feature = std::move(a.ints);
    if (a.name == "nodes_truenodeids") out.when_true = std::move(a.ints);
    if (a.name == "nodes_falsenodeids") out.when_false = std::move(a.ints);
    if (a.name == "nodes_modes") out.mode = std::move(a.strings);
    if (a.name == "nodes_values") out.values = a.floats;
    if (is("treeids")) out.leaf_tree = std::move(a.ints);
    if (is("nodeids")) out.leaf_node = std::move(a.ints);
    if (is("ids")) out.leaf_target = std::move(a.ints);
    if (is("weights")) out.leaf_weights = a.floats;
    if (a.name == "n_targets") out.targets = a.i;
    if (a.name == "classlabels_int64s") out.targets = static_cast<std::int64_t>(a.ints.size());
    if (a.name == "classlabels_strings") out.targets = static_cast<std::int64_t>(a.strings.size());
  }
  return out;
}

using NodeKey = std::pair<std::int64_t, std::int64_t>;  // tree, node

// Empty if sound, else what is wrong.
std::string length_fault(const Ensemble& e) {
  const std::size_t n = e.node.size();
  if (n == 0) return "a tree ensemble without nodes";
  for (const std::size_t size : {e.tree.size(), e.feature.size(), e.when_true.size(),
                                 e.when_false.size(), e.mode.size(), e.values})
    if (size != n)
      return std::format("lists of tree nodes that differ in length: {} and {}", n, size);
  const std::size_t leaves = e.leaf_node.size();
  for (const std::size_t size : {e.leaf_tree.size(), e.leaf_target.size(), e.leaf_weights})
    if (size != leaves)
      return std::format("lists of leaf weights that differ in length: {} and {}", leaves, size);
  return {};
}

bool is_branch(std::string_view mode) {
  static constexpr std::array<std::string_view, 6> kModes = {
      "BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ"};
  return std::ranges::find(kModes, mode) != kModes.end();
}

std::string node_fault(const Ensemble& e, std::int64_t width) {
  for (std::size_t i = 0; i < e.node.size(); ++i) {
    if (e.mode[i] == "LEAF") continue;
    if (!is_branch(e.mode[i])) return "a tree node of an unknown mode";
    const std::int64_t feature_max = width >= 0 ? width - 1 : 65535;
    if (e.feature[i] < 0 || e.feature[i] > feature_max)
      return std::format("a tree node that looks at feature {}: expected 0 to {}", e.feature[i],
                         feature_max);
  }
  return {};
}

// Marks the children of branch `at` as reached and adds them to `pending`.
std::string reach_children(const Ensemble& e, const std::map<NodeKey, std::size_t>& index,
                           std::size_t at, std::vector<bool>& reached,
                           std::vector<std::size_t>& pending) {
  for (const std::int64_t child : {e.when_true[at], e.when_false[at]}) {
    const auto found = index.find({e.tree[at], child});
    if (found == index.end()) return std::format("a tree node that leads to no node: {}", child);
    if (reached[found->second]) return std::format("tree node {} that two ways lead to", child);
    reached[found->second] = true;
    pending.push_back(found->second);
  }
  return {};
}

// From the first node of each tree, which the library takes as its root, every node of the tree is
// reached, and by one way only: so every walk ends at a leaf.
std::string walk_fault(const Ensemble& e, const std::map<NodeKey, std::size_t>& index) {
  std::vector<bool> reached(e.node.size());
  std::vector<std::size_t> pending;
  for (std::size_t i = 0; i < e.node.size(); ++i) {
    if (reached[i]) continue;
    if (i > 0 && e.tree[i] == e.tree[i - 1])
      return std::format("tree node {} that its root does not lead to", e.node[i]);
    reached[i] = true;
    pending.push_back(i);
    while (!pending.empty()) {
      const std::size_t at = pending.back();
      pending.pop_back();
      if (e.mode[at] == "LEAF") continue;
      std::string fault = reach_children(e, index, at, reached, pending);
      if (!fault.empty()) return fault;
    }
  }
  return {};
}

std::string leaf_fault(const Ensemble& e, const std::map<NodeKey, std::size_t>& index) {
  for (std::size_t i = 0; i < e.leaf_node.size(); ++i) {
    const auto found = index.find({e.leaf_tree[i], e.leaf_node[i]});
    if (found == index.end() || e.mode[found->second] != "LEAF")
      return std::format("a weight of node {}, which is no leaf", e.leaf_node[i]);
    if (e.leaf_target[i] < 0 || e.leaf_target[i] >= std::max<std::int64_t>(e.targets, 1))
      return std::format("a weight of output {} of {}", e.leaf_target[i], e.targets);
  }
  return {};
}

}  // namespace

Result<void> check_tree_ensemble(ByteView node, std::int64_t width, const WirePlace& place) {
  const Ensemble ensemble = read_ensemble(node);
  const auto corrupt = [&](std::string_view text) {
    return place.error(Code::corrupt, node.data(), text);
  };
  if (const std::string fault = length_fault(ensemble); !fault.empty()) return corrupt(fault);
  if (ensemble.targets > 65536) return corrupt(std::format("{} targets", ensemble.targets));
  std::map<NodeKey, std::size_t> index;
  for (std::size_t i = 0; i < ensemble.node.size(); ++i)
    if (!index.emplace(NodeKey{ensemble.tree[i], ensemble.node[i]}, i).second)
      return corrupt(std::format("tree node {} given twice", ensemble.node[i]));
  std::string fault = node_fault(ensemble, width);
  if (fault.empty()) fault = walk_fault(ensemble, index);
  if (fault.empty()) fault = leaf_fault(ensemble, index);
  if (!fault.empty()) return corrupt(fault);
  return {};
}

}  // namespace lineside::infer
