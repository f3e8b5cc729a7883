#include <algorithm>
#include <deque>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "flow/extreme.h"
#include "flow/frame_ring.h"
#include "flow/sorted_values.h"

namespace lineside::flow {
namespace {

// Values with many ties and, now and then, long rises and falls.
double next_value(std::mt19937_64& random, int i) {
  switch (i / 400 % 3) {
    case 0:
      return static_cast<double>(random() % 10);
    case 1:
      return i;
    default:
      return -i;
  }
}

TEST(FrameRing, KeepsWhatItIsToldToAndGrows) {
  FrameRing ring(2);
  for (int i = 0; i < 100; ++i) {
    const double values[] = {i * 1.0, i * -1.0};
    ring.append(i * 10, values, i < 60 ? 0 : static_cast<FrameNumber>(i - 5));
  }
  EXPECT_EQ(ring.end(), 100U);
  const ColumnView view = ring.view(1, 95);
  EXPECT_EQ(view.size(), 5U);
  for (FrameNumber f = 95; f < 100; ++f) {
    EXPECT_EQ(view.at(f), -static_cast<double>(f));
    EXPECT_EQ(view.time_at(f), static_cast<std::int64_t>(f) * 10);
  }
  const std::size_t before = ring.memory_bytes();
  ring.shrink(95);
  EXPECT_LT(ring.memory_bytes(), before / 2);
  for (FrameNumber f = 95; f < 100; ++f) EXPECT_EQ(ring.view(0, 95).at(f), static_cast<double>(f));
}

TEST(Extreme, AgreesWithSearchingTheWindow) {
  std::mt19937_64 random(1);
  for (const std::size_t length : {1U, 3U, 64U, 500U}) {
    FrameRing ring(1);
    Extreme largest;
    Extreme smallest;
    std::deque<double> values;
    FrameNumber begin = 0;
    for (int i = 0; i < 3000; ++i) {
      // Sometimes several leave at once, as in duration windows.
      const std::size_t keep = random() % 50 == 0 ? length / 2 : length - 1;
      for (; values.size() > keep; ++begin, values.pop_front()) {
        largest.remove(begin);
        smallest.remove(begin);
      }
      values.push_back(next_value(random, i));
      ring.append(i, &values.back(), begin);
      largest.add(Extreme::Side::largest, ring.view(0, begin));
      smallest.add(Extreme::Side::smallest, ring.view(0, begin));
      ASSERT_EQ(largest.value(ring.view(0, begin)), std::ranges::max(values));
      ASSERT_EQ(smallest.value(ring.view(0, begin)), std::ranges::min(values));
    }
  }
}

double slow_quantile(std::vector<double> values, double p) {
  std::ranges::sort(values);
  const double rank = p * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(rank);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (values[above] - values[below]) * (rank - static_cast<double>(below));
}

TEST(SortedValues, GiveTypeSevenQuantiles) {
  SortedValues sorted;
  EXPECT_EQ(sorted.quantile(0.5), 0);
  for (const double v : {4.0, 1.0, 3.0, 2.0}) sorted.add(v);
  EXPECT_DOUBLE_EQ(sorted.quantile(0.5), 2.5);
  EXPECT_DOUBLE_EQ(sorted.quantile(0.25), 1.75);
  EXPECT_DOUBLE_EQ(sorted.quantile(0.99), 3.97);
}

TEST(SortedValues, AgreeWithSortingTheWindow) {
  std::mt19937_64 random(2);
  for (const std::size_t length : {1U, 10U, 600U, 2500U}) {
    SortedValues sorted;
    std::deque<double> values;
    for (int i = 0; i < 4000; ++i) {
      if (values.size() == length) {
        sorted.remove(values.front());
        values.pop_front();
      }
      values.push_back(next_value(random, i));
      sorted.add(values.back());
      if (i % 97 != 0) continue;
      const std::vector<double> all(values.begin(), values.end());
      ASSERT_EQ(sorted.size(), all.size());
      for (const double p : {0.01, 0.25, 0.5, 0.9, 0.99})
        ASSERT_DOUBLE_EQ(sorted.quantile(p), slow_quantile(all, p)) << length << " at " << i;
    }
  }
}

TEST(SortedValues, RebuiltFromAWindowAreTheSame) {
  std::mt19937_64 random(3);
  FrameRing ring(1);
  SortedValues grown;
  std::vector<double> values;
  for (int i = 0; i < 3000; ++i) {
    values.push_back(next_value(random, i));
    ring.append(i, &values.back(), 0);
    grown.add(values.back());
  }
  SortedValues rebuilt;
  rebuilt.add(5);
  rebuilt.rebuild(ring.view(0, 0));
  EXPECT_EQ(rebuilt.size(), grown.size());
  for (const double p : {0.1, 0.5, 0.77}) EXPECT_EQ(rebuilt.quantile(p), grown.quantile(p));
  for (const double v : values) rebuilt.remove(v);
  EXPECT_EQ(rebuilt.size(), 0U);
}

}  // namespace
}  // namespace lineside::flow
