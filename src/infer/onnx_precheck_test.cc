#include "infer/onnx_precheck.h"

#include <functional>

#include <gtest/gtest.h>

#include "infer/onnx_bytes_test.h"

namespace lineside::infer {
namespace {

std::string refusal(const std::string& bytes) {
  const auto outline = precheck_onnx(as_bytes(bytes));
  return outline ? "admitted" : outline.error().text;
}

TEST(OnnxPrecheck, OutlinesWhatItAdmits) {
  const auto outline = precheck_onnx(as_bytes(adding_model()));
  ASSERT_TRUE(outline.has_value()) << outline.error().text;
  EXPECT_EQ(outline->ir_version, 8);
  EXPECT_EQ(outline->opset, 13);
  EXPECT_EQ(outline->opset_ml, 3);
  EXPECT_EQ(outline->nodes, 1U);
  EXPECT_EQ(outline->tensors, 1U);
}

TEST(OnnxPrecheck, EveryTruncationIsCorruptOrLosesTheGraph) {
  const std::string whole = adding_model();
  for (std::size_t n = 0; n < whole.size(); ++n) {
    const auto outline = precheck_onnx(as_bytes(whole).first(n));
    // Cut at the end of the last field of the model, the rest is a model by itself.
    if (outline.has_value())
      EXPECT_EQ(outline->opset_ml, 0) << n;
    else
      EXPECT_FALSE(outline.error().text.empty());
  }
}

std::string with_tensor(const std::string& tensor_bytes) {
  return model(text(1, node("Add", {"x", "t"}, "y")) + text(5, tensor_bytes) +
               text(11, value("x", {-1, 3})) + text(12, value("y", {-1, 3})));
}

std::string nested(int depth) {
  std::string graph = text(1, node("Neg", {"x"}, "y"));
  for (int i = 0; i < depth; ++i)
    graph = text(1, node("If", {"c"}, "y", attribute("then_branch", 5, text(6, graph))));
  return graph;
}

struct Case {
  const char* what;
  std::string bytes;
  const char* found;
};

TEST(OnnxPrecheck, SaysWhatIsWrongAndWhere) {
  const std::string many_nodes = [] {
    std::string graph;
    const std::string one = text(1, node("Neg", {"x"}, "y"));
    for (std::size_t i = 0; i <= kModelNodesMax; ++i) graph += one;
    return model(graph);
  }();
  const std::vector<Case> cases = {
      {"nothing", "", "model: empty"},
      {"text", "hello", "a field that does not fit into its message of 5 bytes"},
      {"no graph", integer(1, 8) + text(8, opset("", 13)), "no graph"},
      {"two graphs", model("", text(7, "")), "a second graph"},
      {"old IR", integer(1, 2) + text(7, "") + text(8, opset("", 13)),
       "IR version: expected 3 to 10, found 2"},
      {"no opset", integer(1, 8) + text(7, ""), "operator set: expected 7 to 22, found 0"},
      {"future opset", integer(1, 8) + text(7, "") + text(8, opset("", 99)),
       "operator set: expected 7 to 22, found 99"},
      {"other domain", model(text(1, node("FusedThing", {"x"}, "y", "", "com.vendor"))),
       "graph.node[0] at byte 6: operator 'FusedThing' of domain 'com.vendor': expected the "
       "domains "
       "of ONNX"},
      {"no operator", model(text(1, text(1, "x"))), "a node without operator"},
      {"wrong wire type", model(integer(1, 5)),
       "graph.node[0] at byte 4: wire type of another kind"},
      {"broken text", model(text(1, node("\xff\xfe", {"x"}, "y"))), "text that is not UTF-8"},
      {"external data",
       with_tensor(integers(1, {3}) + integer(2, 1) + text(13, text(1, "location"))),
       "a tensor outside the model's file"},
      {"external mark", with_tensor(integers(1, {3}) + integer(2, 1) + integer(14, 1)),
       "a tensor outside the model's file"},
      {"short tensor", with_tensor(tensor("t", {4}, {1, 2, 3})),
       "12 bytes for 4 elements of type 1: expected 16"},
      {"negative dimension", with_tensor(tensor("t", {-3}, {1, 2, 3})), "a dimension of -3"},
      {"huge dimensions", with_tensor(tensor("t", {1 << 20, 1 << 20, 1 << 24}, {1})),
       "more than 67108864 elements"},
      {"two lists", with_tensor(tensor("t", {3}, {1, 2, 3}) + floats(4, {1, 2, 3})),
       "expected one list of the element's type only"},
      {"unknown type", with_tensor(integers(1, {1}) + integer(2, 77)), "element type 77"},
      {"functions", model("", text(25, "f")), "functions of the model's own"},
      {"training", model("", text(20, "t")), "training information"},
      {"sparse", model(text(15, "")), "a sparse tensor"},
      {"graphs in graphs", model(nested(kModelNestingMax + 1)), "graphs nested deeper than 8"},
      {"deep messages", model(nested(200)), "nested too deeply"},
      {"many nodes", many_nodes, "more than 100000 nodes"},
  };
  for (const Case& test : cases)
    EXPECT_NE(refusal(test.bytes).find(test.found), std::string::npos)
        << test.what << ": " << refusal(test.bytes);
  EXPECT_EQ(refusal(model(nested(kModelNestingMax))), "admitted");
  EXPECT_EQ(refusal(with_tensor(integers(1, {3}) + integer(2, 1) + floats(4, {1, 2, 3}))),
            "admitted");
}

// One tree: node 0 tests feature 1 of 3, nodes 1 and 2 are leaves.
struct Tree {
  std::vector<std::int64_t> tree{0, 0, 0};
  std::vector<std::int64_t> node{0, 1, 2};
  std::vector<std::int64_t> feature{1, 0, 0};
  std::vector<std::int64_t> when_true{1, 0, 0};
  std::vector<std::int64_t> when_false{2, 0, 0};
  std::vector<const char*> mode{"BRANCH_LT", "LEAF", "LEAF"};
  std::vector<float> values{0.5, 0, 0};
  std::vector<std::int64_t> leaf_node{1, 2};
  std::vector<std::int64_t> leaf_target{0, 0};
};

std::string tree_model(const Tree& tree) {
  std::string modes;
  for (const char* mode : tree.mode) modes += text(9, mode);
  const auto ints = [](const char* name, const std::vector<std::int64_t>& list) {
    return attribute(name, 7, integers(8, list));
  };
  const std::string attributes =
      ints("nodes_treeids", tree.tree) + ints("nodes_nodeids", tree.node) +
      ints("nodes_featureids", tree.feature) + ints("nodes_truenodeids", tree.when_true) +
      ints("nodes_falsenodeids", tree.when_false) + attribute("nodes_modes", 8, modes) +
      attribute("nodes_values", 6, floats(7, tree.values)) +
      attribute("n_targets", 2, integer(3, 1)) + ints("target_treeids", {0, 0}) +
      ints("target_nodeids", tree.leaf_node) + ints("target_ids", tree.leaf_target) +
      attribute("target_weights", 6, floats(7, {-1, 1}));
  return model(text(1, node("TreeEnsembleRegressor", {"x"}, "y", attributes, "ai.onnx.ml")) +
               text(2, "g") + text(11, value("x", {-1, 3})) + text(12, value("y", {-1, 1})));
}

TEST(OnnxPrecheck, FollowsTheNodesOfTrees) {
  EXPECT_EQ(refusal(tree_model({})), "admitted");
  const std::vector<std::pair<Tree, const char*>> cases = {
      {{.feature = {3, 0, 0}}, "a tree node that looks at feature 3: expected 0 to 2"},
      {{.feature = {-1, 0, 0}}, "a tree node that looks at feature -1"},
      {{.feature = {1, 0}}, "lists of tree nodes that differ in length: 3 and 2"},
      {{.when_false = {7, 0, 0}}, "a tree node that leads to no node: 7"},
      {{.when_false = {1, 0, 0}}, "tree node 1 that two ways lead to"},
      {{.when_true = {0, 0, 0}}, "tree node 0 that two ways lead to"},
      {{.node = {0, 1, 1}}, "tree node 1 given twice"},
      {{.mode = {"BRANCH_XX", "LEAF", "LEAF"}}, "a tree node of an unknown mode"},
      {{.mode = {"LEAF", "LEAF", "LEAF"}}, "tree node 1 that its root does not lead to"},
      {{.leaf_node = {0, 2}}, "a weight of node 0, which is no leaf"},
      {{.leaf_target = {0, 1}}, "a weight of output 1 of 1"},
      {{.leaf_node = {1}}, "lists of leaf weights that differ in length: 1 and 2"},
  };
  for (const auto& [tree, found] : cases)
    EXPECT_NE(refusal(tree_model(tree)).find(found), std::string::npos)
        << found << ": " << refusal(tree_model(tree));
}

}  // namespace
}  // namespace lineside::infer
