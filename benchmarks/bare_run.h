// The library alone: ONNX Runtime's Run on preallocated tensors, the least a prediction can cost.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "base/bytes.h"

namespace lineside::benchmarks {

class BareRun {
 public:
  // Loads the model with the options of infer's runner: one thread, no spinning.
  BareRun(ByteView model, std::size_t batch);
  ~BareRun();

  std::span<float> rows();           // input, batch x width
  std::span<const float> outputs();  // batch x output width
  void run();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace lineside::benchmarks
