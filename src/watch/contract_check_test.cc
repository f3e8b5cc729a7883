#include "watch/contract_check.h"

#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace lineside::watch {
namespace {

using domain::ContractSpec;
using domain::OnViolation;
using domain::Quality;
using domain::Reading;
using domain::ReadingBatch;
using domain::Reject;
using domain::StreamRule;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr Time kNow{1000 * kSecond};

Reading at(double seconds, double value, std::uint64_t sequence = 0) {
  return {.stream = 0,
          .time = {static_cast<std::int64_t>(seconds * 1e9)},
          .sequence = sequence,
          .value = value};
}

ContractSpec contract_of(const StreamRule& rule) {
  ContractSpec contract;
  contract.streams = {rule};
  return contract;
}

// One stream, number 0, and a word for what becomes of each reading.
class OneStream {
 public:
  explicit OneStream(const ContractSpec& contract = {}, KeyedBy keyed = KeyedBy::time) {
    check.bind(0, {"press-1", "temp", "Cel"}, &contract, {.keyed = keyed});
  }

  std::string offer(const Reading& reading, Time now = kNow) {
    ReadingBatch batch;
    batch.push(reading);
    std::vector<Violation> violations;
    check.check(batch, now, violations);
    EXPECT_LE(violations.size(), 1U);
    if (violations.empty()) return batch.quality[0] == Quality::bad ? "bad" : "ok";
    EXPECT_EQ(violations[0].reading.sequence, reading.sequence);
    const std::string reason(to_text(violations[0].reason));
    if (violations[0].action == OnViolation::reject) {
      EXPECT_TRUE(batch.empty());
      return reason;
    }
    EXPECT_EQ(batch.quality[0], Quality::bad);
    return "flagged " + reason;
  }
  std::string offer_all(const std::vector<Reading>& readings) {
    std::string out;
    for (const Reading& reading : readings) out += (out.empty() ? "" : ", ") + offer(reading);
    return out;
  }
  StreamState tick(double seconds) {
    std::vector<StateChange> changes;
    const StreamState before = check.state(0);
    check.tick({static_cast<std::int64_t>(seconds * 1e9)}, changes);
    EXPECT_EQ(changes.size(), check.state(0) == before ? 0U : 1U);
    return check.state(0);
  }

  ContractCheck check;
};

struct Case {
  std::string_view name;
  ContractSpec contract;
  std::vector<Reading> readings;
  std::string_view expected;
};

TEST(ContractCheck, SaysWhatIsWrongWithAReading) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double inf = std::numeric_limits<double>::infinity();
  const StreamRule range{.stream = "temp", .min = 0, .max = 10};
  const StreamRule rate{.stream = "temp", .max_rate = 2};
  StreamRule flagged_range = range;
  flagged_range.on_violation = OnViolation::flag;
  StreamRule flagged_rate = rate;
  flagged_rate.on_violation = OnViolation::flag;
  ContractSpec week = contract_of(range);
  week.max_age = Duration::seconds(600);
  const std::vector<Case> cases = {
      {"not finite",
       contract_of(range),
       {at(1, nan), at(2, inf), at(3, -inf), at(4, 5)},
       "not_finite, not_finite, not_finite, ok"},
      {"ahead of our clock",
       {},
       {at(1300, 1), at(1300.001, 1), at(9e9, 1)},
       "ok, future_time, future_time"},
      {"behind our clock", week, {at(400, 1), at(399.999, 1), at(-9e9, 1)}, "ok, too_old, too_old"},
      {"ten years without max_age", {}, {at(-315'359'000, 1), at(-9e9, 1)}, "ok, too_old"},
      {"again",
       {},
       {at(1, 1), at(1, 1), at(1, 2), at(2, 2), at(1, 1)},
       "ok, duplicate, conflict, ok, duplicate"},
      {"same time, other sequence",
       {},
       {at(1, 1, 7), at(1, 2, 8), at(1, 2, 8), at(1, 1, 7)},
       "ok, ok, duplicate, duplicate"},
      {"out of order", {}, {at(3, 1), at(1, 1), at(2, 1), at(2, 1)}, "ok, ok, ok, duplicate"},
      {"range",
       contract_of(range),
       {at(1, 0), at(2, 10), at(3, -0.001), at(4, 10.001)},
       "ok, ok, out_of_range, out_of_range"},
      {"range, flagged",
       contract_of(flagged_range),
       {at(1, 11), at(1, 11), at(2, 5)},
       "flagged out_of_range, duplicate, ok"},
      {"a rejected reading is rejected again",
       contract_of(range),
       {at(1, 11), at(1, 11)},
       "out_of_range, out_of_range"},
      {"rate",
       contract_of(rate),
       {at(1, 0), at(2, 2), at(3, 4.1), at(4, 6), at(5, 0)},
       "ok, ok, too_fast, ok, too_fast"},
      {"rate falls with time, so a new level is taken in the end",
       contract_of(rate),
       {at(1, 0), at(2, 9), at(3, 9), at(4, 9), at(6, 9)},
       "ok, too_fast, too_fast, too_fast, ok"},
      {"rate, flagged: the good one stays the measure",
       contract_of(flagged_rate),
       {at(1, 0), at(2, 9), at(3, 9), at(4, 2)},
       "ok, flagged too_fast, flagged too_fast, ok"},
      {"rate is not asked out of order",
       contract_of(rate),
       {at(5, 0), at(4, 100), at(6, 1)},
       "ok, ok, ok"},
      {"a glob of another stream", contract_of({.stream = "speed*", .max = 1}), {at(1, 5)}, "ok"},
      {"the first rule that matches",
       {.streams = {{.stream = "te*", .max = 1}, {.stream = "*", .max = 9}}},
       {at(1, 5)},
       "out_of_range"},
  };
  for (const Case& c : cases) {
    OneStream stream(c.contract);
    EXPECT_EQ(stream.offer_all(c.readings), c.expected) << c.name;
  }
}

TEST(ContractCheck, DoesNotJudgeBadReadingsByValue) {
  OneStream stream(contract_of({.stream = "*", .max = 10, .max_rate = 1}));
  Reading bad = at(1, 99);
  bad.quality = Quality::bad;
  EXPECT_EQ(stream.offer(bad), "bad");
  EXPECT_EQ(stream.offer(bad), "duplicate");
  EXPECT_EQ(stream.offer(at(2, 1)), "ok");
  Reading uncertain = at(3, 99);
  uncertain.quality = Quality::uncertain;
  EXPECT_EQ(stream.offer(uncertain), "out_of_range");
}

TEST(ContractCheck, KeepsTheOrderOfWhatItAccepts) {
  ContractCheck check;
  const ContractSpec contract = contract_of({.stream = "*", .max = 10});
  check.bind(0, {"a", "x", ""}, &contract);
  check.bind(3, {"b", "y", ""}, nullptr);
  ReadingBatch batch;
  const std::vector<Reading> readings = {
      {.stream = 0, .time = {1}, .value = 1},  {.stream = 0, .time = {2}, .value = 11},
      {.stream = 3, .time = {1}, .value = 11}, {.stream = 0, .time = {1}, .value = 1},
      {.stream = 0, .time = {3}, .value = 3},
  };
  for (const Reading& reading : readings) batch.push(reading);
  std::vector<Violation> violations;
  check.check(batch, kNow, violations);
  ASSERT_EQ(batch.size(), 3U);
  EXPECT_EQ(batch.at(0), readings[0]);
  EXPECT_EQ(batch.at(1), readings[2]);
  EXPECT_EQ(batch.at(2), readings[4]);
  ASSERT_EQ(violations.size(), 2U);
  EXPECT_EQ(violations[0].reading, readings[1]);
  const CheckCounters& counters = check.counters();
  EXPECT_EQ(counters.accepted, 3U);
  EXPECT_EQ(counters.rejected[static_cast<std::size_t>(Reject::out_of_range)], 1U);
  EXPECT_EQ(counters.rejected[static_cast<std::size_t>(Reject::duplicate)], 1U);
}

TEST(ContractCheck, WithoutSourceTimeNothingIsADuplicate) {
  OneStream stream({}, KeyedBy::arrival);
  EXPECT_EQ(stream.offer_all({at(1, 1), at(1, 1), at(1, 2), at(0.5, 1)}), "ok, ok, ok, ok");
  EXPECT_EQ(stream.check.remembered_keys(), 0U);
}

TEST(ContractCheck, ArrivalTimesMayBeAheadOfAClockThatWasSetBack) {
  ContractSpec contract;
  contract.max_age = Duration::seconds(10);
  for (const KeyedBy keyed : {KeyedBy::arrival, KeyedBy::sequence}) {
    OneStream stream(contract, keyed);
    EXPECT_EQ(stream.offer_all({at(9000, 1, 1), at(9001, 1, 2), at(1, 1, 3)}), "ok, ok, ok");
  }
}

TEST(ContractCheck, KeyedBySequenceASourceMayStartAnew) {
  OneStream stream({}, KeyedBy::sequence);
  EXPECT_EQ(stream.offer_all({at(1, 5, 1), at(2, 6, 2), at(3, 5, 1), at(4, 7, 4), at(5, 8, 3)}),
            "ok, ok, duplicate, ok, ok");
  EXPECT_EQ(stream.check.counters().restarts, 0U);
  // The same number with another value: the counter began again.
  EXPECT_EQ(stream.offer_all({at(6, 9, 1), at(7, 9, 2), at(8, 9, 1)}), "ok, ok, duplicate");
  EXPECT_EQ(stream.check.counters().restarts, 1U);
  EXPECT_EQ(stream.offer_all({at(9, 1, 0), at(9, 1, 0)}), "ok, ok");
}

TEST(ContractCheck, RemembersAsManyKeysAsItsShare) {
  ContractCheck check({.keys_total = 128, .keys_min = 16, .keys_max = 64});
  for (domain::StreamIndex s = 0; s < 4; ++s) check.bind(s, {"a", std::to_string(s), ""}, nullptr);
  ReadingBatch batch;
  for (std::int64_t t = 0; t < 200; ++t)
    for (domain::StreamIndex s = 0; s < 4; ++s) batch.push({.stream = s, .time = {t}});
  std::vector<Violation> violations;
  check.check(batch, kNow, violations);
  EXPECT_EQ(batch.size(), 800U);
  EXPECT_EQ(check.remembered_keys(), 128U);
  batch.clear();
  batch.push({.stream = 0, .time = {167}});
  batch.push({.stream = 0, .time = {168}});
  check.check(batch, kNow, violations);
  ASSERT_EQ(violations.size(), 2U);
  EXPECT_EQ(violations[0].reason, Reject::too_late);
  EXPECT_EQ(violations[1].reason, Reject::duplicate);
}

TEST(ContractCheck, RemembersHistory) {
  ReadingBatch history;
  for (int t = 1; t <= 5; ++t) history.push(at(t, t));
  OneStream whole(contract_of({.stream = "*", .max_rate = 1}));
  whole.check.remember(history, 6);
  EXPECT_EQ(whole.offer_all({at(3, 3), at(3, 4), at(0.5, 0.5), at(6, 9), at(6, 6)}),
            "duplicate, conflict, ok, too_fast, ok");
  OneStream partly;
  partly.check.remember(history, 5);
  EXPECT_EQ(partly.offer_all({at(3, 3), at(2.5, 1), at(0.5, 0.5), at(6, 9)}),
            "duplicate, ok, too_late, ok");
}

TEST(ContractCheck, ANewRuleKeepsWhatIsRemembered) {
  OneStream stream(contract_of({.stream = "*", .max = 10}));
  EXPECT_EQ(stream.offer_all({at(1, 1), at(2, 11)}), "ok, out_of_range");
  const ContractSpec wider = contract_of({.stream = "*", .max = 20, .max_rate = 3});
  stream.check.bind(0, {"press-1", "temp", "Cel"}, &wider);
  EXPECT_EQ(stream.offer_all({at(1, 1), at(2, 11), at(5, 11)}), "duplicate, too_fast, ok");
  stream.check.bind(0, {"press-1", "temp", "Cel"}, nullptr);
  EXPECT_EQ(stream.offer_all({at(5, 11), at(6, 99)}), "duplicate, ok");
}

TEST(ContractCheck, CountsGapsOncePerMessage) {
  ContractCheck check;
  check.bind(0, {"a", "x", ""}, nullptr);
  check.bind(1, {"a", "y", ""}, nullptr);
  check.bind(2, {"b", "x", ""}, nullptr);
  check.bind(3, {"a", "z", ""}, nullptr, {.source = 1});
  ReadingBatch batch;
  std::int64_t time = 0;
  const auto message = [&](std::vector<domain::StreamIndex> streams, std::uint64_t sequence) {
    ++time;
    for (const auto stream : streams)
      batch.push({.stream = stream, .time = {time}, .sequence = sequence});
  };
  message({0, 1}, 10);
  message({2}, 500);
  message({3}, 1);
  message({0, 1}, 11);
  message({0}, 12);     // a field was absent
  message({0, 1}, 15);  // 13 and 14 are missing
  message({0, 1}, 14);  // late
  message({0, 1}, 16);
  message({3}, 2);
  message({2}, 502);  // 501 is missing
  message({2}, 0);    // none
  std::vector<Violation> violations;
  check.check(batch, kNow, violations);
  EXPECT_EQ(check.gaps(0), 3U);
  EXPECT_EQ(check.gaps(1), 0U);

  batch.clear();
  message({3}, 1'000'000);
  message({3}, 1);  // started anew
  message({3}, 2);
  message({3}, 4);
  check.check(batch, kNow, violations);
  EXPECT_EQ(check.gaps(1), 999'997U + 1U);
}

TEST(ContractCheck, SilenceMakesAStreamStale) {
  OneStream stream(contract_of({.stream = "*", .stale_after = Duration::seconds(10)}));
  EXPECT_EQ(stream.tick(100), StreamState::ok);
  EXPECT_EQ(stream.tick(109), StreamState::ok);
  EXPECT_EQ(stream.tick(110), StreamState::stale);
  // Its own clock may say anything.
  EXPECT_EQ(stream.offer(at(1, 1), Time{111 * kSecond}), "ok");
  EXPECT_EQ(stream.tick(112), StreamState::ok);
  EXPECT_EQ(stream.tick(121), StreamState::stale);
  EXPECT_EQ(stream.tick(50), StreamState::ok);  // our clock was set back
}

TEST(ContractCheck, SamenessMakesAStreamFlat) {
  OneStream stream(contract_of({.stream = "*", .flat_after = Duration::seconds(10)}));
  stream.offer_all({at(1, 5), at(10.9, 5)});
  EXPECT_EQ(stream.tick(1000), StreamState::ok);
  stream.offer(at(11, 5));
  EXPECT_EQ(stream.tick(1000), StreamState::flat);
  stream.offer(at(12, 5.1));
  EXPECT_EQ(stream.tick(1000), StreamState::ok);
}

TEST(ContractCheck, BrokenRulesPutAStreamOutOfContract) {
  OneStream stream(contract_of({.stream = "*", .max = 10, .interval = Duration::seconds(2)}));
  stream.offer_all({at(1, 5), at(3, 11)});
  EXPECT_EQ(stream.tick(1000), StreamState::out_of_contract);
  stream.offer(at(4, 5));
  EXPECT_EQ(stream.tick(1000), StreamState::ok);
  stream.offer(at(7, 5));  // 3 s are 1.5 intervals
  EXPECT_EQ(stream.tick(1000), StreamState::ok);
  stream.offer(at(10.5, 5));
  EXPECT_EQ(stream.tick(1000), StreamState::out_of_contract);
  EXPECT_EQ(stream.check.counters().interval_misses, 1U);
  stream.offer(at(12, 5));
  EXPECT_EQ(stream.tick(1000), StreamState::ok);
}

}  // namespace
}  // namespace lineside::watch
