#include "world/process.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <format>
#include <malloc.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "world/clock.h"
#include "world/files.h"
#include "world/os_error_internal.h"
#include "world/spawner_internal.h"

extern char** environ;

namespace lineside::world {

namespace {

constexpr Duration kTerminateGrace = Duration::seconds(2);

bool is_program(const std::string& path) { return ::access(path.c_str(), X_OK) == 0; }

// The program as execve(2) wants it: a path, since the search must not happen after the fork.
Result<std::string> find_program(const std::string& name) {
  if (name.contains('/')) return name;
  const std::string path = environment("PATH").value_or("/usr/local/bin:/usr/bin:/bin");
  for (const std::string_view folder : split(path, ':')) {
    std::string candidate = std::format("{}/{}", folder.empty() ? "." : folder, name);
    if (is_program(candidate)) return candidate;
  }
  return fail(Code::not_found,
              std::format("cannot start {}: expected a program on PATH ({}), found none",
                          excerpt(name), excerpt(path, 400)));
}

bool names(std::string_view setting, std::string_view name) {
  return setting.starts_with(name) && setting.substr(name.size()).starts_with('=');
}

// Ours, with the child's own settings in place of those of the same name.
std::vector<std::string> merged_environment(const std::vector<std::string>& added) {
  std::vector<std::string> merged;
  for (char** setting = environ; *setting != nullptr; ++setting) {
    const std::string_view ours = *setting;
    bool replaced = false;
    for (const std::string& theirs : added) {
      replaced = replaced || names(ours, theirs.substr(0, theirs.find('=')));
    }
    if (!replaced) merged.emplace_back(ours);
  }
  merged.insert(merged.end(), added.begin(), added.end());
  return merged;
}

Result<void> check_options(const ProcessOptions& options) {
  if (options.command.empty() || options.command[0].empty()) {
    return invalid("process: expected a command, found none");
  }
  for (const std::string& setting : options.environment) {
    if (setting.find('=') == 0 || !setting.contains('=')) {
      return invalid(std::format(
          "process: expected an environment setting NAME=value, found \"{}\"", excerpt(setting)));
    }
  }
  return {};
}

int exit_code_of(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

std::atomic<bool> stop_flag = false;
std::atomic<bool> reload_flag = false;
static_assert(std::atomic<bool>::is_always_lock_free, "the signal handler stores to it");

void on_signal(int number) { (number == SIGHUP ? reload_flag : stop_flag).store(true); }

}  // namespace

Result<Process> Process::start(const ProcessOptions& options) {
  TRY(check_options(options));
  SpawnRequest request;
  request.program = TRY(find_program(options.command[0]));
  request.arguments = options.command;
  request.environment = merged_environment(options.environment);
  request.stdout_file = options.stdout_file;
  request.stderr_file = options.stderr_file;
  return Process(TRY(spawn(request)));
}

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), exit_code_(std::exchange(other.exit_code_, {})) {}

Process& Process::operator=(Process&& other) noexcept {
  if (this != &other) {
    finish();
    pid_ = std::exchange(other.pid_, -1);
    exit_code_ = std::exchange(other.exit_code_, {});
  }
  return *this;
}

Process::~Process() { finish(); }

void Process::finish() {
  if (pid_ < 0 || exit_code_) return;
  signal(SIGTERM);
  if (wait(kTerminateGrace)) return;
  signal(SIGKILL);
  while (!wait(Duration::seconds(1))) {
  }
}

void Process::signal(int number) {
  // After it is reaped the number may belong to somebody else.
  if (pid_ > 0 && !exit_code_) ::kill(pid_, number);
}

std::optional<int> Process::wait(Duration limit) {
  if (pid_ < 0) return std::nullopt;
  const Time end = system_clock().steady() + limit;
  Duration pause = Duration::millis(1);
  while (!exit_code_) {
    int status = 0;
    const pid_t reaped = ::waitpid(pid_, &status, WNOHANG);
    if (reaped == pid_) {
      exit_code_ = exit_code_of(status);
      break;
    }
    CHECK(reaped == 0 || errno == EINTR);  // nobody else reaps our children
    const Duration left = end - system_clock().steady();
    if (left <= Duration{}) break;
    system_clock().sleep(std::min(pause, left));
    pause = std::min(pause * 2, Duration::millis(20));
  }
  return exit_code_;
}

int self_pid() { return ::getpid(); }

std::string self_path() {
  std::array<char, 4'096> target{};
  const ssize_t n = ::readlink("/proc/self/exe", target.data(), target.size());
  CHECK(n > 0 && static_cast<std::size_t>(n) < target.size());
  return {target.data(), static_cast<std::size_t>(n)};
}

std::uint64_t resident_bytes(int pid) {
  const auto status = system_files().read(std::format("/proc/{}/status", pid));
  if (!status) return 0;
  for (const std::string_view line : split(as_text(*status), '\n')) {
    constexpr std::string_view kField = "VmRSS:";
    if (!line.starts_with(kField)) continue;
    const std::string_view value = trim(line.substr(kField.size()));  // "1234 kB"
    std::uint64_t kilobytes = 0;
    std::from_chars(value.data(), value.data() + value.size(), kilobytes);
    return kilobytes * 1'024;
  }
  return 0;
}

void share_heaps() {
  constexpr int kHeaps = 2;
  mallopt(M_ARENA_MAX, kHeaps);
}

void release_memory() { malloc_trim(0); }

Duration cpu_time(int pid) {
  clockid_t clock{};
  timespec used{};
  if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &used) != 0) return {};
  return Duration::seconds(used.tv_sec) + Duration{used.tv_nsec};
}

std::optional<std::string> environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

void catch_signals() {
  struct sigaction action{};
  action.sa_flags = SA_RESTART;
  action.sa_handler = on_signal;
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    CHECK(::sigaction(number, &action, nullptr) == 0);
  }
  action.sa_handler = SIG_IGN;
  CHECK(::sigaction(SIGPIPE, &action, nullptr) == 0);
}

bool stop_requested() { return stop_flag.load(); }

bool take_reload_request() { return reload_flag.exchange(false); }

}  // namespace lineside::world
