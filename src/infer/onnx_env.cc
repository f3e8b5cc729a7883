#include <array>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>

#include <onnxruntime/onnxruntime_cxx_api.h>

#include "infer/onnx_env_internal.h"

namespace lineside::infer {

namespace {

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::string read_all(int fd) {
  std::string text;
  std::array<char, 65536> block{};
  off_t at = 0;
  for (ssize_t n = 0; (n = ::pread(fd, block.data(), block.size(), at)) > 0; at += n)
    text.append(block.data(), static_cast<std::size_t>(n));
  return text;
}

// The text without the lines about double registration and the empty line that follows each.
std::string without_schema_errors(std::string_view text) {
  std::string rest;
  bool after_error = false;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end == text.npos ? text.size() : end + 1);
    text.remove_prefix(line.size());
    const bool error = line.starts_with("Schema error: ");
    if (!error && !(after_error && line == "\n")) rest += line;
    after_error = error;
  }
  return rest;
}

// While it lives, standard error leads to a memory file.
class QuietStderr {
 public:
  QuietStderr() {
    file_ = ::memfd_create("stderr", MFD_CLOEXEC);
    saved_ = file_ < 0 ? -1 : ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    if (saved_ >= 0) ::dup2(file_, STDERR_FILENO);
  }
  QuietStderr(const QuietStderr&) = delete;
  QuietStderr& operator=(const QuietStderr&) = delete;
  ~QuietStderr() {
    if (saved_ >= 0) {
      ::dup2(saved_, STDERR_FILENO);
      ::close(saved_);
      write_all(STDERR_FILENO, without_schema_errors(read_all(file_)));
    }
    if (file_ >= 0) ::close(file_);
  }

 private:
  int file_ = -1;
  int saved_ = -1;
};

// A ModelProto with one Identity from x to y, both float[1]: IR version 8, opset 13.
constexpr std::string_view kSmallestModel(
    "\x08\x08"                                    // ir_version: 8
    "\x3a\x37"                                    // graph: 55 bytes
    "\x0a\x10\x0a\x01x\x12\x01y\x22\x08Identity"  // node: input x, output y, op_type
    "\x12\x01g"                                   // name
    "\x5a\x0f\x0a\x01x\x12\x0a\x0a\x08\x08\x01\x12\x04\x0a\x02\x08\x01"  // input x: float [1]
    "\x62\x0f\x0a\x01y\x12\x0a\x0a\x08\x08\x01\x12\x04\x0a\x02\x08\x01"  // output y: float [1]
    "\x42\x04\x0a\x00\x10\x0d",  // opset_import: default domain, 13
    65);

// tidy: the library gives the signature
void ORT_API_CALL log_nothing(void*, OrtLoggingLevel, const char*, const char*, const char*,
                              const char*) {}

OrtEnv* start() {
  const QuietStderr quiet;
  Ort::Env env(ORT_LOGGING_LEVEL_FATAL, "lineside", log_nothing, nullptr);
  Ort::SessionOptions options;
  options.SetIntraOpNumThreads(1);
  const Ort::Session first(env, kSmallestModel.data(), kSmallestModel.size(), options);
  return env.release();
}

}  // namespace

OrtEnv* onnx_env() {
  static OrtEnv* const env = start();
  return env;
}

}  // namespace lineside::infer
