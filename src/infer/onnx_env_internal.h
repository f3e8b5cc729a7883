// The one environment of ONNX Runtime in this process.
#pragma once

struct OrtEnv;

namespace lineside::infer {

// Made at the first call and kept until the process ends; silent. Thread-safe.
//
// Debian's library registers its operators twice and says so in 1,134 lines on standard error, when
// the first session of the process is made. So the first call makes a session of a built-in model
// while descriptor 2 leads to a memory file; then all but those lines is passed on. Text that other
// threads write meanwhile (20 to 40 ms) arrives late, not lost; a child process started meanwhile
// writes its errors to nowhere.
// Throws Ort::Exception when the library does not start.
OrtEnv* onnx_env();

}  // namespace lineside::infer
