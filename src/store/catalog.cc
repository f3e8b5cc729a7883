#include <algorithm>
#include <format>

#include "store/catalog_internal.h"

namespace lineside::store {

void Catalog::publish(const Segment& segment) {
  auto copy = std::make_shared<const Segment>(segment);
  std::lock_guard lock(mutex_);
  const auto known = std::ranges::find_if(
      segments_, [&](const auto& other) { return other->first == copy->first; });
  if (known != segments_.end()) {
    *known = std::move(copy);
  } else {
    segments_.push_back(std::move(copy));
  }
}

void Catalog::set_error(std::optional<Error> error) {
  std::lock_guard lock(mutex_);
  error_ = std::move(error);
}

Result<void> Catalog::expire(std::uint64_t bytes) {
  std::lock_guard lock(mutex_);
  std::uint64_t total = 0;
  for (const auto& segment : segments_) total += segment->bytes + segment->index_bytes;
  while (total > bytes && segments_.size() > 1) {
    const Segment& oldest = *segments_.front();
    TRY(files_.remove(path(index_name(oldest.first))));
    TRY(files_.remove(path(segment_name(oldest.first))));
    total -= oldest.bytes + oldest.index_bytes;
    expired_ += oldest.end - oldest.first;
    segments_.erase(segments_.begin());
  }
  return {};
}

Segments Catalog::segments() const {
  std::lock_guard lock(mutex_);
  return segments_;
}

Result<std::unique_ptr<world::File>> Catalog::open(const Segment& segment) const {
  std::lock_guard lock(mutex_);
  const bool there = std::ranges::any_of(
      segments_, [&](const auto& kept) { return kept->first == segment.first; });
  if (!there) {
    return fail(Code::not_found, std::format("{} has been deleted", segment_name(segment.first)));
  }
  return files_.open(path(segment_name(segment.first)));
}

JournalState Catalog::state() const {
  std::lock_guard lock(mutex_);
  JournalState state;
  state.durable = durable();
  state.next = next();
  state.first = segments_.empty() ? state.durable : segments_.front()->first;
  state.segments = segments_.size();
  for (const auto& segment : segments_) state.bytes += segment->bytes + segment->index_bytes;
  state.expired = expired_;
  state.damaged = damaged_.load();
  state.error = error_;
  return state;
}

Stretch stretch_from(const Segment& segment, Position from) {
  std::uint64_t begin = kSegmentHeaderBytes;
  for (const Block& block : segment.blocks) {
    if (block.first <= from) begin = block.offset;
  }
  return {.begin = begin, .end = segment.bytes};
}

std::vector<Stretch> stretches_within(const Segment& segment, std::int64_t min_time,
                                      std::int64_t max_time) {
  std::vector<Stretch> found;
  for (std::size_t i = 0; i < segment.blocks.size(); ++i) {
    const Block& block = segment.blocks[i];
    if (block.min_time > max_time || block.max_time < min_time) continue;
    const bool is_last = i + 1 == segment.blocks.size();
    const std::uint64_t end = is_last ? segment.bytes : segment.blocks[i + 1].offset;
    if (!found.empty() && found.back().end == block.offset) {
      found.back().end = end;
    } else {
      found.push_back({.begin = block.offset, .end = end});
    }
  }
  return found;
}

}  // namespace lineside::store
