#include "benchmarks/bare_run.h"

#include <array>
#include <string>
#include <vector>

#include <onnxruntime/onnxruntime_cxx_api.h>

#include "base/check.h"
#include "infer/runner.h"

namespace lineside::benchmarks {

namespace {

Ort::SessionOptions options_of_infer() {
  Ort::SessionOptions options;
  options.SetIntraOpNumThreads(1);
  options.SetInterOpNumThreads(1);
  options.SetExecutionMode(ORT_SEQUENTIAL);
  options.SetGraphOptimizationLevel(ORT_ENABLE_ALL);
  options.DisableCpuMemArena();
  options.AddConfigEntry("session.intra_op.allow_spinning", "0");
  return options;
}

}  // namespace

struct BareRun::State {
  Ort::Env env{ORT_LOGGING_LEVEL_FATAL, "bench"};
  Ort::Session session{nullptr};
  std::string input_name, output_name;
  std::vector<float> rows, outputs;
  Ort::Value input{nullptr}, output{nullptr};
};

BareRun::BareRun(ByteView model, std::size_t batch) {
  // The library's first session of a process is noisy; infer's is not.
  CHECK(infer::open_onnx(model).has_value());
  state_ = std::make_unique<State>();
  State& s = *state_;
  s.session = Ort::Session(s.env, model.data(), model.size(), options_of_infer());
  const Ort::AllocatorWithDefaultOptions allocator;
  s.input_name = s.session.GetInputNameAllocated(0, allocator).get();
  s.output_name = s.session.GetOutputNameAllocated(0, allocator).get();
  const auto rows = static_cast<std::int64_t>(batch);
  const std::array<std::int64_t, 2> in = {
      rows, s.session.GetInputTypeInfo(0).GetTensorTypeAndShapeInfo().GetShape()[1]};
  const std::array<std::int64_t, 2> out = {
      rows, s.session.GetOutputTypeInfo(0).GetTensorTypeAndShapeInfo().GetShape()[1]};
  s.rows.resize(static_cast<std::size_t>(in[0] * in[1]));
  s.outputs.resize(static_cast<std::size_t>(out[0] * out[1]));
  const auto memory = Ort::MemoryInfo::CreateCpu(OrtDeviceAllocator, OrtMemTypeDefault);
  s.input = Ort::Value::CreateTensor<float>(memory, s.rows.data(), s.rows.size(), in.data(), 2);
  s.output =
      Ort::Value::CreateTensor<float>(memory, s.outputs.data(), s.outputs.size(), out.data(), 2);
}

BareRun::~BareRun() = default;

std::span<float> BareRun::rows() { return state_->rows; }
std::span<const float> BareRun::outputs() { return state_->outputs; }

void BareRun::run() {
  State& s = *state_;
  const char* in = s.input_name.c_str();
  const char* out = s.output_name.c_str();
  s.session.Run(Ort::RunOptions{nullptr}, &in, &s.input, 1, &out, &s.output, 1);
}

}  // namespace lineside::benchmarks
