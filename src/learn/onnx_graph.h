// Writes ONNX models: a graph of operators in the order in which they run, with a signature.
// ONNX IR version 8, operator set 13 (and ai.onnx.ml 3), which every runtime of the last years has.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"

namespace lineside::learn {

// What the model says of itself; the keys and forms are those of docs/formats/model.md.
struct ModelSignature {
  std::vector<std::string> features;
  std::vector<std::string> outputs;
  std::vector<std::string> units;  // one per output; "": none
  std::vector<double> reference;   // one per feature
  std::string definition;
};

struct OnnxAttribute {
  std::string_view name;
  std::variant<std::int64_t, float, std::string_view, std::span<const std::int64_t>,
               std::span<const float>, std::vector<std::string_view>>
      value;
};

// Built once, then taken by finish(). Equal calls give equal bytes. Names are the caller's to keep
// unique; a graph that makes no sense is only found by the runtime that loads it.
class OnnxGraph {
 public:
  explicit OnnxGraph(std::string_view name);
  ~OnnxGraph();

  // The one input: float [N, width].
  void input(std::string_view name, std::size_t width);
  // An output that the graph computes: float [N, width].
  void output(std::string_view name, std::size_t width);
  // A constant; no dimensions: a scalar.
  void constant(std::string_view name, std::span<const float> values,
                std::span<const std::int64_t> dimensions = {});
  void constant(std::string_view name, std::span<const std::int64_t> values,
                std::span<const std::int64_t> dimensions);
  void node(std::string_view op, std::span<const std::string_view> inputs, std::string_view output,
            std::span<const OnnxAttribute> attributes = {}, std::string_view domain = {});
  void sign(const ModelSignature& signature);
  Bytes finish() &&;

 private:
  struct Model;
  std::unique_ptr<Model> model_;
};

}  // namespace lineside::learn
