#include <bit>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "store/record_internal.h"

namespace lineside::store {
namespace {

using domain::Quality;
using domain::Reading;
using domain::ReadingBatch;

ByteView payload_of(const Bytes& record) { return ByteView(record).subspan(kFrameBytes); }

Bytes encode(const ReadingBatch& batch, Position first = 0) {
  Bytes record;
  ReadingsEncoder encoder;
  encoder.begin(record, first);
  for (std::size_t i = 0; i < batch.size(); ++i) encoder.put(record, batch.stream[i], batch, i);
  encoder.finish(record);
  return record;
}

void expect_same(const ReadingBatch& found, const ReadingBatch& expected) {
  ASSERT_EQ(found.size(), expected.size());
  EXPECT_EQ(found.stream, expected.stream);
  EXPECT_EQ(found.time_ns, expected.time_ns);
  EXPECT_EQ(found.sequence, expected.sequence);
  EXPECT_EQ(found.quality, expected.quality);
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(std::bit_cast<std::uint64_t>(found.value[i]),
              std::bit_cast<std::uint64_t>(expected.value[i]))
        << expected.value[i];
  }
}

void expect_round_trip(const ReadingBatch& batch) {
  const Bytes record = encode(batch, 77);
  const auto head = parse_readings(payload_of(record));
  ASSERT_TRUE(head);
  EXPECT_EQ(head->first, 77U);
  EXPECT_EQ(head->end(), 77 + batch.size());
  ReadingBatch found;
  ASSERT_TRUE(decode_rows(*head, found));
  expect_same(found, batch);
}

TEST(Record, GivesBackEveryBitOfTheValue) {
  using Limits = std::numeric_limits<double>;
  ReadingBatch batch;
  for (const double value : {0.0,
                             -0.0,
                             1.0,
                             -1.0,
                             0.1,
                             642.15,
                             -273.15,
                             1e-5,
                             1e-6,
                             1.0 / 3,
                             0x1p51,
                             0x1p52,
                             0x1p53,
                             -0x1p51,
                             123456789012.25,
                             1e300,
                             -1e300,
                             Limits::min(),
                             Limits::max(),
                             Limits::lowest(),
                             Limits::denorm_min(),
                             Limits::infinity(),
                             -Limits::infinity(),
                             Limits::quiet_NaN(),
                             double{0.1F},
                             double{3.4e38F},
                             3.5e38,
                             std::nextafter(642.15, 1000.0)}) {
    batch.push(
        {.stream = 3, .quality = Quality::good, .time = Time{5}, .sequence = 1, .value = value});
  }
  expect_round_trip(batch);
}

TEST(Record, GivesBackExtremesOfTheOtherColumns) {
  ReadingBatch batch;
  const std::uint64_t top = std::numeric_limits<std::uint64_t>::max();
  batch.push({.stream = 0, .quality = Quality::bad, .time = Time::min(), .sequence = top});
  batch.push({.stream = kLocalMax, .quality = Quality::uncertain, .time = Time::max()});
  batch.push({.stream = 1, .quality = Quality::good, .time = Time{0}, .sequence = top / 2});
  batch.push({.stream = 2, .quality = Quality::good, .time = Time{-1}, .sequence = 1});
  expect_round_trip(batch);
}

TEST(Record, TakesFewBytesForAMessageOfDecimals) {
  ReadingBatch batch;
  for (std::uint32_t message = 0; message < 100; ++message) {
    for (std::uint32_t stream = 0; stream < 21; ++stream) {
      batch.push({.stream = stream,
                  .time = Time{1'700'000'000'000'000'000 + message * 1'000'000'000LL},
                  .sequence = message,
                  .value = 500 + stream + message * 0.01});
    }
  }
  expect_round_trip(batch);
  EXPECT_LT(static_cast<double>(encode(batch).size()) / static_cast<double>(batch.size()), 5.0);
}

TEST(Record, RefusesRowsThatAreCutOrLonger) {
  ReadingBatch batch;
  for (std::uint32_t i = 0; i < 3; ++i) {
    batch.push({.stream = i, .time = Time{i}, .sequence = i, .value = 1.0 / 3});
  }
  const Bytes record = encode(batch);
  ReadingBatch found;
  ByteView payload = payload_of(record);
  ASSERT_TRUE(decode_rows(*parse_readings(payload), found));
  for (std::size_t cut = 1; cut < payload.size(); ++cut) {
    const auto head = parse_readings(payload.first(payload.size() - cut));
    EXPECT_FALSE(head && decode_rows(*head, found)) << cut;
  }
  Bytes longer(payload.begin(), payload.end());
  longer.push_back(std::byte{0});
  EXPECT_FALSE(decode_rows(*parse_readings(longer), found));
}

TEST(Record, KeepsStreamsApart) {
  const StreamRecord stream{.local = 9, .name = {"engine-042", "s2", "degR"}};
  Bytes record;
  put_stream(record, stream);
  const auto found = parse_stream(payload_of(record));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->local, 9U);
  EXPECT_EQ(found->name, stream.name);
  EXPECT_FALSE(parse_stream(payload_of(record).first(12)));
}

}  // namespace
}  // namespace lineside::store
