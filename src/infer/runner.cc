#include "infer/runner.h"

#include <algorithm>
#include <cstring>
#include <format>
#include <optional>

#include <onnxruntime/onnxruntime_cxx_api.h>

#include "infer/onnx_env_internal.h"
#include "infer/open_internal.h"
#include "infer/signature_internal.h"

namespace lineside::infer {

namespace {

constexpr std::size_t kWidthMax = 65536;
constexpr std::size_t kBatchLimit = 4096;

using Shape = std::vector<std::int64_t>;

std::string to_text(const Shape& shape) {
  std::string text = "[";
  for (const std::int64_t dim : shape)
    text +=
        std::format("{}{}", text.size() > 1 ? ", " : "", dim < 0 ? "N" : std::format("{}", dim));
  return text + "]";
}

Error unsupported(std::string_view what, std::string_view expected, std::string_view found) {
  return fail(Code::unsupported, std::format("{}: expected {}, found {}", what, expected, found));
}

const Ort::Env& environment() {
  // Never destroyed: sessions in static objects may outlive it.
  static const Ort::Env& env = *std::make_unique<Ort::Env>(onnx_env()).release();
  return env;
}

Ort::SessionOptions session_options() {
  Ort::SessionOptions options;
  options.SetIntraOpNumThreads(1);
  options.SetInterOpNumThreads(1);
  options.SetExecutionMode(ORT_SEQUENTIAL);
  options.SetGraphOptimizationLevel(ORT_ENABLE_ALL);
  options.DisableCpuMemArena();
  options.SetLogSeverityLevel(ORT_LOGGING_LEVEL_FATAL);
  options.AddConfigEntry("session.intra_op.allow_spinning", "0");
  options.AddConfigEntry("session.inter_op.allow_spinning", "0");
  return options;
}

// A name and shape of an input or output that is one float tensor.
Result<Shape> float_tensor(const Ort::TypeInfo& type, const std::string& what) {
  if (type.GetONNXType() != ONNX_TYPE_TENSOR)
    return unsupported(what, "a float tensor", "another kind of value");
  const auto tensor = type.GetTensorTypeAndShapeInfo();
  if (tensor.GetElementType() != ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT)
    return unsupported(what, "a float tensor",
                       std::format("element type {}", static_cast<int>(tensor.GetElementType())));
  return tensor.GetShape();
}

class OnnxRunner final : public Runner {
 public:
  explicit OnnxRunner(Ort::Session session) : session_(std::move(session)) {}

  Result<void> prepare(std::size_t batch_max);

  const Signature& signature() const override { return signature_; }
  std::size_t width() const override { return width_; }
  std::size_t output_width() const override { return output_width_; }
  Result<void> run(std::span<const float> rows, std::size_t n, std::span<float> outputs) override;

 private:
  struct Output {
    std::string name;
    std::size_t width = 0;
    bool flat = false;          // of shape [N], not [N, width]
    std::vector<float> buffer;  // batch_ x width
  };
  struct Binding {  // tensors over the buffers, for one batch size
    Ort::Value input{nullptr};
    std::vector<Ort::Value> outputs;
    std::vector<OrtValue*> raw_outputs;
  };

  Result<void> find_input(std::size_t batch_max);
  Result<void> find_outputs();
  Result<void> measure_outputs(std::size_t n);
  Result<void> run_block(std::span<const float> rows, std::size_t n, std::span<float> outputs);
  Binding& binding(std::size_t n);

  Ort::Session session_;
  Signature signature_;
  std::string input_name_;
  std::size_t width_ = 0;
  std::size_t output_width_ = 0;
  std::size_t batch_ = 1;  // rows of one call
  std::vector<float> input_;
  std::vector<Output> outputs_;
  const char* input_names_[1] = {};
  std::vector<const char*> output_names_;
  std::vector<std::optional<Binding>> bindings_;  // by batch size less one
};

Result<void> OnnxRunner::find_input(std::size_t batch_max) {
  if (session_.GetInputCount() != 1)
    return unsupported("inputs", "one", std::format("{}", session_.GetInputCount()));
  const Ort::AllocatorWithDefaultOptions allocator;
  input_name_ = session_.GetInputNameAllocated(0, allocator).get();
  const std::string what = std::format("input '{}'", input_name_);
  const Shape shape = TRY(float_tensor(session_.GetInputTypeInfo(0), what));
  const bool fits = shape.size() == 2 && (shape[0] < 0 || shape[0] == 1) && shape[1] > 0 &&
                    shape[1] <= static_cast<std::int64_t>(kWidthMax);
  if (!fits)
    return unsupported(what,
                       std::format("shape [N, width] or [1, width], width 1 to {}", kWidthMax),
                       to_text(shape));
  width_ = static_cast<std::size_t>(shape[1]);
  batch_ = shape[0] < 0 ? batch_max : 1;
  input_.assign(batch_ * width_, 0.0F);
  input_names_[0] = input_name_.c_str();
  return {};
}

Result<void> OnnxRunner::find_outputs() {
  const std::size_t count = session_.GetOutputCount();
  if (count == 0 || count > kWidthMax)
    return unsupported("outputs", "at least one", std::format("{}", count));
  const Ort::AllocatorWithDefaultOptions allocator;
  for (std::size_t i = 0; i < count; ++i) {
    Output output;
    output.name = session_.GetOutputNameAllocated(i, allocator).get();
    TRY(float_tensor(session_.GetOutputTypeInfo(i), std::format("output '{}'", output.name)));
    outputs_.push_back(std::move(output));
  }
  for (const Output& output : outputs_) output_names_.push_back(output.name.c_str());
  return {};
}

// Runs `n` rows of zeros into outputs of the library's own and takes their true shapes, as the
// declared ones may leave dimensions open.
Result<void> OnnxRunner::measure_outputs(std::size_t n) {
  const auto memory = Ort::MemoryInfo::CreateCpu(OrtDeviceAllocator, OrtMemTypeDefault);
  const std::int64_t dims[] = {static_cast<std::int64_t>(n), static_cast<std::int64_t>(width_)};
  const auto input = Ort::Value::CreateTensor<float>(memory, input_.data(), n * width_, dims, 2);
  const auto values = session_.Run(Ort::RunOptions{nullptr}, input_names_, &input, 1,
                                   output_names_.data(), output_names_.size());
  output_width_ = 0;
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    Output& output = outputs_[i];
    const std::string what = std::format("output '{}'", output.name);
    const Shape shape = TRY(float_tensor(values[i].GetTypeInfo(), what));
    const bool fits = !shape.empty() && shape.size() <= 2 &&
                      shape[0] == static_cast<std::int64_t>(n) &&
                      (shape.size() == 1 || (shape[1] > 0 && shape[1] <= 65536));
    if (!fits)
      return unsupported(std::format("{} for {} rows", what, n),
                         std::format("shape [{}] or [{}, width]", n, n), to_text(shape));
    output.flat = shape.size() == 1;
    output.width = output.flat ? 1 : static_cast<std::size_t>(shape[1]);
    output_width_ += output.width;
  }
  if (output_width_ > kWidthMax)
    return unsupported("outputs", std::format("at most {} columns", kWidthMax),
                       std::format("{}", output_width_));
  return {};
}

Result<void> OnnxRunner::prepare(std::size_t batch_max) {
  TRY(find_input(batch_max));
  TRY(find_outputs());
  TRY(measure_outputs(1));
  if (batch_ > 1) TRY(measure_outputs(batch_));
  for (Output& output : outputs_) output.buffer.resize(batch_ * output.width);
  bindings_.resize(batch_);
  binding(1);
  binding(batch_);

  const Ort::ModelMetadata metadata = session_.GetModelMetadata();
  const Ort::AllocatorWithDefaultOptions allocator;
  const auto entry = [&](const char* key) -> std::optional<std::string> {
    const auto value = metadata.LookupCustomMetadataMapAllocated(key, allocator);
    return value ? std::optional<std::string>(value.get()) : std::nullopt;
  };
  signature_ = TRY(read_signature(entry, width_, output_width_));
  return {};
}

OnnxRunner::Binding& OnnxRunner::binding(std::size_t n) {
  std::optional<Binding>& bound = bindings_[n - 1];
  if (bound) return *bound;
  const auto memory = Ort::MemoryInfo::CreateCpu(OrtDeviceAllocator, OrtMemTypeDefault);
  const auto rows = static_cast<std::int64_t>(n);
  Binding made;
  const std::int64_t dims[] = {rows, static_cast<std::int64_t>(width_)};
  made.input = Ort::Value::CreateTensor<float>(memory, input_.data(), n * width_, dims, 2);
  for (Output& output : outputs_) {
    const std::int64_t out_dims[] = {rows, static_cast<std::int64_t>(output.width)};
    made.outputs.push_back(Ort::Value::CreateTensor<float>(
        memory, output.buffer.data(), n * output.width, out_dims, output.flat ? 1 : 2));
    made.raw_outputs.push_back(made.outputs.back());
  }
  return bound.emplace(std::move(made));
}

Result<void> OnnxRunner::run(std::span<const float> rows, std::size_t n, std::span<float> outputs) {
  if (rows.size() != n * width_ || outputs.size() != n * output_width_)
    return invalid(
        std::format("{} rows: expected {} x {} features and {} x {} outputs, found {} "
                    "and {} values",
                    n, n, width_, n, output_width_, rows.size(), outputs.size()));
  for (std::size_t at = 0; at < n; at += batch_) {
    const std::size_t block = std::min(batch_, n - at);
    TRY(run_block(rows.subspan(at * width_, block * width_), block,
                  outputs.subspan(at * output_width_, block * output_width_)));
  }
  return {};
}

Result<void> OnnxRunner::run_block(std::span<const float> rows, std::size_t n,
                                   std::span<float> outputs) {
  std::ranges::copy(rows, input_.begin());
  Binding& bound = binding(n);
  const OrtValue* input = bound.input;
  OrtStatus* status =
      Ort::GetApi().Run(session_, nullptr, input_names_, &input, 1, output_names_.data(),
                        output_names_.size(), bound.raw_outputs.data());
  if (status != nullptr) [[unlikely]]
    return fail(Code::internal, "the model does not run: " + Ort::Status(status).GetErrorMessage());
  std::size_t column = 0;
  for (const Output& output : outputs_) {
    if (output.width == output_width_) {
      std::copy_n(output.buffer.data(), n * output.width, outputs.data());
      break;
    }
    for (std::size_t row = 0; row < n; ++row)
      std::copy_n(output.buffer.data() + row * output.width, output.width,
                  outputs.data() + row * output_width_ + column);
    column += output.width;
  }
  return {};
}

// `make_session` may throw what the library throws.
template <class MakeSession>
Result<std::unique_ptr<Runner>> open_with(const RunnerOptions& options,
                                          MakeSession&& make_session) {
  if (options.batch_max < 1 || options.batch_max > kBatchLimit)
    return invalid(
        std::format("batch_max: expected 1 to {}, found {}", kBatchLimit, options.batch_max));
  try {
    auto runner = std::make_unique<OnnxRunner>(make_session());
    TRY(runner->prepare(options.batch_max));
    return std::unique_ptr<Runner>(std::move(runner));
  } catch (const std::exception& error) {
    return fail(Code::corrupt, std::format("not a model that loads and runs: {}", error.what()));
  }
}

}  // namespace

Result<std::unique_ptr<Runner>> open_onnx(ByteView model, const RunnerOptions& options) {
  return open_with(options, [&] {
    return Ort::Session(environment(), model.data(), model.size(), session_options());
  });
}

Result<std::unique_ptr<Runner>> open_onnx_file(const std::string& path,
                                               const RunnerOptions& options) {
  return open_with(options,
                   [&] { return Ort::Session(environment(), path.c_str(), session_options()); });
}

std::string onnx_runtime_version() { return Ort::GetVersionString(); }

}  // namespace lineside::infer
