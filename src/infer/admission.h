// What a model file must pass before it is loaded into a process that matters.
//
// Two hurdles: a bounded reading of the file's structure (onnx_precheck.h), and a probe, which
// loads and runs the model in a child process. So a crash or a hang inside the library is a precise
// error.
#pragma once

#include <functional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "domain/pipeline.h"
#include "infer/runner.h"

namespace lineside::infer {

inline constexpr Duration kProbeLimit = Duration::seconds(20);
inline constexpr std::uint64_t kProbeMemoryBytes = 2ULL << 30;  // address space of the probe

// Exit codes of a probe.
inline constexpr int kProbeGood = 0;
inline constexpr int kProbeRefused = 3;  // the library says no; why stands on standard output

// How a probe ended. A bare exit code will do where the output was not kept.
struct ProbeExit {
  ProbeExit(int exit_code, std::string standard_output = {})
      : code(exit_code), output(std::move(standard_output)) {}
  int code;            // as world::Process::wait(): 128 + signal for a killed child
  std::string output;  // one line: why it was refused
};

// Runs `lineside internal-probe FILE` over a file with the model's bytes. Errors: timeout when it
// had to be killed after kProbeLimit; others when no process could be started.
using Probe = std::function<Result<ProbeExit>()>;

// Ok when `model` may be loaded with open_onnx(). Takes as long as a process takes to start and
// load the library, about 50 ms: callers remember the digests of what they admitted. Errors:
// corrupt (damaged, or the probe crashed, hung or was refused), unsupported (a model that this
// product does not run), and those of the probe's start.
Result<void> admit(ByteView model, const Probe& run_probe);

// The body of the probe: loads the model at `path`, runs rows of zeros and returns an exit code.
// Limits the memory and the time of the process, which it must have for itself: a hang ends by
// SIGALRM.
int probe_main(const std::string& path, Duration limit = kProbeLimit);

// Ok when the rows of the pipeline are the rows that the model learnt from, and the outputs that
// its decisions and risk name exist. The error shows both sides, of long lists the lines that
// differ. Errors: conflict (a mismatch), unsupported (a model without signature).
Result<void> check_signature(const domain::PipelineSpec& spec, const Signature& signature);

}  // namespace lineside::infer
