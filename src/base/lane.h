// A lane: one long-lived thread that owns its state and is driven by a step function.
// The same step is what the simulator calls, so the thread adds nothing but time.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>

namespace lineside {

class Lane {
 public:
  // `step` does one bounded piece of work, waiting at most about 50 ms for it; it returns false
  // when the lane is done. It runs on the lane's own thread, named `name` (at most 15 bytes).
  Lane(std::string name, std::function<bool()> step);
  ~Lane();  // stop() and join
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  // Asks the lane to end after its current step; does not wait.
  void stop() { stopping_.store(true, std::memory_order_relaxed); }
  void join();
  bool done() const { return done_.load(std::memory_order_acquire); }

 private:
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> done_ = false;
  std::thread thread_;
};

}  // namespace lineside
