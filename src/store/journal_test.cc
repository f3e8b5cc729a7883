#include "store/journal.h"

#include <algorithm>
#include <format>
#include <map>

#include <gtest/gtest.h>

#include "sim/files.h"
#include "sim/random.h"
#include "store/segment_internal.h"
#include "store/test_table.h"

namespace lineside::store {
namespace {

using domain::Quality;
using domain::Reading;
using domain::ReadingBatch;
using sim::SimFiles;
using sim::SimRandom;

constexpr JournalOptions kSmall{.segment_bytes = 4'096, .cap_bytes = 1ULL << 30};

domain::StreamName name_of(std::uint64_t i) {
  return {std::format("engine-{:03}", i / 4), std::format("s{}", i % 4), i % 2 == 0 ? "degR" : ""};
}

// A reading apart from the numbering of one process.
struct Plain {
  std::string stream;
  Reading reading;
  bool operator==(const Plain& o) const {
    return stream == o.stream && reading.time == o.reading.time &&
           reading.value == o.reading.value && reading.sequence == o.reading.sequence &&
           reading.quality == o.reading.quality;
  }
};

using Found = std::vector<std::pair<Position, Plain>>;

Found read_all(const Journal& journal, const TestTable& table, Position from = 0) {
  Found found;
  std::vector<std::string> ids;
  const auto done = journal.read(from, [&](Position position, const ReadingBatch& batch) {
    while (ids.size() < table.size()) {
      ids.push_back(table.name(static_cast<domain::StreamIndex>(ids.size())).id());
    }
    EXPECT_TRUE(found.empty() || position > found.back().first) << "position " << position;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      found.emplace_back(position + i, Plain{ids.at(batch.stream[i]), batch.at(i)});
    }
    return true;
  });
  EXPECT_TRUE(done) << done.error().text;
  return found;
}

// A journal and what was appended to it, in a world that can break.
class Plant {
 public:
  explicit Plant(std::uint64_t seed, JournalOptions options = kSmall)
      : random_(seed), options_(options) {
    open();
  }

  void open() {
    journal_.reset();
    table_ = std::make_unique<TestTable>();
    // Another process knows other streams first.
    for (std::uint64_t i = random_.below(5); i > 0; --i) table_->intern(name_of(random_.below(40)));
    auto opened = Journal::open(files_, "readings", *table_, options_);
    ASSERT_TRUE(opened) << opened.error().text;
    journal_ = std::move(*opened);
    ASSERT_GE(journal_->next(), committed_) << "committed readings are gone";
    ASSERT_LE(journal_->next(), model_.size());
    model_.resize(journal_->next());
    committed_ = model_.size();
    check();
  }

  void append(std::size_t n) {
    ReadingBatch batch;
    for (std::size_t i = 0; i < n; ++i) batch.push(make_reading());
    const Position before = journal_->next();
    const auto position = journal_->append(batch);
    ASSERT_TRUE(position) << position.error().text;
    ASSERT_EQ(*position, before);
    for (std::size_t i = 0; i < n; ++i) {
      model_.push_back({table_->name(batch.stream[i]).id(), batch.at(i)});
    }
    ASSERT_EQ(journal_->next(), model_.size());
  }

  bool commit() {
    const auto done = journal_->commit();
    EXPECT_EQ(journal_->state().error.has_value(), !done);
    if (!done) return false;
    EXPECT_EQ(*done, model_.size());
    committed_ = model_.size();
    EXPECT_EQ(journal_->durable(), committed_);
    return true;
  }

  // Everything committed is there, and nothing else.
  void check() {
    const auto found = read_all(*journal_, *table_);
    ASSERT_EQ(found.size(), committed_);
    for (const auto& [position, plain] : found) {
      ASSERT_TRUE(plain == model_[position]) << "at position " << position;
    }
    const Position from = random_.below(committed_ + 1);
    const auto tail = read_all(*journal_, *table_, from);
    ASSERT_EQ(tail.size(), committed_ - from);
    if (!tail.empty()) {
      ASSERT_EQ(tail.front().first, from);
    }
  }

  std::vector<std::string> names() const { return *files_.list("readings"); }
  SimFiles& files() { return files_; }
  SimRandom& random() { return random_; }
  Journal& journal() { return *journal_; }
  TestTable& table() { return *table_; }
  const std::vector<Plain>& model() const { return model_; }
  Position committed() const { return committed_; }
  // The process ends; `open` starts the next one.
  void stop() { journal_.reset(); }

 private:
  Reading make_reading() {
    const std::uint64_t stream = random_.below(30);
    clock_ += static_cast<std::int64_t>(random_.below(3)) * 1'000'000;
    return {.stream = table_->intern(name_of(stream)),
            .quality = static_cast<Quality>(random_.below(3)),
            .time = Time{clock_},
            .sequence = random_.below(1'000),
            .value = static_cast<double>(random_.below(100'000)) / 100};
  }

  SimRandom random_;
  const JournalOptions options_;
  SimFiles files_;
  std::unique_ptr<TestTable> table_;
  std::unique_ptr<Journal> journal_;
  std::vector<Plain> model_;
  Position committed_ = 0;
  std::int64_t clock_ = 1'700'000'000'000'000'000;
};

TEST(Journal, StartsEmpty) {
  Plant plant(1);
  EXPECT_EQ(plant.journal().next(), 0U);
  EXPECT_EQ(plant.journal().state().segments, 0U);
  EXPECT_TRUE(plant.commit());
  EXPECT_EQ(plant.journal().state().bytes, 0U);
}

TEST(Journal, ShowsOnlyWhatIsCommitted) {
  Plant plant(2);
  plant.append(10);
  plant.check();
  ASSERT_TRUE(plant.commit());
  plant.append(7);
  plant.check();
  EXPECT_EQ(plant.journal().durable(), 10U);
  EXPECT_EQ(plant.journal().next(), 17U);
  plant.stop();
  plant.open();
  EXPECT_EQ(plant.journal().next(), 10U);
}

TEST(Journal, SplitsGreatBatchesAndReadsFromAnyPosition) {
  Plant plant(3);
  plant.append(3 * 4'096 + 5);
  ASSERT_TRUE(plant.commit());
  for (int i = 0; i < 20; ++i) plant.check();
}

TEST(Journal, VisitorEndsTheReading) {
  Plant plant(4);
  for (int i = 0; i < 5; ++i) {
    plant.append(100);
    ASSERT_TRUE(plant.commit());
  }
  int calls = 0;
  const auto done =
      plant.journal().read(0, [&](Position, const ReadingBatch&) { return ++calls < 2; });
  EXPECT_TRUE(done);
  EXPECT_EQ(calls, 2);
}

TEST(Journal, EqualsTheModelThroughRestartsAndPowerCuts) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE(std::format("seed {}", seed));
    Plant plant(seed);
    for (int step = 0; step < 120; ++step) {
      switch (plant.random().below(10)) {
        case 0:
          plant.stop();
          plant.open();
          break;
        case 1:
          plant.stop();
          plant.files().crash();
          plant.open();
          break;
        case 2:
          plant.stop();
          plant.files().crash(plant.random().next());
          plant.open();
          break;
        case 3:
        case 4:
        case 5:
          ASSERT_TRUE(plant.commit());
          break;
        default:
          plant.append(plant.random().below(200));
          break;
      }
      if (::testing::Test::HasFailure()) return;
    }
    ASSERT_TRUE(plant.commit());
    plant.check();
  }
}

TEST(Journal, EqualsTheModelWhenCallsFail) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE(std::format("seed {}", seed));
    Plant plant(seed);
    for (int step = 0; step < 80; ++step) {
      plant.append(plant.random().below(150));
      if (plant.random().below(2) == 0) {
        plant.files().fail_at(
            1 + plant.random().below(6), Code::exhausted,
            plant.random().below(2) == 0 ? SimFiles::Failure::once : SimFiles::Failure::onwards);
      }
      plant.commit();
      if (step % 8 == 0) plant.check();
      if (plant.random().below(8) == 0) {
        plant.stop();
        plant.files().crash(plant.random().next());
        plant.open();
      }
      if (::testing::Test::HasFailure()) return;
    }
    plant.files().clear_failure();
    ASSERT_TRUE(plant.commit());
    plant.check();
  }
}

// Fails each call of a fixed history in turn; whatever was acknowledged is there after a power cut.
TEST(Journal, LosesNothingAcknowledgedWhicheverCallFails) {
  for (std::uint64_t n = 1;; ++n) {
    SCOPED_TRACE(std::format("call {}", n));
    Plant plant(7);
    plant.files().fail_at(n, Code::unavailable);
    const std::uint64_t before = plant.files().calls();
    for (int step = 0; step < 12; ++step) {
      plant.append(300);
      ASSERT_TRUE(plant.commit() || plant.commit()) << "one failed call must not last";
    }
    const bool was_reached = plant.files().calls() - before >= n;
    plant.stop();
    plant.files().crash();
    plant.open();
    if (::testing::Test::HasFailure() || !was_reached) return;
  }
}

TEST(Journal, OpensAfterAFailedOpen) {
  for (std::uint64_t n = 1; n < 40; ++n) {
    Plant plant(8);
    for (int step = 0; step < 6; ++step) {
      plant.append(300);
      ASSERT_TRUE(plant.commit());
    }
    plant.append(300);
    plant.stop();
    plant.files().crash(n);
    for (const std::string& name : plant.names()) {
      if (name.ends_with(".idx")) {
        ASSERT_TRUE(plant.files().remove("readings/" + name));
      }
    }
    plant.files().fail_at(n, Code::unavailable);
    TestTable table;
    std::ignore = Journal::open(plant.files(), "readings", table, kSmall);
    plant.files().clear_failure();
    plant.open();
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(Journal, WaitsForAFullDiskAndGoesOn) {
  Plant plant(9);
  plant.append(500);
  ASSERT_TRUE(plant.commit());
  plant.files().set_capacity(plant.files().used() + 100);
  plant.append(500);
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(plant.commit());
    ASSERT_TRUE(plant.journal().state().error);
    EXPECT_EQ(plant.journal().state().error->code, Code::exhausted);
    EXPECT_EQ(plant.journal().durable(), 500U);
    plant.check();
    plant.append(10);
  }
  const auto full = plant.files().used();
  plant.files().set_capacity(std::nullopt);
  ASSERT_TRUE(plant.commit());
  EXPECT_GT(plant.files().used(), full);
  plant.check();
  plant.stop();
  plant.files().crash();
  plant.open();
}

TEST(Journal, RefusesToHoardWhenNothingCanBeWritten) {
  Plant plant(10, {.segment_bytes = 4'096, .pending_bytes = 2'000});
  plant.files().set_capacity(0);
  plant.append(5'000);
  EXPECT_FALSE(plant.commit());
  ReadingBatch batch;
  batch.push({.stream = plant.table().intern(name_of(0))});
  const auto refused = plant.journal().append(batch);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::exhausted);
  plant.files().set_capacity(std::nullopt);
  ASSERT_TRUE(plant.commit());
  plant.check();
}

TEST(Journal, DeletesTheOldestSegmentsBeyondTheCap) {
  constexpr std::uint64_t kCap = 64 * 1024;
  Plant plant(11, {.segment_bytes = 8'192, .cap_bytes = kCap});
  for (int step = 0; step < 200; ++step) {
    plant.append(200);
    ASSERT_TRUE(plant.commit());
    EXPECT_LE(plant.journal().state().bytes, kCap);
  }
  const JournalState state = plant.journal().state();
  EXPECT_GT(state.bytes, kCap / 2);
  EXPECT_GT(state.first, 0U);
  EXPECT_EQ(state.expired, state.first);
  const auto found = read_all(plant.journal(), plant.table());
  EXPECT_EQ(found.front().first, state.first);
  EXPECT_EQ(found.size(), state.durable - state.first);
  for (const auto& [position, plain] : found) ASSERT_TRUE(plain == plant.model()[position]);
  plant.stop();
  TestTable table;
  const auto again = Journal::open(plant.files(), "readings", table, kSmall);
  ASSERT_TRUE(again);
  EXPECT_EQ((*again)->state().first, state.first);
  EXPECT_EQ((*again)->next(), state.durable);
}

TEST(Journal, KnowsTheLastReadingOfEveryStreamAtStart) {
  Plant plant(12);
  for (int step = 0; step < 30; ++step) {
    plant.append(300);
    ASSERT_TRUE(plant.commit());
  }
  std::map<std::string, Plain> last;
  for (const Plain& plain : plant.model()) {
    const auto [at, is_new] = last.try_emplace(plain.stream, plain);
    if (!is_new && plain.reading.time >= at->second.reading.time) at->second = plain;
  }
  EXPECT_GT(plant.journal().state().segments, 3U);
  for (const bool with_indexes : {true, false}) {
    plant.stop();
    for (const std::string& name : plant.names()) {
      if (!with_indexes && name.ends_with(".idx")) {
        ASSERT_TRUE(plant.files().remove("readings/" + name));
      }
    }
    plant.open();
    const auto& found = plant.journal().recovery().last;
    EXPECT_EQ(found.size(), last.size());
    for (const Reading& reading : found) {
      const std::string id = plant.table().name(reading.stream).id();
      EXPECT_TRUE((Plain{id, reading} == last.at(id))) << id;
    }
  }
}

TEST(Journal, GivesNoPositionTwice) {
  SimFiles files;
  TestTable table;
  ReadingBatch batch;
  batch.push({.stream = table.intern(name_of(0)), .value = 1});
  {
    const auto journal = Journal::open(files, "j", table, {.next_at_least = 1'000});
    ASSERT_TRUE(journal);
    EXPECT_EQ(*(*journal)->append(batch), 1'000U);
    ASSERT_TRUE((*journal)->commit());
  }
  const auto journal = Journal::open(files, "j", table, {.next_at_least = 5'000});
  ASSERT_TRUE(journal);
  EXPECT_EQ(*(*journal)->append(batch), 5'000U);
  ASSERT_TRUE((*journal)->commit());
  const auto found = read_all(**journal, table);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].first, 1'000U);
  EXPECT_EQ(found[1].first, 5'000U);
}

TEST(Journal, RefusesANewerFormat) {
  SimFiles files;
  ASSERT_TRUE(files.make_directories("j"));
  Bytes header;
  ByteWriter writer(header);
  writer.put_bytes(as_bytes("LSEJRNL1"));
  writer.put(std::uint32_t{2});
  writer.put(Position{0});
  writer.put(crc32c(header));
  ASSERT_TRUE(files.write_atomic("j/journal-00000000000000000000.seg", header));
  TestTable table;
  const auto journal = Journal::open(files, "j", table);
  ASSERT_FALSE(journal);
  EXPECT_EQ(journal.error().code, Code::unsupported);
  EXPECT_EQ(journal.error().text,
            "while opening the journal: j/journal-00000000000000000000.seg: "
            "expected journal format 1 or older, found 2");
}

// ---- Damage ------------------------------------------------------------------------------------

// Segments of several records each.
struct Damageable {
  Plant plant{13};
  std::vector<std::pair<std::string, Bytes>> contents;

  Damageable() {
    for (int step = 0; step < 15; ++step) {
      plant.append(40);
      EXPECT_TRUE(plant.commit());
    }
    plant.stop();
    for (const std::string& name : plant.names()) {
      contents.emplace_back("readings/" + name, *plant.files().read("readings/" + name));
    }
  }

  void restore() {
    for (const std::string& name : plant.names()) {
      ASSERT_TRUE(plant.files().remove("readings/" + name));
    }
    for (const auto& [path, bytes] : contents) {
      ASSERT_TRUE(plant.files().write_atomic(path, bytes));
    }
  }
};

// What is left is right, at its position, and at most `lost_max` readings are gone.
void expect_subset(const Found& found, const std::vector<Plain>& model, std::size_t lost_max) {
  for (const auto& [position, plain] : found) {
    if (position < model.size() && plain == model[position]) continue;
    FAIL() << "at position " << position;
  }
  EXPECT_GE(found.size() + lost_max, model.size());
}

TEST(Journal, LosesOneRecordToOneDamagedByte) {
  Damageable damage;
  Plant& plant = damage.plant;
  ASSERT_GE(damage.contents.size(), 3U) << "two segments and an index";
  for (const auto& [path, bytes] : damage.contents) {
    for (std::size_t offset = 0; offset < bytes.size(); ++offset) {
      SCOPED_TRACE(path);
      SCOPED_TRACE(offset);
      damage.restore();
      Bytes wrong = bytes;
      wrong[offset] ^= std::byte{0x41};
      ASSERT_TRUE(plant.files().write_atomic(path, wrong));
      TestTable table;
      auto journal = Journal::open(plant.files(), "readings", table, kSmall);
      ASSERT_TRUE(journal) << journal.error().text;
      const auto found = read_all(**journal, table);
      // A lost definition takes the readings of one stream in one segment with it.
      expect_subset(found, plant.model(), 40);
      // What comes after is appended where nothing was.
      ReadingBatch batch;
      batch.push({.stream = table.intern(name_of(39)), .value = 4711});
      const auto position = (*journal)->append(batch);
      ASSERT_TRUE(position && (*journal)->commit());
      ASSERT_GE(*position, found.back().first);
      const auto more = read_all(**journal, table, *position);
      ASSERT_EQ(more.size(), 1U);
      EXPECT_EQ(more.back().first, *position);
      EXPECT_EQ(more.back().second.stream, name_of(39).id());
      if (::testing::Test::HasFailure()) return;
    }
  }
}

TEST(Journal, KeepsEverythingBeforeACutAndReportsIt) {
  Damageable damage;
  Plant& plant = damage.plant;
  const auto& [path, bytes] = damage.contents.back();
  ASSERT_TRUE(path.ends_with(".seg"));
  Position before = 0;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    SCOPED_TRACE(size);
    damage.restore();
    ASSERT_TRUE(plant.files().write_atomic(path, ByteView(bytes).first(size)));
    TestTable table;
    auto journal = Journal::open(plant.files(), "readings", table, kSmall);
    ASSERT_TRUE(journal) << journal.error().text;
    const auto found = read_all(**journal, table);
    expect_subset(found, plant.model(), plant.model().size());
    EXPECT_EQ(found.size(), (*journal)->next()) << "no holes";
    EXPECT_GE((*journal)->next(), before) << "a longer file holds more";
    before = (*journal)->next();
    EXPECT_EQ((*journal)->recovery().damaged, 0U);
  }
  EXPECT_GE(before, plant.model().size() - 40);
}

TEST(Journal, ReportsDamageWithFileAndPlace) {
  Damageable damage;
  Plant& plant = damage.plant;
  const auto& [path, bytes] = damage.contents[1];
  ASSERT_TRUE(path.ends_with(".seg"));
  Bytes wrong = bytes;
  wrong[wrong.size() / 2] ^= std::byte{1};
  ASSERT_TRUE(plant.files().write_atomic(path, wrong));
  ASSERT_TRUE(plant.files().remove(path.substr(0, path.size() - 4) + ".idx"));
  TestTable table;
  const auto journal = Journal::open(plant.files(), "readings", table, kSmall);
  ASSERT_TRUE(journal);
  EXPECT_EQ((*journal)->recovery().damaged, 1U);
  ASSERT_EQ((*journal)->recovery().reports.size(), 1U);
  EXPECT_TRUE((*journal)->recovery().reports[0].starts_with(path + ": 1 damaged place(s), "))
      << (*journal)->recovery().reports[0];
  EXPECT_EQ((*journal)->state().damaged, 1U);
}

TEST(Journal, TellsATornEndAndWhereTheReadingsEnd) {
  Damageable damage;
  Plant& plant = damage.plant;
  const auto& [path, bytes] = damage.contents.back();
  ASSERT_TRUE(path.ends_with(".seg"));
  ASSERT_TRUE(plant.files().write_atomic(path, ByteView(bytes).first(bytes.size() - 1)));
  TestTable table;
  const auto journal = Journal::open(plant.files(), "readings", table,
                                     {.segment_bytes = 4'096, .next_at_least = 10'000});
  ASSERT_TRUE(journal);
  const JournalRecovery& found = (*journal)->recovery();
  EXPECT_GT(found.torn_bytes, 0U);
  EXPECT_EQ(found.damaged, 0U);
  EXPECT_LT(found.end, plant.committed());
  EXPECT_GE(found.end + 40, plant.committed()) << "one commit is torn";
  EXPECT_EQ((*journal)->next(), 10'000U);
}

TEST(Journal, SetsAFileAsideThatIsNoSegment) {
  Damageable damage;
  Plant& plant = damage.plant;
  const auto& [path, bytes] = damage.contents.back();
  ASSERT_TRUE(path.ends_with(".seg"));
  const auto first = parse_segment_name(path.substr(path.rfind('/') + 1));
  ASSERT_TRUE(first);
  const auto journal = [&](TestTable& table, std::byte fill) {
    const Bytes junk(bytes.size(), fill);
    EXPECT_TRUE(plant.files().write_atomic(path, junk));
    return Journal::open(plant.files(), "readings", table, kSmall);
  };
  for (const std::string& name : {path + ".damaged", path + ".damaged-2"}) {
    SCOPED_TRACE(name);
    TestTable table;
    const auto opened = journal(table, std::byte{0x5a});
    ASSERT_TRUE(opened) << opened.error().text;
    const JournalRecovery& found = (*opened)->recovery();
    EXPECT_EQ(found.torn_bytes, 0U);
    EXPECT_EQ(found.damaged, 1U);
    EXPECT_EQ((*opened)->state().damaged, 1U);
    EXPECT_EQ(found.reports,
              std::vector<std::string>{path + ": not a journal segment, set aside as " + name});
    EXPECT_EQ(found.end, *first);
    EXPECT_EQ(read_all(**opened, table).size(), *first);
    EXPECT_FALSE(plant.files().exists(path));
    EXPECT_EQ(*plant.files().read(name), Bytes(bytes.size(), std::byte{0x5a}));
  }
}

}  // namespace
}  // namespace lineside::store
