#include <cstdio>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

#include "infer/admission.h"
#include "infer/open_internal.h"

namespace lineside::infer {

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kLimitMemory = false;  // a sanitizer's shadow takes terabytes of address space
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kLimitMemory = false;
#else
constexpr bool kLimitMemory = true;
#endif
#else
constexpr bool kLimitMemory = true;
#endif

// A hang ends by SIGALRM, whether it computes or waits.
void limit_process(Duration limit) {
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  if (kLimitMemory) {
    const rlimit memory{kProbeMemoryBytes, kProbeMemoryBytes};
    ::setrlimit(RLIMIT_AS, &memory);
  }
  ::alarm(static_cast<unsigned>(limit.as_seconds()));
}

}  // namespace

int probe_main(const std::string& path, Duration limit) {
  limit_process(limit);
  const auto runner = open_onnx_file(path, {});
  if (!runner) {
    std::puts(runner.error().text.c_str());
    return kProbeRefused;
  }
  return kProbeGood;
}

}  // namespace lineside::infer
