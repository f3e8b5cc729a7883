#include "benchmarks/meter.h"

#include <ctime>
#include <format>

#include "base/check.h"

namespace lineside::benchmarks {

namespace {

std::int64_t read_ns(clockid_t clock) {
  timespec now{};
  CHECK(clock_gettime(clock, &now) == 0);
  return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

}  // namespace

Time wall() { return {read_ns(CLOCK_MONOTONIC)}; }
Duration thread_cpu() { return {read_ns(CLOCK_THREAD_CPUTIME_ID)}; }
Duration own_cpu() { return {read_ns(CLOCK_PROCESS_CPUTIME_ID)}; }

Result<Duration> process_cpu(int pid) {
  clockid_t clock{};
  timespec now{};
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &now) != 0)
    return fail(Code::unavailable, std::format("process {} has no CPU clock: it has ended", pid));
  return Duration{now.tv_sec * 1'000'000'000LL + now.tv_nsec};
}

void pause(Duration duration) {
  timespec left{duration.ns / 1'000'000'000, duration.ns % 1'000'000'000};
  while (nanosleep(&left, &left) != 0) {
  }
}

OneCore::OneCore() {
  CHECK(sched_getaffinity(0, sizeof before_, &before_) == 0);
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(static_cast<std::size_t>(sched_getcpu()), &one);
  CHECK(sched_setaffinity(0, sizeof one, &one) == 0);
}

OneCore::~OneCore() { sched_setaffinity(0, sizeof before_, &before_); }

}  // namespace lineside::benchmarks
