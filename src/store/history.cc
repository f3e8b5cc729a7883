#include "store/history.h"

#include <algorithm>
#include <format>
#include <map>
#include <utility>

#include "store/catalog_internal.h"

namespace lineside::store {

namespace {

// Two buckets hold all of time before and after 1970, so widening always ends.
constexpr std::size_t kPointsMin = 4;

struct Point {
  std::int64_t time = 0;
  double value = 0;
};

struct Bucket {
  Point min;
  Point max;
  void add(const Point& point) {
    if (point.value < min.value) min = point;
    if (point.value > max.value) max = point;
  }
};

// Keeps every point until there are too many, then buckets whose width doubles whenever they are
// too many: one pass, memory for `limit` points, and widths that depend on the times of the
// readings alone, not on their order or on the ends of the range.
class Reducer {
 public:
  explicit Reducer(std::size_t limit) : limit_(limit) {}

  void add(const Point& point) {
    if (!reduced_ && points_.size() < limit_) {
      points_.push_back(point);
      return;
    }
    if (!reduced_) begin_reducing();
    put(point);
  }

  Series finish() && {
    if (reduced_) {
      for (const auto& [number, bucket] : buckets_) {
        const bool min_first = bucket.min.time <= bucket.max.time;
        points_.push_back(min_first ? bucket.min : bucket.max);
        if (bucket.min.value != bucket.max.value)
          points_.push_back(min_first ? bucket.max : bucket.min);
      }
    } else {
      std::ranges::stable_sort(points_, {}, &Point::time);
    }
    Series series;
    series.reduced = reduced_;
    for (const Point& point : points_) {
      series.time.push_back(Time{point.time});
      series.value.push_back(point.value);
    }
    return series;
  }

 private:
  void begin_reducing() {
    reduced_ = true;
    for (const Point& point : points_) put(point);
    points_.clear();
  }

  void put(const Point& point) {
    const std::int64_t number = point.time >> shift_;
    const auto [bucket, is_new] = buckets_.try_emplace(number, Bucket{point, point});
    if (!is_new) bucket->second.add(point);
    while (buckets_.size() > limit_ / 2) widen();
  }

  void widen() {
    ++shift_;
    std::map<std::int64_t, Bucket> wider;
    for (const auto& [number, bucket] : buckets_) {
      const auto [at, is_new] = wider.try_emplace(number >> 1, bucket);
      if (is_new) continue;
      at->second.add(bucket.min);
      at->second.add(bucket.max);
    }
    buckets_ = std::move(wider);
  }

  const std::size_t limit_;
  bool reduced_ = false;
  unsigned shift_ = 0;  // a bucket is 2^shift nanoseconds wide
  std::vector<Point> points_;
  std::map<std::int64_t, Bucket> buckets_;
};

struct Question {
  domain::StreamIndex stream = domain::kNoStream;
  SegmentReader::Wanted wanted;
};

// The points of one stretch; the number of damaged places met.
Result<std::uint64_t> read_stretch(SegmentReader reader, const Question& question,
                                   Reducer& reducer) {
  while (const auto* batch = TRY(reader.next(question.wanted))) {
    for (std::size_t i = 0; i < batch->size(); ++i) {
      if (batch->stream[i] != question.stream) continue;
      const std::int64_t time = batch->time_ns[i];
      if (time < question.wanted.min_time || time > question.wanted.max_time) continue;
      reducer.add({.time = time, .value = batch->value[i]});
    }
  }
  return reader.damaged();
}

}  // namespace

History::History(std::shared_ptr<const Catalog> catalog) : catalog_(std::move(catalog)) {}

Result<Series> History::range(domain::StreamIndex stream, Time from, Time to,
                              std::size_t points) const {
  if (points < kPointsMin) {
    return invalid(std::format("expected at least {} points, found {}", kPointsMin, points));
  }
  const Question question{.stream = stream,
                          .wanted = {.from = 0, .min_time = from.ns, .max_time = to.ns}};
  Reducer reducer(points);
  for (const auto& segment : catalog_->segments()) {
    if (!std::ranges::contains(segment->streams, stream)) continue;
    const auto stretches = stretches_within(*segment, from.ns, to.ns);
    if (stretches.empty()) continue;
    const auto file = catalog_->open(*segment);
    if (!file && file.error().code == Code::not_found) continue;  // expired while we read
    if (!file) return file.error();
    for (const Stretch& stretch : stretches) {
      SegmentReader reader(**file, *segment, stretch);
      catalog_->count_damage(TRY(read_stretch(std::move(reader), question, reducer)));
    }
  }
  return std::move(reducer).finish();
}

}  // namespace lineside::store
