// Small models for tests, made the way the product makes its own.
#pragma once

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "learn/onnx_graph.h"
#include "learn/pca.h"
#include "learn/trees.h"

namespace lineside::learn {

struct Table {
  std::size_t width = 0;
  std::vector<float> rows;
  std::vector<float> targets;
};

// Rows of correlated noise, and a target that depends on them in steps and slopes.
inline Table noisy_table(std::size_t count, std::size_t width, unsigned seed = 7) {
  std::mt19937 random(seed);
  std::normal_distribution<float> noise;
  Table table{.width = width, .rows = {}, .targets = {}};
  for (std::size_t i = 0; i < count; ++i) {
    const float common = noise(random);
    float target = 50;
    for (std::size_t j = 0; j < width; ++j) {
      const float value = static_cast<float>(j + 1) * (common + 0.5F * noise(random)) + 10;
      table.rows.push_back(value);
      target += j % 2 == 0 ? 0.7F * value : (value > 10 ? 5.0F : -5.0F);
    }
    table.targets.push_back(target + noise(random));
  }
  return table;
}

inline std::vector<std::string> names(std::size_t width) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < width; ++i) out.push_back("f" + std::to_string(i));
  return out;
}

inline ModelSignature signature(std::size_t width, std::vector<std::string> outputs) {
  return {.features = names(width),
          .outputs = outputs,
          .units = std::vector<std::string>(outputs.size()),
          .reference = std::vector<double>(width, 10),
          .definition = "made for a test"};
}

inline Bytes small_trees(const Table& table) {
  domain::TreesSpec spec;
  spec.rounds = 6;
  spec.max_depth = 3;
  spec.base_score = 50;
  const auto booster = Booster::train(table.rows, table.targets, spec, 1);
  return write_trees(*booster->ensemble(), 80, signature(table.width, {"rul"}));
}

inline Bytes small_pca(const Table& table) {
  const auto model = fit_pca(table.rows, names(table.width), {});
  return write_pca(*model, signature(table.width, {"score", "t2_ratio", "q_ratio"}));
}

// Dense layers with ReLU between them; weights from a fixed stream.
inline Bytes dense_network(const std::vector<std::size_t>& widths) {
  std::mt19937 random(3);
  OnnxGraph graph("dense");
  graph.input("row", widths.front());
  std::string last = "row";
  for (std::size_t layer = 1; layer < widths.size(); ++layer) {
    const std::string id = std::to_string(layer);
    const std::size_t in = widths[layer - 1];
    const std::size_t out = widths[layer];
    std::normal_distribution<float> weight(0, 1 / std::sqrt(static_cast<float>(in)));
    std::vector<float> weights(in * out);
    for (float& value : weights) value = weight(random);
    const std::int64_t dims[] = {static_cast<std::int64_t>(in), static_cast<std::int64_t>(out)};
    const std::vector<float> bias(out, 0.1F);
    graph.constant("w" + id, std::span<const float>(weights), dims);
    graph.constant("b" + id, std::span<const float>(bias), std::span(dims).subspan(1));
    const bool final = layer + 1 == widths.size();
    const std::string sum = final ? "outputs" : "sum" + id;
    const std::string weights_name = "w" + id;
    const std::string bias_name = "b" + id;
    const std::vector<std::string_view> gemm = {last, weights_name, bias_name};
    graph.node("Gemm", gemm, sum);
    if (final) break;
    const std::vector<std::string_view> relu = {sum};
    graph.node("Relu", relu, "relu" + id);
    last = "relu" + id;
  }
  graph.output("outputs", widths.back());
  std::vector<std::string> outputs;
  for (std::size_t i = 0; i < widths.back(); ++i) outputs.push_back("y" + std::to_string(i));
  graph.sign(signature(widths.front(), outputs));
  return std::move(graph).finish();
}

}  // namespace lineside::learn
