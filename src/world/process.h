// The seam to processes: children that end with their parent, and the signals that ask us to end.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace lineside::world {

struct ProcessOptions {
  std::vector<std::string> command;      // command[0] is a path or a name on PATH
  std::string stdout_file;               // empty: inherited; else created (0600) or emptied
  std::string stderr_file;               // the same path as stdout_file: both share it
  std::vector<std::string> environment;  // "NAME=value", added to ours
};

// A child that is killed when we die (PR_SET_PDEATHSIG, whichever thread starts it and however
// long that thread lives) and reaped when this is destroyed (SIGTERM, then SIGKILL after two
// seconds). It has its own process group, so Ctrl-C on the terminal reaches only us; its standard
// input is /dev/null, its signals are reset and it inherits no other descriptor.
// Used by one thread at a time.
class Process {
 public:
  // Errors: not_found (no such program), denied (not executable), invalid (options; not a
  // program), exhausted (no memory or process left).
  static Result<Process> start(const ProcessOptions& options);
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;
  ~Process();

  int pid() const { return pid_; }
  void signal(int number);
  // Exit code, 128 + signal for a killed child; nothing while it still runs at the end of `limit`.
  std::optional<int> wait(Duration limit);

 private:
  explicit Process(int pid) : pid_(pid) {}
  void finish();
  int pid_ = -1;
  std::optional<int> exit_code_;  // once reaped
};

// Absolute path of the running binary.
std::string self_path();
int self_pid();
// Resident set of a process in bytes (VmRSS, /proc/PID/status); 0 when unknown.
std::uint64_t resident_bytes(int pid);
// From now on few heaps serve all threads: much less memory where a thread frees what another has
// allocated, for some waiting. To be called before threads start.
void share_heaps();
// Gives memory that was freed back to the system; takes milliseconds.
void release_memory();
// User + system CPU time of a process so far; 0 when unknown.
Duration cpu_time(int pid);
// The value of an environment variable, if set.
std::optional<std::string> environment(const std::string& name);
// From now on SIGINT and SIGTERM set a flag, SIGHUP another, SIGPIPE is ignored.
void catch_signals();
bool stop_requested();
bool take_reload_request();  // true once per SIGHUP

}  // namespace lineside::world
