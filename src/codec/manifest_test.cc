#include "codec/manifest.h"

#include <gtest/gtest.h>

namespace lineside::codec {
namespace {

// `extra` and `model` are lines of the pipeline's spec.
ParsedConfig config(const std::string& extra, const std::string& model) {
  return parse_config({{"plant.yaml", R"(apiVersion: lineside/v1
kind: Site
name: berlin
spec: {no: matter}
---
apiVersion: lineside/v1
kind: Contract
name: temps
spec:
  owner: ot
  streams: []
)" + extra + R"(---
apiVersion: lineside/v1
kind: Pipeline
name: health
spec:
  streams: [temp]
  windows: [{name: w, count: 5}]
  every: {count: 1}
  features: [{window: w, kinds: [mean]}]
)" + extra + model}});
}

TEST(Manifest, PassesOverWhatOnlyTheCatalogKnows) {
  const ParsedConfig plain = config("", "  model: {file: m.onnx}\n");
  const ParsedConfig placed = config("  site: berlin\n", "  model: {file: m.onnx, version: m:1}\n");
  EXPECT_TRUE(plain.problems.empty());
  EXPECT_TRUE(placed.problems.empty());
  ASSERT_EQ(placed.config.pipelines.size(), 1U);
  EXPECT_EQ(placed.config.pipelines[0].spec, plain.config.pipelines.at(0).spec);
  EXPECT_EQ(placed.config.contracts.at(0).spec, plain.config.contracts.at(0).spec);
}

TEST(Manifest, NeedsTheFileOfAModel) {
  const ParsedConfig parsed = config("", "  model: {version: m:1}\n");
  ASSERT_EQ(parsed.problems.size(), 1U);
  EXPECT_EQ(domain::to_text(parsed.problems[0]),
            "plant.yaml:21:10: spec.model.file: missing field: expected ONNX file beside the "
            "manifest, found nothing");
}

}  // namespace
}  // namespace lineside::codec
