// What a measured client tells the benchmark while it runs: counters in memory that both share.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"

namespace lineside::benchmarks {

// Since the client started. Only the client writes.
struct Board {
  std::atomic<std::uint64_t> ready = 0;     // 1: subscribed
  std::atomic<std::uint64_t> received = 0;  // messages taken from the broker
  std::atomic<std::uint64_t> finished = 0;  // messages that went all the way through the client
  std::atomic<std::uint64_t> rows = 0;      // rows that the model has seen, recorded
  std::atomic<std::uint64_t> lost = 0;      // readings rejected, messages missing by their sequence
};

// A file of one Board, mapped by both sides.
class SharedBoard {
 public:
  // Makes the file if it is not there.
  static Result<SharedBoard> open(const std::string& path);

  Board& operator*() const { return *board_; }
  Board* operator->() const { return board_.get(); }

 private:
  SharedBoard() = default;
  struct Unmap {
    void operator()(Board* board) const;
  };
  std::unique_ptr<Board, Unmap> board_;
};

}  // namespace lineside::benchmarks
