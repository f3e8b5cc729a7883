// Clocks of the measurements. CPU times are the kernel's, to the nanosecond; the ticks of
// /proc/PID/stat would be 10 ms.
#pragma once

#include <sched.h>

#include "base/result.h"
#include "base/time.h"

namespace lineside::benchmarks {

Time wall();            // steady
Duration thread_cpu();  // of the calling thread
Duration own_cpu();     // of all threads of this process
Result<Duration> process_cpu(int pid);
void pause(Duration duration);

// Keeps the calling thread on the core it runs on, until destroyed.
class OneCore {
 public:
  OneCore();
  ~OneCore();
  OneCore(const OneCore&) = delete;
  OneCore& operator=(const OneCore&) = delete;

 private:
  cpu_set_t before_;
};

}  // namespace lineside::benchmarks
