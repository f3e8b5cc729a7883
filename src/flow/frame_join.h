// Joins the readings of one asset into frames: one source time, one value per column. The rules
// stand in pipeline_flow.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "flow/plan.h"

namespace lineside::flow {

class FrameJoin {
 public:
  explicit FrameJoin(const Plan& plan);

  enum class Offer : std::uint8_t { taken, late, repeated };
  // A reading; `value` is finite. After each taken one, next() is called until it says `none`.
  Offer offer(std::int64_t time_ns, std::uint32_t column, double value);

  enum class Closing : std::uint8_t { none, complete, held, incomplete };
  struct Closed {
    Closing closing = Closing::none;
    bool forced = false;  // closed for lack of room, before its time
    std::int64_t time_ns = 0;
    const double* values = nullptr;  // valid until the next offer(); of incomplete ones: not to use
  };
  // The next frame in time order that may close.
  Closed next();

  void save(ByteWriter& out) const;
  // Errors: corrupt.
  Result<void> load(ByteReader& in);
  std::size_t memory_bytes() const;

 private:
  std::size_t slot(std::size_t i) const { return (head_ + i) & (times_.size() - 1); }
  double* values(std::size_t i) { return values_.data() + slot(i) * columns_; }
  const double* values(std::size_t i) const { return values_.data() + slot(i) * columns_; }
  std::size_t find_or_insert(std::int64_t time_ns);
  void insert(std::size_t at, std::int64_t time_ns);
  void grow();
  bool fill_from_held(double* frame);
  Result<void> load_pending(ByteReader& in);

  std::size_t columns_;
  std::int64_t lateness_ns_;
  bool hold_;
  std::int64_t watermark_ = std::numeric_limits<std::int64_t>::min();
  std::int64_t closed_ = std::numeric_limits<std::int64_t>::min();  // newest time that closed

  // Pending frames in time order: a ring of `size_` frames from `head_` on. Absent values are NaN.
  std::size_t head_ = 0;
  std::size_t size_ = 0;
  std::vector<std::int64_t> times_;
  std::vector<std::uint32_t> filled_;
  std::vector<double> values_;  // by slot, then by column

  std::vector<double> held_;  // last values of closed frames; NaN until there is one
};

}  // namespace lineside::flow
