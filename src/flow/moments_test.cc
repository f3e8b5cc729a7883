#include "flow/moments.h"

#include <cmath>
#include <deque>
#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace lineside::flow {
namespace {

// Two passes in extended precision.
struct Exact {
  double mean = 0;
  double m2 = 0;
  double m4 = 0;
};
template <class Values>
Exact exact(const Values& values) {
  const long double first = values.front();  // sums about it keep the digits of small changes
  long double sum = 0;
  for (const double v : values) sum += v - first;
  const long double shift = sum / static_cast<long double>(values.size());
  long double m2 = 0;
  long double m4 = 0;
  for (const double v : values) {
    const long double d = v - first - shift;
    m2 += d * d;
    m4 += d * d * d * d;
  }
  return {static_cast<double>(first + shift), static_cast<double>(m2), static_cast<double>(m4)};
}

void expect_near(const Moments& found, const Exact& expected, double share) {
  EXPECT_NEAR(found.mean, expected.mean,
              share * std::max(1e-300, std::abs(expected.mean)) + share * std::sqrt(expected.m2));
  EXPECT_NEAR(found.m2, expected.m2, share * expected.m2);
  EXPECT_NEAR(found.m4, expected.m4, share * expected.m4);
}

// A window over PowerSums, driven as a series drives it.
class Window {
 public:
  explicit Window(std::size_t length) : length_(length), ring_(1) {}

  void push(double value) {
    if (values_.size() == length_) {
      sums_.remove(values_.front());
      values_.pop_front();
    }
    ring_.append(static_cast<std::int64_t>(ring_.end()), &value, begin());
    values_.push_back(value);
    sums_.add(value);
    if (values_.size() == 1 || sums_.turned(values_.size())) sums_.rebuild(ring_.view(0, begin()));
  }
  Moments moments() {
    if (sums_.worn(sums_.moments(values_.size()))) {
      ++rebuilds_;
      sums_.rebuild(ring_.view(0, begin()));
    }
    return sums_.moments(values_.size());
  }
  const std::deque<double>& values() const { return values_; }
  int rebuilds() const { return rebuilds_; }

 private:
  FrameNumber begin() const { return ring_.end() - values_.size(); }

  std::size_t length_;
  FrameRing ring_;
  std::deque<double> values_;
  PowerSums sums_;
  int rebuilds_ = 0;
};

struct Stream {
  std::string_view name;
  std::function<double(int, std::mt19937_64&)> value;
};

double noise(std::mt19937_64& random) { return std::normal_distribution<>()(random); }

const std::vector<Stream>& nasty_streams() {
  static const std::vector<Stream> streams = {
      {"noise", [](int, auto& r) { return noise(r); }},
      {"small noise on 1e9", [](int, auto& r) { return 1e9 + 1e-3 * noise(r); }},
      {"small noise on -1e12", [](int, auto& r) { return -1e12 + noise(r); }},
      {"spikes", [](int i, auto& r) { return noise(r) + (i % 97 == 0 ? 1e12 : 0); }},
      {"levels", [](int i, auto& r) { return noise(r) + 1e7 * (i / 150 % 3); }},
      {"ramp", [](int i, auto& r) { return 1e3 * i + noise(r); }},
      {"decay", [](int i, auto& r) { return std::pow(0.7, i % 200) * (1 + 0.1 * noise(r)); }},
      {"growth", [](int i, auto& r) { return std::pow(1.5, i % 100) * (1 + 0.1 * noise(r)); }},
      {"tiny", [](int, auto& r) { return 1e-60 * noise(r); }},
  };
  return streams;
}

void expect_exact_while_sliding(const Stream& stream, std::size_t length) {
  SCOPED_TRACE(std::string(stream.name) + ", length " + std::to_string(length));
  std::mt19937_64 random(length);
  Window window(length);
  for (int i = 0; i < 4000 && !testing::Test::HasFailure(); ++i) {
    window.push(stream.value(i, random));
    if (i % 7 == 0) expect_near(window.moments(), exact(window.values()), 1e-9);
  }
}

TEST(PowerSums, StayExactWhateverSlidesThrough) {
  for (const Stream& stream : nasty_streams())
    for (const std::size_t length : {1U, 2U, 5U, 64U, 300U, 1500U})
      expect_exact_while_sliding(stream, length);
}

TEST(PowerSums, OfEqualValuesHaveNoSpread) {
  std::mt19937_64 random(1);
  Window window(50);
  for (int i = 0; i < 100; ++i) window.push(1e6 * noise(random));
  for (int i = 0; i < 60; ++i) window.push(0.1);
  EXPECT_EQ(window.moments().mean, 0.1);
  EXPECT_EQ(window.moments().m2, 0);
  EXPECT_EQ(window.moments().m4, 0);
}

TEST(PowerSums, RecoverFromOverflow) {
  Window window(4);
  for (const double v : {1e300, -1e300, 1e308, -1.7e308}) {
    window.push(v);
    const Moments moments = window.moments();
    EXPECT_GE(moments.m2, 0);
    EXPECT_GE(moments.m4, 0);
  }
  for (const double v : {1.0, 2.0, 3.0, 4.0}) window.push(v);
  expect_near(window.moments(), exact(window.values()), 1e-12);
}

TEST(PowerSums, SeldomNeedRebuildingBetweenTurns) {
  for (const Stream& stream : {nasty_streams()[0], nasty_streams()[1], nasty_streams()[5]}) {
    std::mt19937_64 random(3);
    Window window(64);
    for (int i = 0; i < 5000; ++i) {
      window.push(stream.value(i, random));
      window.moments();
    }
    EXPECT_LE(window.rebuilds(), 2) << stream.name;
  }
}

TEST(PowerSums, SaveAndLoadEveryBit) {
  std::mt19937_64 random(5);
  PowerSums sums;
  for (int i = 0; i < 10; ++i) sums.add(noise(random));
  sums.remove(0.5);
  Bytes bytes;
  ByteWriter writer(bytes);
  sums.save(writer);
  PowerSums loaded;
  ByteReader reader(bytes);
  loaded.load(reader);
  EXPECT_TRUE(reader.ok());
  EXPECT_EQ(reader.remaining(), 0U);
  EXPECT_EQ(loaded.sum(), sums.sum());
  EXPECT_EQ(loaded.moments(9).m4, sums.moments(9).m4);
  EXPECT_EQ(loaded.turned(1), sums.turned(1));
  EXPECT_EQ(loaded.turned(2), sums.turned(2));
}

TEST(RunningMoments, AgreeWithTwoPasses) {
  for (const Stream& stream : nasty_streams()) {
    SCOPED_TRACE(stream.name);
    std::mt19937_64 random(7);
    RunningMoments running;
    std::vector<double> values;
    for (int i = 0; i < 2000; ++i) {
      values.push_back(stream.value(i, random));
      running.add(values.back());
    }
    expect_near(running.moments(), exact(values), 1e-6);
  }
}

}  // namespace
}  // namespace lineside::flow
