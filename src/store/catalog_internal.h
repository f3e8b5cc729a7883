// What is committed in a journal: written by the journal's thread, read by any.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/journal.h"
#include "store/segment_internal.h"
#include "world/files.h"

namespace lineside::store {

using Segments = std::vector<std::shared_ptr<const Segment>>;

// The mutex is held for pointer copies and for opening and deleting files, never for reading or
// writing them: a reader must not open, and thereby create, a file that was just deleted.
class Catalog {
 public:
  Catalog(world::Files& files, std::string directory)
      : files_(files), directory_(std::move(directory)) {}

  // ---- The journal's thread.
  // Replaces the segment with the same first position, or comes after all others.
  void publish(const Segment& segment);
  void set_next(Position next) { next_.store(next, std::memory_order_release); }
  void set_durable(Position durable) { durable_.store(durable, std::memory_order_release); }
  void set_error(std::optional<Error> error);
  // Deletes oldest segments, but not the newest, until at most `bytes` are left.
  Result<void> expire(std::uint64_t bytes);

  // ---- Any thread.
  Segments segments() const;
  // Errors: not_found when the segment has been deleted meanwhile.
  Result<std::unique_ptr<world::File>> open(const Segment& segment) const;
  void count_damage(std::uint64_t places) const { damaged_.fetch_add(places); }
  JournalState state() const;
  Position next() const { return next_.load(std::memory_order_acquire); }
  Position durable() const { return durable_.load(std::memory_order_acquire); }

  std::string path(const std::string& name) const { return directory_ + "/" + name; }

 private:
  world::Files& files_;
  const std::string directory_;
  mutable std::mutex mutex_;
  Segments segments_;          // by position
  std::uint64_t expired_ = 0;  // readings
  std::optional<Error> error_;
  std::atomic<Position> next_ = 0;
  std::atomic<Position> durable_ = 0;
  mutable std::atomic<std::uint64_t> damaged_ = 0;  // counted by readers as well
};

// Where reading a segment from `from` on may begin.
Stretch stretch_from(const Segment& segment, Position from);
// The stretches whose blocks overlap the times, neighbours joined.
std::vector<Stretch> stretches_within(const Segment& segment, std::int64_t min_time,
                                      std::int64_t max_time);

}  // namespace lineside::store
