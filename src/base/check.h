// CHECK ends the process when something that cannot be true is true; it stays on in release.
// Never for input: what the outside can cause is a Result.
#pragma once

namespace lineside::detail {
[[noreturn]] void check_failed(const char* condition, const char* file, int line);
}  // namespace lineside::detail

#define CHECK(condition) \
  ((condition) ? void(0) : ::lineside::detail::check_failed(#condition, __FILE__, __LINE__))

#ifdef NDEBUG
#define DCHECK(condition) void(0)
#else
#define DCHECK(condition) CHECK(condition)
#endif
