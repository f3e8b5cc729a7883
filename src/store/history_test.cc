#include "store/history.h"

#include <algorithm>
#include <format>
#include <set>

#include <gtest/gtest.h>

#include "sim/files.h"
#include "sim/random.h"
#include "store/test_table.h"

namespace lineside::store {
namespace {

using domain::Reading;
using domain::ReadingBatch;

// Five streams over many segments; times jitter, so buckets and records overlap.
class HistoryTest : public ::testing::Test {
 protected:
  HistoryTest() {
    auto opened = Journal::open(files_, "readings", table_, {.segment_bytes = 16'384});
    EXPECT_TRUE(opened);
    journal_ = std::move(*opened);
    for (std::uint64_t i = 0; i < 5; ++i) table_.intern({"pump", std::format("s{}", i), ""});
    for (int step = 0; step < 60; ++step) append(500);
  }

  void append(int n) {
    ReadingBatch batch;
    for (int i = 0; i < n; ++i) {
      clock_ += 1'000;
      const Reading reading{
          .stream = static_cast<domain::StreamIndex>(random_.below(4)),
          .time = Time{clock_ + static_cast<std::int64_t>(random_.below(50'000)) - 25'000},
          .value = random_.uniform() * 100};
      batch.push(reading);
      all_.push_back(reading);
    }
    ASSERT_TRUE(journal_->append(batch));
    ASSERT_TRUE(journal_->commit());
  }

  std::vector<Reading> expected(domain::StreamIndex stream, Time from, Time to) const {
    std::vector<Reading> readings;
    std::ranges::copy_if(all_, std::back_inserter(readings), [&](const Reading& r) {
      return r.stream == stream && r.time >= from && r.time <= to;
    });
    std::ranges::stable_sort(readings, {}, &Reading::time);
    return readings;
  }

  Series range(domain::StreamIndex stream, Time from, Time to, std::size_t points) const {
    auto series = History(journal_->catalog()).range(stream, from, to, points);
    EXPECT_TRUE(series) << series.error().text;
    EXPECT_EQ(series->time.size(), series->value.size());
    EXPECT_LE(series->time.size(), points);
    EXPECT_TRUE(std::ranges::is_sorted(series->time));
    return std::move(*series);
  }

  sim::SimRandom random_{3};
  sim::SimFiles files_;
  TestTable table_;
  std::unique_ptr<Journal> journal_;
  std::vector<Reading> all_;
  std::int64_t clock_ = 1'700'000'000'000'000'000;
};

TEST_F(HistoryTest, GivesEveryReadingWhereThereIsRoom) {
  ASSERT_GT(journal_->state().segments, 5U);
  for (int round = 0; round < 50; ++round) {
    const auto stream = static_cast<domain::StreamIndex>(random_.below(5));
    const Time from = all_[random_.below(all_.size())].time;
    const Time to = from + Duration{static_cast<std::int64_t>(random_.below(2'000'000))};
    const auto readings = expected(stream, from, to);
    const Series series = range(stream, from, to, 4 + readings.size());
    EXPECT_FALSE(series.reduced);
    ASSERT_EQ(series.time.size(), readings.size());
    for (std::size_t i = 0; i < readings.size(); ++i) {
      EXPECT_EQ(series.time[i], readings[i].time);
      EXPECT_EQ(series.value[i], readings[i].value);
    }
  }
}

TEST_F(HistoryTest, ReducedSeriesKeepExtremesAndOnlyRealPoints) {
  for (const std::size_t points : {4U, 5U, 50U, 300U, 1'000U}) {
    const auto readings = expected(2, Time::min(), Time::max());
    const Series series = range(2, Time::min(), Time::max(), points);
    EXPECT_TRUE(series.reduced);
    EXPECT_GE(series.time.size(), points / 4);
    std::set<std::pair<std::int64_t, double>> real;
    for (const Reading& r : readings) real.emplace(r.time.ns, r.value);
    for (std::size_t i = 0; i < series.time.size(); ++i) {
      EXPECT_TRUE(real.contains({series.time[i].ns, series.value[i]}));
    }
    const auto by_value = [](const Reading& r) { return r.value; };
    EXPECT_EQ(std::ranges::max(series.value), std::ranges::max(readings, {}, by_value).value);
    EXPECT_EQ(std::ranges::min(series.value), std::ranges::min(readings, {}, by_value).value);
  }
}

TEST_F(HistoryTest, KnowsNothingOfUnknownStreamsAndEmptyRanges) {
  EXPECT_TRUE(range(4, Time::min(), Time::max(), 10).time.empty()) << "known, never read";
  EXPECT_TRUE(range(77, Time::min(), Time::max(), 10).time.empty());
  EXPECT_TRUE(range(1, Time{5}, Time{6}, 10).time.empty());
  EXPECT_TRUE(range(1, Time::max(), Time::min(), 10).time.empty());
  const auto few = History(journal_->catalog()).range(1, Time::min(), Time::max(), 3);
  ASSERT_FALSE(few);
  EXPECT_EQ(few.error().code, Code::invalid);
}

TEST_F(HistoryTest, SpansTheWholeOfTime) {
  ReadingBatch batch;
  for (const Time time : {Time::min(), Time{-1}, Time{0}, Time{1}, Time::max()}) {
    batch.push({.stream = 4, .time = time, .value = static_cast<double>(time.ns % 1'000)});
  }
  ASSERT_TRUE(journal_->append(batch) && journal_->commit());
  EXPECT_EQ(range(4, Time::min(), Time::max(), 5).time.size(), 5U);
  const Series reduced = range(4, Time::min(), Time::max(), 4);
  EXPECT_TRUE(reduced.reduced);
  EXPECT_EQ(reduced.time.front(), Time::min());
  EXPECT_EQ(reduced.time.back(), Time::max());
}

TEST_F(HistoryTest, SeesCommittedReadingsAlone) {
  const auto before = range(0, Time::min(), Time::max(), 1'000'000).time.size();
  ReadingBatch batch;
  batch.push({.stream = 0, .time = Time{clock_}});
  ASSERT_TRUE(journal_->append(batch));
  EXPECT_EQ(range(0, Time::min(), Time::max(), 1'000'000).time.size(), before);
  ASSERT_TRUE(journal_->commit());
  EXPECT_EQ(range(0, Time::min(), Time::max(), 1'000'000).time.size(), before + 1);
}

TEST_F(HistoryTest, SkipsDamageAndCountsIt) {
  const std::string path = "readings/" + files_.list("readings")->at(3);
  ASSERT_TRUE(path.ends_with(".seg"));
  const auto whole = range(0, Time::min(), Time::max(), 1'000'000).time.size();
  Bytes bytes = *files_.read(path);
  bytes[bytes.size() / 2] ^= std::byte{4};
  ASSERT_TRUE(files_.write_atomic(path, bytes));
  const auto left = range(0, Time::min(), Time::max(), 1'000'000).time.size();
  EXPECT_LT(left, whole);
  EXPECT_GT(left + 500, whole);
  EXPECT_EQ(journal_->state().damaged, 1U);
}

TEST_F(HistoryTest, OutlivesTheJournal) {
  const auto catalog = journal_->catalog();
  journal_.reset();
  EXPECT_TRUE(History(catalog).range(0, Time::min(), Time::max(), 10));
}

}  // namespace
}  // namespace lineside::store
