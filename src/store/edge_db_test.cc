#include "store/edge_db.h"

#include <array>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <format>
#include <limits>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "sim/random.h"

namespace lineside::store {
namespace {

using domain::Alert;
using domain::AlertState;

OutboxMessage message(Position position, std::size_t bytes = 20) {
  return {.position = position,
          .connection = "plant",
          .topic = "alerts/a",
          .payload = Bytes(bytes, static_cast<std::byte>(position)),
          .qos = 1,
          .created = Time{static_cast<std::int64_t>(position)}};
}

Alert alert(const std::string& id, std::int64_t opened) {
  return {.id = id,
          .edge = "edge-1",
          .pipeline = "compressor-rul",
          .pipeline_version = "sha256:0",
          .asset = "engine-042",
          .decision = "short",
          .severity = domain::Severity::critical,
          .state = AlertState::open,
          .opened = Time{opened},
          .updated = Time{opened},
          .cleared = std::nullopt,
          .opened_value = 22,
          .value = 21.5,
          .worst = 20,
          .threshold = 30,
          .message = "engine-042: \"22 Zyklen\" übrig\n",
          .why = {{.feature = "s2.w30.mean", .value = 643.1, .reference = 642.2, .effect = -4.5},
                  {.feature = "s11.w30.slope", .value = 0.01, .reference = 0, .effect = -2}}};
}

class EdgeDbTest : public ::testing::Test {
 protected:
  EdgeDbTest()
      : folder_(std::filesystem::temp_directory_path() / std::format("edge-db-{}", ::getpid())) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    open();
  }
  ~EdgeDbTest() override {
    db_.reset();
    std::filesystem::remove_all(folder_);
  }

  std::string path() const { return (folder_ / "edge.db").string(); }

  void open(EdgeDbOptions options = {}) {
    db_.reset();
    auto opened = EdgeDb::open(path(), options);
    ASSERT_TRUE(opened) << opened.error().text;
    db_ = std::move(*opened);
  }

  void commit(const EdgeChanges& changes) {
    const auto done = db_->commit(std::array{changes});
    ASSERT_TRUE(done) << done.error().text;
  }

  std::vector<Position> outbox() const {
    std::vector<Position> positions;
    const auto messages = db_->outbox_next("plant", 0, 1'000'000);
    for (const OutboxMessage& m : *messages) positions.push_back(m.position);
    return positions;
  }

  const std::filesystem::path folder_;
  std::unique_ptr<EdgeDb> db_;
};

TEST_F(EdgeDbTest, KnowsWhetherItIsNew) {
  EXPECT_TRUE(db_->is_new());
  open();
  EXPECT_FALSE(db_->is_new());
  db_.reset();
  std::filesystem::resize_file(path(), 0);
  open();
  EXPECT_TRUE(db_->is_new());
}

TEST_F(EdgeDbTest, GivesBackWhatWasCommittedAfterARestart) {
  const Alert a = alert("a1", 1'000);
  const OutboxMessage m = message(7);
  const RejectCount r{.connection = "plant",
                      .reason = domain::Reject::not_json,
                      .count = 3,
                      .last = Time{9},
                      .sample = "{\"x\": "};
  commit({.lane = "flow.0", .applied = 8, .alerts = {a}, .outbox = {m}, .rejects = {r}});
  open();
  EXPECT_EQ(*db_->alert("a1"), a);
  EXPECT_EQ(*db_->open_alerts(), std::vector{a});
  OutboxMessage stored = m;
  stored.id = 1;
  EXPECT_EQ(*db_->outbox_next("plant", 0, 10), std::vector{stored});
  EXPECT_EQ(*db_->rejects(), std::vector{r});
  const auto progress = *db_->progress();
  ASSERT_EQ(progress.size(), 1U);
  EXPECT_EQ(progress[0].lane, "flow.0");
  EXPECT_EQ(progress[0].applied, 8U);
}

TEST_F(EdgeDbTest, KnowsWhenItWasFirstOpened) {
  EXPECT_EQ(db_->state()->created, std::nullopt);
  open({.now = Time{5}});
  open({.now = Time{9}});
  EXPECT_EQ(db_->state()->created, Time{5});
}

TEST_F(EdgeDbTest, UpdatesAnAlertButNeverBackwards) {
  Alert a = alert("a1", 1'000);
  commit({.alerts = {a}});
  a.updated = Time{2'000};
  a.value = 18;
  a.why.pop_back();
  commit({.alerts = {a}});
  EXPECT_EQ(*db_->alert("a1"), a);
  commit({.alerts = {alert("a1", 1'000)}});
  EXPECT_EQ(*db_->alert("a1"), a) << "a replayed opening changes nothing";

  Alert cleared = a;
  cleared.state = AlertState::cleared;
  cleared.cleared = Time{2'000};
  commit({.alerts = {cleared}});
  commit({.alerts = {a}});
  EXPECT_EQ(*db_->alert("a1"), cleared) << "as new, but cleared stays cleared";
  EXPECT_TRUE(db_->open_alerts()->empty());
}

TEST_F(EdgeDbTest, KeepsNumbersThatAreNone) {
  Alert a = alert("a1", 1'000);
  a.value = std::numeric_limits<double>::quiet_NaN();
  a.worst = std::numeric_limits<double>::infinity();
  commit({.alerts = {a}});
  const Alert found = *db_->alert("a1");
  EXPECT_TRUE(std::isnan(found.value));
  EXPECT_EQ(found.worst, a.worst);
}

TEST_F(EdgeDbTest, ListsAlertsNewestFirstByStateAndAsset) {
  for (int i = 0; i < 9; ++i) {
    Alert a = alert(std::format("a{}", i), i);
    a.asset = i % 3 == 0 ? "pump" : "engine";
    if (i % 2 == 0) a.state = AlertState::cleared;
    commit({.alerts = {a}});
  }
  const auto ids = [&](const AlertQuery& query) {
    std::string text;
    const auto found = db_->alerts(query);
    for (const Alert& a : *found) text += a.id;
    return text;
  };
  EXPECT_EQ(ids({}), "a8a7a6a5a4a3a2a1a0");
  EXPECT_EQ(ids({.limit = 2}), "a8a7");
  EXPECT_EQ(ids({.state = AlertState::open}), "a7a5a3a1");
  EXPECT_EQ(ids({.asset = "pump"}), "a6a3a0");
  EXPECT_EQ(ids({.state = AlertState::cleared, .asset = "pump"}), "a6a0");
  EXPECT_EQ(ids({.state = AlertState::cleared, .asset = "pump", .limit = 1}), "a6");
  EXPECT_EQ(db_->alert("none").error().code, Code::not_found);
}

TEST_F(EdgeDbTest, KeepsVerdictsWithTheirAlert) {
  commit({.alerts = {alert("a1", 1)}});
  const domain::Verdict first{.alert = "a1",
                              .verdict = domain::Judgement::false_,
                              .cause = "sensor",
                              .note = "it's \"loose\"; DROP TABLE alert;",
                              .author = "Ada",
                              .author_verified = false,
                              .time = Time{5}};
  domain::Verdict second = first;
  second.verdict = domain::Judgement::confirmed;
  ASSERT_TRUE(db_->add_verdict(first));
  ASSERT_TRUE(db_->add_verdict(second));
  open();
  EXPECT_EQ(*db_->verdicts("a1"), (std::vector{second, first}));
  domain::Verdict lost = first;
  lost.alert = "a2";
  EXPECT_EQ(db_->add_verdict(lost).error().code, Code::not_found);
  EXPECT_EQ(db_->state()->verdicts, 2U);
}

TEST_F(EdgeDbTest, ReplayDoublesNothing) {
  const EdgeChanges early{.lane = "flow",
                          .applied = 10,
                          .alerts = {alert("a1", 1)},
                          .outbox = {message(3), message(9)}};
  commit(early);
  ASSERT_TRUE(db_->outbox_done(std::array<std::int64_t, 1>{1}));
  commit(early);
  EXPECT_EQ(outbox(), std::vector<Position>{9}) << "neither published nor waiting ones again";
  // A replay need not cut where the first run did.
  commit({.lane = "flow", .applied = 12, .outbox = {message(9), message(10), message(11)}});
  EXPECT_EQ(outbox(), (std::vector<Position>{9, 10, 11}));
  commit({.lane = "flow", .applied = 5, .outbox = {message(4)}});
  EXPECT_EQ(db_->progress()->front().applied, 12U) << "progress never goes back";
  EXPECT_EQ(outbox(), (std::vector<Position>{9, 10, 11}));
  commit({.lane = "other", .applied = 5, .outbox = {message(4)}});
  EXPECT_EQ(outbox(), (std::vector<Position>{9, 10, 11, 4})) << "lanes are apart";
}

TEST_F(EdgeDbTest, CommitsSeveralLanesAtOnce) {
  const auto done = db_->commit(
      std::array{EdgeChanges{.lane = "flow.0", .applied = 3, .outbox = {message(1)}},
                 EdgeChanges{.lane = "flow.1", .applied = 9, .alerts = {alert("a1", 1)}},
                 EdgeChanges{.lane = "flow.0", .applied = 5, .outbox = {message(4)}}});
  ASSERT_TRUE(done) << done.error().text;
  const auto progress = *db_->progress();
  ASSERT_EQ(progress.size(), 2U);
  EXPECT_EQ(progress[0].applied, 5U);
  EXPECT_EQ(progress[1].applied, 9U);
  EXPECT_EQ(outbox(), (std::vector<Position>{1, 4}));
}

TEST_F(EdgeDbTest, AddsUpRejects) {
  const auto count = [](std::uint64_t n, const char* sample) {
    return RejectCount{.connection = "plant",
                       .reason = domain::Reject::oversized,
                       .count = n,
                       .last = Time{static_cast<std::int64_t>(n)},
                       .sample = sample};
  };
  commit({.rejects = {count(2, "first")}});
  commit({.rejects = {count(5, "second")}});
  const auto rejects = *db_->rejects();
  ASSERT_EQ(rejects.size(), 1U);
  EXPECT_EQ(rejects[0].count, 7U);
  EXPECT_EQ(rejects[0].sample, "second");
}

TEST_F(EdgeDbTest, OutboxEqualsAQueueThatDropsItsOldest) {
  constexpr EdgeDbOptions kOptions{.outbox_rows = 50, .outbox_bytes = 5'000};
  open(kOptions);
  sim::SimRandom random(5);
  std::deque<std::pair<std::int64_t, std::size_t>> model;
  std::uint64_t bytes = 0;
  std::uint64_t dropped = 0;
  std::int64_t last_id = 0;
  Position position = 0;
  const auto pop = [&] {
    bytes -= model.front().second;
    model.pop_front();
  };
  for (int step = 0; step < 300; ++step) {
    EdgeChanges changes{.lane = "flow"};
    for (std::uint64_t i = random.below(12); i > 0; --i) {
      changes.outbox.push_back(message(position++, random.below(400)));
      const std::size_t size = changes.outbox.back().payload.size() + 8;
      model.emplace_back(++last_id, size);
      bytes += size;
    }
    changes.applied = position;
    commit(changes);
    for (; model.size() > 50 || bytes > 5'000; ++dropped) pop();
    if (random.below(3) == 0 && !model.empty()) {
      std::vector<std::int64_t> done;
      for (std::uint64_t i = random.below(model.size()); i > 0; --i) {
        done.push_back(model.front().first);
        pop();
      }
      done.push_back(999'999);
      ASSERT_TRUE(db_->outbox_done(done));
    }
    if (random.below(20) == 0) open(kOptions);
    const auto found = *db_->outbox_next("plant", 0, 1'000);
    ASSERT_EQ(found.size(), model.size());
    if (!found.empty()) {
      ASSERT_EQ(found.front().id, model.front().first);
    }
    const EdgeDbState state = *db_->state();
    ASSERT_EQ(state.outbox_rows, model.size());
    ASSERT_EQ(state.outbox_bytes, bytes);
    ASSERT_EQ(state.outbox_dropped, dropped);
  }
  EXPECT_GT(dropped, 100U);
}

TEST_F(EdgeDbTest, OutboxIsReadInPartsPerConnection) {
  EdgeChanges changes;
  for (Position i = 0; i < 10; ++i) {
    changes.outbox.push_back(message(i));
    if (i % 2 == 1) changes.outbox.back().connection = "cloud";
  }
  commit(changes);
  const auto first = *db_->outbox_next("plant", 0, 2);
  ASSERT_EQ(first.size(), 2U);
  const auto second = *db_->outbox_next("plant", first.back().id, 10);
  ASSERT_EQ(second.size(), 3U);
  EXPECT_EQ(second.front().position, 4U);
  EXPECT_EQ(db_->outbox_next("cloud", 0, 10)->size(), 5U);
  EXPECT_EQ(db_->state()->outbox_oldest, Time{0});
}

TEST_F(EdgeDbTest, PrunesOldClearedAlertsThatNobodyJudged) {
  open({.alerts = 10});
  for (int i = 0; i < 40; ++i) {
    Alert a = alert(std::format("a{:02}", i), i);
    if (i != 1) a.state = AlertState::cleared;
    commit({.alerts = {a}});
    if (i == 2) {
      ASSERT_TRUE(db_->add_verdict({.alert = "a02", .author = "Ada"}));
    }
  }
  const auto left = *db_->alerts({.limit = 1'000});
  EXPECT_LE(left.size(), 12U);
  EXPECT_EQ(left.front().id, "a39");
  EXPECT_TRUE(db_->alert("a01")) << "still open";
  EXPECT_TRUE(db_->alert("a02")) << "has a verdict";
  EXPECT_FALSE(db_->alert("a00"));
}

TEST_F(EdgeDbTest, RefusesANewerSchemaAndOtherFiles) {
  db_.reset();
  const std::string command = std::format("sqlite3 '{}' 'PRAGMA user_version = 99'", path());
  ASSERT_EQ(std::system(command.c_str()), 0);
  const auto newer = EdgeDb::open(path());
  ASSERT_FALSE(newer);
  EXPECT_EQ(newer.error().code, Code::unsupported);
  EXPECT_EQ(newer.error().text,
            std::format("{}: expected schema version 2 or older, found 99", path()));

  const std::string text = (folder_ / "text.db").string();
  std::FILE* file = std::fopen(text.c_str(), "w");
  for (int i = 0; i < 1'000; ++i) std::fputs("this is no database\n", file);
  std::fclose(file);
  const auto garbage = EdgeDb::open(text);
  ASSERT_FALSE(garbage);
  EXPECT_EQ(garbage.error().code, Code::corrupt);
  EXPECT_EQ(EdgeDb::open((folder_ / "absent" / "edge.db").string()).error().code, Code::not_found);
}

// One commit per position: a message, an alert and the progress, all or none.
[[noreturn]] void commit_until_killed(const std::string& path, int ready) {
  auto db = EdgeDb::open(path);
  for (Position p = 0; db; ++p) {
    const EdgeChanges changes{.lane = "flow",
                              .applied = p + 1,
                              .alerts = {alert(std::format("a{}", p), static_cast<int>(p))},
                              .outbox = {message(p)}};
    if (!(*db)->commit(std::array{changes})) break;
    if (::write(ready, "x", 1) != 1) break;
  }
  ::_exit(1);
}

TEST_F(EdgeDbTest, ChangesAreWholeAfterAKill) {
  for (int round = 0; round < 8; ++round) {
    db_.reset();
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    std::array<int, 2> pipe{};
    ASSERT_EQ(::pipe(pipe.data()), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) commit_until_killed(path(), pipe[1]);
    char byte = 0;
    for (int i = 0; i < 5 + round * 3; ++i) ASSERT_EQ(::read(pipe[0], &byte, 1), 1);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    ::close(pipe[0]);
    ::close(pipe[1]);
    open();
    const Position applied = db_->progress()->front().applied;
    EXPECT_GE(applied, static_cast<Position>(5 + round * 3));
    EXPECT_EQ(outbox().size(), applied);
    EXPECT_EQ(db_->state()->alerts, applied);
  }
}

}  // namespace
}  // namespace lineside::store
