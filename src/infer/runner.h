// A model that is ready to run: rows of features in, rows of outputs out.
//
// The model is a graph with one float input [N, width] and one or several float outputs [N, k] or
// [N], which are joined per row in the graph's output order. N is free, or fixed to 1.
// What its columns mean stands in its metadata: docs/formats/model.md.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace lineside::infer {

// What a model says of itself. Models made elsewhere may lack it: then every member is empty, and
// check_signature() (admission.h) refuses them.
struct Signature {
  std::vector<std::string> features;  // names of the input's columns, in order
  std::vector<std::string> outputs;   // names of the outputs' columns, in order
  std::vector<std::string> units;     // one per output; "": none
  std::vector<double> reference;      // one per feature: its mean over the normal training rows
  std::string definition;             // domain::feature_definition() of the pipeline it learnt from
  bool operator==(const Signature&) const = default;
};

struct RunnerOptions {
  std::size_t batch_max = 64;  // rows per call of the library, 1 to 4096; buffers are this long
};

// Used by one thread at a time.
class Runner {
 public:
  virtual ~Runner() = default;
  virtual const Signature& signature() const = 0;
  virtual std::size_t width() const = 0;         // features per row
  virtual std::size_t output_width() const = 0;  // outputs per row

  // `rows` is row-major, n x width(); `outputs` takes n x output_width(). Any n: more than
  // batch_max rows become several calls. The row's result does not depend on the rows beside it
  // beyond rounding. Outputs are what the model yields, NaN and infinity included. Allocates
  // nothing of ours once a batch size has been used. Errors: invalid for spans of the wrong size,
  // internal for a failure inside the library; then `outputs` is in part written.
  virtual Result<void> run(std::span<const float> rows, std::size_t n,
                           std::span<float> outputs) = 0;
};

// Loads a model into ONNX Runtime and runs it once at batch 1 and at batch_max, so that the first
// real call is fast. `model` need not outlive the call. Bytes that have not passed admit()
// (admission.h) may crash the process. Any thread may call.
// Errors: corrupt (not a model, or one that the library refuses), unsupported (inputs or outputs of
// another form, or metadata that contradicts the graph), invalid (options).
Result<std::unique_ptr<Runner>> open_onnx(ByteView model, const RunnerOptions& options = {});

// Version of the library, "1.21.0".
std::string onnx_runtime_version();

}  // namespace lineside::infer
