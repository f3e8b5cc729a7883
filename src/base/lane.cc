#include "base/lane.h"

#include <pthread.h>
#include <utility>

#include "base/check.h"

namespace lineside {

Lane::Lane(std::string name, std::function<bool()> step) {
  CHECK(name.size() <= 15);  // the kernel's limit for a thread's name
  CHECK(step != nullptr);
  thread_ = std::thread([this, name = std::move(name), step = std::move(step)] {
    pthread_setname_np(pthread_self(), name.c_str());
    while (!stopping_.load(std::memory_order_relaxed) && step()) {
    }
    done_.store(true, std::memory_order_release);
  });
}

Lane::~Lane() {
  stop();
  join();
}

void Lane::join() {
  if (thread_.joinable()) thread_.join();
}

}  // namespace lineside
