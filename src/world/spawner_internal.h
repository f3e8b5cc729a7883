// Starts child processes from one thread that lives as long as the process.
//
// PR_SET_PDEATHSIG fires when the *thread* that forked ends, not the process (prctl(2)): a child
// started by a lane would die with that lane. So one detached thread does all the forking; it
// ends only with the process, and then the kernel kills the children however we died.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace lineside::world {

struct SpawnRequest {
  std::string program;  // for execve(2): no search
  std::vector<std::string> arguments;
  std::vector<std::string> environment;
  std::string stdout_file;  // empty: inherited
  std::string stderr_file;
};

// The pid of a child that has passed execve. Thread-safe.
Result<int> spawn(const SpawnRequest& request);

}  // namespace lineside::world
