#include <array>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <fcntl.h>
#include <mutex>
#include <optional>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include "base/check.h"
#include "world/os_error_internal.h"
#include "world/spawner_internal.h"

namespace lineside::world {

namespace {

// What the child needs, laid out before the fork: after it nothing may be allocated, because
// another thread may have held the allocator's lock.
struct ChildPlan {
  const char* program;
  std::vector<char*> arguments;    // ends with nullptr
  std::vector<char*> environment;  // ends with nullptr
  std::array<int, 3> standard;     // descriptors for 0, 1, 2; -1: inherited
  int failure_pipe;
  pid_t parent;
};

// Owns descriptors until the spawn is over. All are above 2, so that giving the child its
// standard ones overwrites none that is still needed.
class Descriptors {
 public:
  Descriptors() = default;
  Descriptors(const Descriptors&) = delete;
  Descriptors& operator=(const Descriptors&) = delete;
  ~Descriptors() {
    for (const int fd : owned_) ::close(fd);
  }

  // Takes ownership; the number may change. -1 with errno set when there is no free one.
  int own(int fd) {
    if (fd < 0) return -1;
    int high = fd;
    if (fd <= 2) {
      high = ::fcntl(fd, F_DUPFD_CLOEXEC, 3);
      const int failure = errno;
      ::close(fd);
      errno = failure;
    }
    if (high >= 0) owned_.push_back(high);
    return high;
  }

  void close(int fd) {
    std::erase(owned_, fd);
    ::close(fd);
  }

 private:
  std::vector<int> owned_;
};

std::vector<char*> as_argv(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

[[noreturn]] void give_up(int failure_pipe) {
  const int failure = errno;
  // The exit code serves when even the pipe fails.
  const bool told = ::write(failure_pipe, &failure, sizeof failure) == sizeof failure;
  ::_exit(told ? 127 : 126);
}

// Runs in the child, between fork and exec: async-signal-safe calls only (signal-safety(7)).
[[noreturn]] void become(const ChildPlan& plan) {
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) give_up(plan.failure_pipe);
  if (::getppid() != plan.parent) ::_exit(127);  // it died before the line above
  // Ctrl-C on the terminal is for the parent, which ends its children in its own order.
  ::setpgid(0, 0);
  for (std::size_t i = 0; i < plan.standard.size(); ++i) {
    if (plan.standard[i] >= 0 && ::dup2(plan.standard[i], static_cast<int>(i)) < 0) {
      give_up(plan.failure_pipe);
    }
  }
  // Libraries open descriptors without O_CLOEXEC; a child must not keep our sockets alive.
  ::syscall(SYS_close_range, 3U, ~0U, 4U /* CLOSE_RANGE_CLOEXEC, Linux 5.11 */);
  struct sigaction standard{};
  standard.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) ::sigaction(number, &standard, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execve(plan.program, plan.arguments.data(), plan.environment.data());
  give_up(plan.failure_pipe);
}

Result<int> open_output(const std::string& path, Descriptors& descriptors) {
  if (path.empty()) return -1;
  const int fd = descriptors.own(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600));
  if (fd < 0) return os_error(errno, "open", path);
  return fd;
}

// Standard input is empty: a background child must not eat what is typed for us.
Result<std::array<int, 3>> open_standard(const SpawnRequest& request, Descriptors& descriptors) {
  const int in = descriptors.own(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (in < 0) return os_error(errno, "open", "/dev/null");
  const int out = TRY(open_output(request.stdout_file, descriptors));
  if (out >= 0 && request.stderr_file == request.stdout_file) return std::array{in, out, out};
  const int error = TRY(open_output(request.stderr_file, descriptors));
  return std::array{in, out, error};
}

// The errno that the child reported; nothing when the pipe closed, that is: at execve.
std::optional<int> read_failure(int fd) {
  int failure = 0;
  ssize_t n = -1;
  do {
    n = ::read(fd, &failure, sizeof failure);
  } while (n < 0 && errno == EINTR);
  if (n == sizeof failure) return failure;
  return std::nullopt;
}

Result<int> fork_and_exec(const SpawnRequest& request) {
  Descriptors descriptors;
  const std::array<int, 3> standard = TRY(open_standard(request, descriptors));
  ChildPlan plan{.program = request.program.c_str(),
                 .arguments = as_argv(request.arguments),
                 .environment = as_argv(request.environment),
                 .standard = standard,
                 .failure_pipe = -1,
                 .parent = ::getpid()};
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return os_error(errno, "start", request.program);
  const int told = descriptors.own(ends[0]);
  plan.failure_pipe = descriptors.own(ends[1]);
  if (told < 0 || plan.failure_pipe < 0) return os_error(errno, "start", request.program);

  const pid_t pid = ::fork();
  if (pid < 0) return os_error(errno, "start", request.program);
  if (pid == 0) become(plan);
  descriptors.close(plan.failure_pipe);
  const std::optional<int> failure = read_failure(told);
  if (!failure) return pid;
  ::waitpid(pid, nullptr, 0);
  return os_error(*failure, "start", request.program);
}

// The thread and its inbox. Callers wait for the answer, so requests stay on their stacks.
class Spawner {
 public:
  Spawner() {
    std::thread([this] { run(); }).detach();
  }

  Result<int> spawn(const SpawnRequest& request) {
    Job job{request, {}};
    std::unique_lock lock(mutex_);
    jobs_.push_back(&job);
    changed_.notify_all();
    changed_.wait(lock, [&] { return job.answer.has_value(); });
    return *std::move(job.answer);
  }

 private:
  struct Job {
    const SpawnRequest& request;
    std::optional<Result<int>> answer;
  };

  [[noreturn]] void run() {
    // Handlers of ours must not run in the child before it has reset them.
    sigset_t all;
    ::sigfillset(&all);
    CHECK(::pthread_sigmask(SIG_SETMASK, &all, nullptr) == 0);
    ::pthread_setname_np(::pthread_self(), "spawner");
    for (;;) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return !jobs_.empty(); });
      Job& job = *jobs_.front();
      jobs_.pop_front();
      lock.unlock();
      Result<int> answer = fork_and_exec(job.request);
      lock.lock();
      job.answer = std::move(answer);
      changed_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job*> jobs_;
};

}  // namespace

Result<int> spawn(const SpawnRequest& request) {
  static Spawner* const spawner = new Spawner;  // tidy: never destroyed, like its thread
  return spawner->spawn(request);
}

}  // namespace lineside::world
