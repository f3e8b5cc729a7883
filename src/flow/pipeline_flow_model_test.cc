// PipelineFlow against a slow, obvious one that keeps everything and recomputes each row.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <optional>
#include <random>

#include <gtest/gtest.h>

#include "flow/pipeline_flow.h"

namespace lineside::flow {
namespace {

using domain::Feature;
using domain::PipelineSpec;
using domain::Statistic;
using domain::WindowSpec;
using Random = std::mt19937_64;

struct Frame {
  std::int64_t time;
  std::vector<double> values;
};

struct SlowRow {
  std::string asset;
  std::int64_t time;
  std::vector<double> values;
  std::vector<double> scale;  // size of the numbers each value was made of
};

std::int64_t bucket(std::int64_t time, std::int64_t length) {
  return time >= 0 ? time / length : -((-time + length - 1) / length);
}

std::size_t absent(const std::vector<std::optional<double>>& frame) {
  return static_cast<std::size_t>(
      std::ranges::count_if(frame, [](const auto& value) { return !value.has_value(); }));
}

class SlowAsset {
 public:
  SlowAsset(const PipelineSpec& spec, std::string name)
      : spec_(spec),
        features_(*expand_features(spec)),
        name_(std::move(name)),
        held_(spec.streams.size()) {}

  void push(std::int64_t time, std::size_t column, double value, std::vector<SlowRow>& out) {
    if (newest_ && time < *newest_ - spec_.join.lateness.ns) return;
    if (closed_ && time <= *closed_) return;
    auto& frame = pending_[time];
    frame.resize(spec_.streams.size());
    if (frame[column]) return;
    frame[column] = value;
    newest_ = std::max(newest_.value_or(time), time);
    while (!pending_.empty() && close(pending_.begin()->first, pending_.begin()->second, out))
      pending_.erase(pending_.begin());
  }

 private:
  bool close(std::int64_t time, std::vector<std::optional<double>> frame,
             std::vector<SlowRow>& out) {
    const std::int64_t watermark = *newest_ - spec_.join.lateness.ns;
    const auto missing = absent(frame);
    if (missing == 0 ? time > watermark : time >= watermark) return false;
    closed_ = time;
    for (std::size_t c = 0; c < frame.size(); ++c) {
      if (frame[c]) held_[c] = frame[c];
      if (spec_.join.missing == domain::Missing::hold) frame[c] = held_[c];
    }
    if (absent(frame) != 0) return true;
    Frame whole{time, {}};
    for (const auto& value : frame) whole.values.push_back(*value);
    take(std::move(whole), out);
    return true;
  }

  void take(Frame frame, std::vector<SlowRow>& out) {
    if (spec_.every.duration && !frames_.empty()) {
      const std::int64_t length = spec_.every.duration->ns;
      const std::int64_t before = bucket(frames_.back().time, length);
      if (bucket(frame.time, length) != before) emit((before + 1) * length, out);
    }
    frames_.push_back(std::move(frame));
    if (spec_.every.count && frames_.size() % static_cast<std::size_t>(*spec_.every.count) == 0)
      emit(std::nullopt, out);
  }

  std::vector<Frame> frames_of(const WindowSpec& window, std::optional<std::int64_t> boundary) {
    const std::size_t n = frames_.size();
    if (window.all) return frames_;
    if (window.count) {
      const std::size_t length = std::min(n, static_cast<std::size_t>(*window.count));
      return {frames_.end() - static_cast<std::ptrdiff_t>(length), frames_.end()};
    }
    if (window.first) {
      const std::size_t length = std::min(n, static_cast<std::size_t>(*window.first));
      return {frames_.begin(), frames_.begin() + static_cast<std::ptrdiff_t>(length)};
    }
    std::vector<Frame> inside;
    for (const Frame& frame : frames_) {
      const bool in = boundary ? frame.time >= *boundary - window.duration->ns
                               : frame.time > frames_.back().time - window.duration->ns;
      if (in) inside.push_back(frame);
    }
    return inside;
  }

  void emit(std::optional<std::int64_t> boundary, std::vector<SlowRow>& out) {
    for (const WindowSpec& window : spec_.windows)
      if (frames_of(window, boundary).size() < static_cast<std::size_t>(window.min_count)) return;
    SlowRow row{name_, frames_.back().time, {}, {}};
    for (const Feature& feature : features_) {
      const WindowSpec& window = spec_.windows[feature.window];
      double scale = 0;
      double value = statistic(feature, window, boundary, scale);
      if (feature.minus_window >= 0)
        value -= statistic(feature, spec_.windows[static_cast<std::size_t>(feature.minus_window)],
                           boundary, scale);
      row.values.push_back(value);
      row.scale.push_back(scale);
    }
    out.push_back(std::move(row));
  }

  double statistic(const Feature& feature, const WindowSpec& window,
                   std::optional<std::int64_t> boundary, double& scale) {
    const std::vector<Frame> frames = frames_of(window, boundary);
    std::vector<double> x;
    for (const Frame& frame : frames) x.push_back(frame.values[feature.column]);
    for (const double v : x) scale = std::max(scale, std::abs(v));
    // Fourth moments are held to nine digits (moments_test.cc), not to twelve.
    if (feature.statistic == Statistic::kurtosis) scale = 1e3 * static_cast<double>(x.size());
    if (feature.statistic == Statistic::ewma) {
      const std::size_t n = window.first ? x.size() : frames_.size();
      double average = frames_[0].values[feature.column];
      for (std::size_t i = 1; i < n; ++i)
        average += 2 / (feature.parameter + 1) * (frames_[i].values[feature.column] - average);
      return average;
    }
    if (feature.statistic == Statistic::slope) return slope(frames, x, window.duration.has_value());
    return of_values(feature, x);
  }

  static double slope(const std::vector<Frame>& frames, const std::vector<double>& y,
                      bool by_time) {
    long double mean_x = 0;
    long double mean_y = 0;
    std::vector<long double> x;
    for (std::size_t i = 0; i < y.size(); ++i) {
      x.push_back(by_time ? static_cast<long double>(frames[i].time) * 1e-9L
                          : static_cast<long double>(i));
      mean_x += x[i] / static_cast<long double>(y.size());
      mean_y += y[i] / static_cast<long double>(y.size());
    }
    long double xy = 0;
    long double xx = 0;
    for (std::size_t i = 0; i < y.size(); ++i) {
      xy += (x[i] - mean_x) * (y[i] - mean_y);
      xx += (x[i] - mean_x) * (x[i] - mean_x);
    }
    return y.size() < 2 ? 0 : static_cast<double>(xy / xx);
  }

  static double of_values(const Feature& feature, std::vector<double> x) {
    const auto n = static_cast<long double>(x.size());
    long double shift = 0;  // of the mean against the first value, which keeps its digits
    long double squares = 0;
    for (const double v : x) shift += (static_cast<long double>(v) - x[0]) / n;
    for (const double v : x) squares += static_cast<long double>(v) * v;
    long double m2 = 0;
    long double m4 = 0;
    for (const double v : x) {
      const long double d = static_cast<long double>(v) - x[0] - shift;
      m2 += d * d;
      m4 += d * d * d * d;
    }
    // Fourth powers of smaller spreads are not numbers any more.
    const bool equal = std::ranges::min(x) == std::ranges::max(x) || m2 < 1e-140L;
    switch (feature.statistic) {
      case Statistic::mean:
        return static_cast<double>(shift + x[0]);
      case Statistic::sd:
        return n < 2 ? 0 : static_cast<double>(std::sqrt(m2 / (n - 1)));
      case Statistic::min:
        return std::ranges::min(x);
      case Statistic::max:
        return std::ranges::max(x);
      case Statistic::range:
        return std::ranges::max(x) - std::ranges::min(x);
      case Statistic::rms:
        return static_cast<double>(std::sqrt(squares / n));
      case Statistic::kurtosis:
        return equal ? 0 : static_cast<double>(n * m4 / (m2 * m2)) - 3;
      case Statistic::delta:
        return x.back() - x.front();
      case Statistic::last:
        return x.back();
      case Statistic::count:
        return static_cast<double>(n);
      case Statistic::lag:
        return x[x.size() - 1 -
                 std::min(x.size() - 1, static_cast<std::size_t>(feature.parameter))];
      case Statistic::quantile:
        break;
      default:
        ADD_FAILURE() << "no model of the statistic";
        return 0;
    }
    std::ranges::sort(x);
    const double rank = feature.parameter * static_cast<double>(x.size() - 1);
    const auto below = static_cast<std::size_t>(rank);
    const double above = x[std::min(below + 1, x.size() - 1)];
    return x[below] + (above - x[below]) * (rank - static_cast<double>(below));
  }

  const PipelineSpec& spec_;
  std::vector<Feature> features_;
  std::string name_;
  std::map<std::int64_t, std::vector<std::optional<double>>> pending_;
  std::optional<std::int64_t> newest_;
  std::optional<std::int64_t> closed_;
  std::vector<std::optional<double>> held_;
  std::vector<Frame> frames_;
};

int pick(Random& random, int low, int high) {
  return std::uniform_int_distribution<>(low, high)(random);
}

PipelineSpec random_spec(Random& random) {
  PipelineSpec spec;
  spec.assets = "m*";
  for (int c = pick(random, 1, 3); c > 0; --c) spec.streams.push_back("s" + std::to_string(c));
  if (pick(random, 0, 1) == 1) spec.join.lateness.ns = pick(random, 1, 20);
  if (pick(random, 0, 1) == 1) spec.join.missing = domain::Missing::hold;
  spec.windows = {
      {.name = "c", .count = pick(random, 4, 40), .min_count = pick(random, 1, 4)},
      {.name = "d", .duration = Duration{pick(random, 1, 90)}, .min_count = 1},
      {.name = "f", .first = pick(random, 4, 20)},
      {.name = "a", .all = true, .min_count = pick(random, 1, 8)},
  };
  std::ranges::shuffle(spec.windows, random);
  if (pick(random, 0, 1) == 1) {
    spec.every.count = pick(random, 1, 10);
  } else {
    spec.every.duration = Duration{pick(random, 1, 40)};
  }
  const std::vector<std::string> of_all = {"mean", "sd",   "min",   "max",   "range",
                                           "rms",  "last", "count", "ewma5", "ewma20"};
  std::vector<std::string> of_frames = of_all;
  of_frames.insert(of_frames.end(), {"kurtosis", "slope", "delta", "q10", "q50", "lag2"});
  for (const std::string window : {"c", "d", "f"})
    spec.features.push_back({.window = window, .kinds = of_frames});
  spec.features.push_back({.window = "a", .kinds = of_all});
  spec.features.push_back({.window = "a", .kinds = {"slope"}});
  spec.features.push_back({.window = "c", .kinds = of_frames, .minus = "f"});
  spec.features.push_back({.window = "d", .kinds = of_all, .minus = "a"});
  return spec;
}

struct Arrival {
  std::size_t asset;
  std::size_t column;
  std::int64_t time;
  double value;
};

// Out of order, with holes, repeats and gaps in time.
std::vector<Arrival> random_arrivals(Random& random, const PipelineSpec& spec, int frames) {
  std::vector<Arrival> arrivals;
  std::int64_t time = pick(random, -200, 200);
  const int flavour = pick(random, 0, 3);
  std::normal_distribution<> noise;
  for (int f = 0; f < frames; ++f) {
    time += pick(random, 0, 20) == 0 ? pick(random, 1, 300) : pick(random, 1, 4);
    for (std::size_t c = 0; c < spec.streams.size(); ++c) {
      if (pick(random, 0, 25) == 0) continue;
      double value = noise(random);
      if (flavour == 1) value = 1e9 + 1e-2 * value;
      if (flavour == 2) value = std::floor(value * 2);
      if (flavour == 3) value = 1e-310 * value + (f / 60 % 2 == 0 ? 0 : 5);
      arrivals.push_back({static_cast<std::size_t>(pick(random, 0, 1)), c, time, value});
      if (pick(random, 0, 40) == 0) arrivals.push_back(arrivals.back());
    }
  }
  for (std::size_t i = 0; i + 1 < arrivals.size(); ++i)
    if (pick(random, 0, 5) == 0) {
      const auto other =
          std::min(arrivals.size() - 1, i + static_cast<std::size_t>(pick(random, 1, 12)));
      std::swap(arrivals[i], arrivals[other]);
    }
  return arrivals;
}

domain::StreamIndex number_of(std::size_t asset, std::size_t column, std::size_t shift) {
  return static_cast<domain::StreamIndex>((asset * 7 + column) * 2 + shift);
}

void bind_all(PipelineFlow& flow, const PipelineSpec& spec, std::size_t shift) {
  for (std::size_t asset = 0; asset < 2; ++asset)
    for (std::size_t c = 0; c < spec.streams.size(); ++c) {
      const domain::StreamName name{"m" + std::to_string(asset), spec.streams[c], ""};
      ASSERT_TRUE(flow.bind(number_of(asset, c, shift), name));
    }
}

Rows run_whole(const PipelineSpec& spec, const std::vector<Arrival>& arrivals) {
  auto flow = PipelineFlow::create(spec);
  EXPECT_TRUE(flow.has_value()) << flow.error().text;
  bind_all(*flow, spec, 0);
  domain::ReadingBatch batch;
  for (const Arrival& a : arrivals)
    batch.push({.stream = number_of(a.asset, a.column, 0), .time = {a.time}, .value = a.value});
  Rows rows;
  flow->push(batch, rows);
  EXPECT_EQ(flow->counters().rows, rows.size());
  return rows;
}

// The same in batches of random size, saved and loaded (with other stream numbers) now and then.
Rows run_broken(const PipelineSpec& spec, const std::vector<Arrival>& arrivals, Random& random,
                FlowCounters& counters) {
  std::optional<PipelineFlow> flow(std::move(*PipelineFlow::create(spec)));
  bind_all(*flow, spec, 0);
  std::size_t shift = 0;
  Rows rows;
  domain::ReadingBatch batch;
  for (const Arrival& a : arrivals) {
    batch.push({.stream = number_of(a.asset, a.column, shift), .time = {a.time}, .value = a.value});
    if (pick(random, 0, 10) != 0) continue;
    flow->push(batch, rows);
    batch.clear();
    if (pick(random, 0, 4) != 0) continue;
    Bytes bytes;
    ByteWriter writer(bytes);
    flow->save(writer);
    if (pick(random, 0, 1) == 0) {
      flow = std::move(*PipelineFlow::create(spec));
      shift = 1 - shift;
      bind_all(*flow, spec, shift);
    }
    ByteReader reader(bytes);
    const auto loaded = flow->load(reader);
    EXPECT_TRUE(loaded.has_value()) << loaded.error().text;
    EXPECT_EQ(reader.remaining(), 0U);
  }
  flow->push(batch, rows);
  counters = flow->counters();
  return rows;
}

std::vector<SlowRow> run_slow(const PipelineSpec& spec, const std::vector<Arrival>& arrivals) {
  std::vector<SlowAsset> assets;
  for (std::size_t a = 0; a < 2; ++a) assets.emplace_back(spec, "m" + std::to_string(a));
  std::vector<SlowRow> rows;
  for (const Arrival& a : arrivals) assets[a.asset].push(a.time, a.column, a.value, rows);
  return rows;
}

bool same_bits(const Rows& a, const Rows& b) {
  return a.values.size() == b.values.size() && a.asset == b.asset && a.time_ns == b.time_ns &&
         std::memcmp(a.values.data(), b.values.data(), a.values.size() * sizeof(float)) == 0;
}

void expect_close(const PipelineSpec& spec, const Rows& rows, const std::vector<SlowRow>& slow) {
  const auto features = *expand_features(spec);
  ASSERT_EQ(rows.size(), slow.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    ASSERT_EQ("m" + std::to_string(rows.asset[i]), slow[i].asset);
    ASSERT_EQ(rows.time_ns[i], slow[i].time);
    for (std::size_t f = 0; f < features.size(); ++f) {
      const double expected = slow[i].values[f];
      // Time windows are nanoseconds long here, so slopes are in 1e9 per second.
      const double per = features[f].statistic == Statistic::slope ? 1e9 : 1;
      const double scale = slow[i].scale[f];
      const double tolerance = 1e-6 * std::abs(expected) + 1e-12 * scale * per + 1e-45;
      ASSERT_NEAR(rows.row(i)[f], expected, tolerance) << features[f].name << " row " << i;
    }
  }
}

TEST(PipelineFlowModel, AgreesWithRecomputingEachRow) {
  std::size_t rows_seen = 0;
  for (std::uint64_t seed = 1; seed <= 25; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const PipelineSpec spec = random_spec(random);
    const std::vector<Arrival> arrivals = random_arrivals(random, spec, 300);
    const Rows whole = run_whole(spec, arrivals);
    rows_seen += whole.size();
    expect_close(spec, whole, run_slow(spec, arrivals));
    if (HasFatalFailure()) return;

    FlowCounters counters;
    const Rows broken = run_broken(spec, arrivals, random, counters);
    ASSERT_TRUE(same_bits(whole, broken));
    ASSERT_EQ(counters.rows, whole.size());
  }
  EXPECT_GT(rows_seen, 1000U);
}

}  // namespace
}  // namespace lineside::flow
