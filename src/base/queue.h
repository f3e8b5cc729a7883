// A bounded queue between two lanes. Its overflow rule is part of its type:
//   Overflow::block        push waits for room: backpressure, nothing is lost
//   Overflow::drop_oldest  push makes room by dropping the oldest item, which is counted
// Any number of producers and consumers. close() wakes everyone; what is queued can still be taken.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/time.h"

namespace lineside {

enum class Overflow : unsigned char { block, drop_oldest };

template <class T, Overflow kRule>
class Queue {
 public:
  explicit Queue(std::size_t capacity) : capacity_(capacity) { CHECK(capacity > 0); }

  // False once closed; the item is then gone.
  bool push(T item) {
    std::unique_lock lock(mutex_);
    if constexpr (kRule == Overflow::block) {
      room_.wait(lock, [&] { return closed_ || items_.size() < capacity_; });
    }
    if (closed_) return false;
    if (items_.size() >= capacity_) {
      items_.pop_front();
      dropped_.fetch_add(1, std::memory_order_relaxed);
    }
    items_.push_back(std::move(item));
    lock.unlock();
    filled_.notify_one();
    return true;
  }

  // False when there is no room (block rule) or it is closed; `item` is then untouched.
  bool try_push(T& item) {
    std::unique_lock lock(mutex_);
    if (closed_) return false;
    if (items_.size() >= capacity_) {
      if constexpr (kRule == Overflow::block) return false;
      items_.pop_front();
      dropped_.fetch_add(1, std::memory_order_relaxed);
    }
    items_.push_back(std::move(item));
    lock.unlock();
    filled_.notify_one();
    return true;
  }

  // Nothing when `wait` passes or when it is closed and empty.
  std::optional<T> pop(Duration wait) {
    std::unique_lock lock(mutex_);
    filled_.wait_for(lock, std::chrono::nanoseconds(wait.ns),
                     [&] { return closed_ || !items_.empty(); });
    if (items_.empty()) return std::nullopt;
    std::optional<T> item(std::move(items_.front()));
    items_.pop_front();
    lock.unlock();
    room_.notify_one();
    return item;
  }

  void close() {
    {
      std::lock_guard lock(mutex_);
      closed_ = true;
    }
    filled_.notify_all();
    room_.notify_all();
  }

  std::size_t size() const {
    std::lock_guard lock(mutex_);
    return items_.size();
  }
  bool drained() const {
    std::lock_guard lock(mutex_);
    return closed_ && items_.empty();
  }
  std::size_t capacity() const { return capacity_; }
  std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::condition_variable filled_;
  std::condition_variable room_;
  std::deque<T> items_;
  bool closed_ = false;
  std::atomic<std::uint64_t> dropped_ = 0;
};

}  // namespace lineside
