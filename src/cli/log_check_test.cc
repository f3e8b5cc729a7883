#include "cli/log_check.h"

#include <algorithm>
#include <format>
#include <map>

#include <gtest/gtest.h>

#include "crypt/merkle.h"

namespace lineside::cli {
namespace {

using crypt::Digest;

constexpr std::string_view kOrigin = "test/audit";

// Leaves in transactions, each with a signed checkpoint, and the hashes stored with them.
class FakeLog final : public LogSource {
 public:
  void add(std::size_t count, const crypt::SigningKey& key) {
    for (std::size_t i = 0; i < count; ++i) {
      leaves.push_back(std::format("leaf {}", leaves.size()));
      stored.push_back(crypt::leaf_hash(as_bytes(leaves.back())));
    }
    sign(key);
  }
  void sign(const crypt::SigningKey& key) {
    notes[leaves.size()] =
        *crypt::sign_checkpoint({std::string(kOrigin), leaves.size(), root(), {}}, key);
  }
  Digest root() const {
    std::vector<Digest> hashes;
    for (const std::string& leaf : leaves) hashes.push_back(crypt::leaf_hash(as_bytes(leaf)));
    return crypt::merkle_root(hashes);
  }

  Result<std::string> newest_note() override { return notes.rbegin()->second; }
  Result<std::string> note_covering(std::uint64_t size) override {
    const auto found = notes.lower_bound(size);
    if (found == notes.end()) return fail(Code::not_found, "none");
    return found->second;
  }
  Result<std::vector<std::string>> texts(std::uint64_t first, std::size_t limit) override {
    std::vector<std::string> found;
    for (std::size_t i = first; i < leaves.size() && found.size() < limit; ++i)
      found.push_back(leaves[i]);
    return found;
  }
  Result<std::optional<Digest>> stored_hash(std::uint64_t index, std::uint64_t) override {
    return has_hashes ? std::optional(stored[index]) : std::nullopt;
  }

  std::vector<std::string> leaves;
  std::vector<Digest> stored;
  std::map<std::uint64_t, std::string> notes;
  bool has_hashes = false;
};

class LogCheckTest : public testing::Test {
 protected:
  LogCheckTest() {
    log.add(1, key_);
    log.add(5, key_);
    kept = log.notes[6];
    log.add(1, key_);
    log.add(8, key_);  // 7 to 14
    log.add(3, key_);
  }
  LogVerdict check() {
    auto verdict = check_log(log, kept, note_key());
    EXPECT_TRUE(verdict) << verdict.error().text;
    return verdict ? *verdict : LogVerdict{};
  }
  crypt::NoteKey note_key() const { return {std::string(kOrigin), key_.verify_key()}; }
  // "first..last", or why nothing is known.
  std::string where() {
    const LogVerdict verdict = check();
    EXPECT_FALSE(verdict.wrong.empty());
    if (!verdict.first) return verdict.wrong;
    return std::format("{}..{}", *verdict.first, verdict.last);
  }

  const crypt::SigningKey key_ = *crypt::SigningKey::from_seed(Bytes(32, std::byte{7}));
  FakeLog log;
  std::string kept;
};

TEST_F(LogCheckTest, AGoodLogGoesOnFromWhatWasKept) {
  const LogVerdict verdict = check();
  EXPECT_EQ(verdict.wrong, "");
  EXPECT_EQ(verdict.kept, 6U);
  EXPECT_EQ(verdict.leaves, 18U);
  EXPECT_EQ(verdict.root, log.root());
  kept = log.notes[18];
  EXPECT_EQ(check().wrong, "");
}

TEST_F(LogCheckTest, EachAlteredLeafIsFound) {
  const std::vector<std::string> transactions = {
      "0..0",  "1..5",  "1..5",  "1..5",  "1..5",  "1..5",  "6..6",   "7..14",  "7..14",
      "7..14", "7..14", "7..14", "7..14", "7..14", "7..14", "15..17", "15..17", "15..17"};
  for (std::size_t i = 0; i < log.leaves.size(); ++i) {
    const std::string text = std::exchange(log.leaves[i], "altered");
    log.has_hashes = false;
    EXPECT_EQ(where(), transactions[i]) << i;
    log.has_hashes = true;
    EXPECT_EQ(where(), std::format("{0}..{0}", i));
    log.leaves[i] = text;
  }
}

TEST_F(LogCheckTest, HashesThatWereAlteredTooTellNothing) {
  log.leaves[9] = "altered";
  log.stored[8] = Digest{};
  log.has_hashes = true;
  EXPECT_EQ(where(), "7..14");
}

TEST_F(LogCheckTest, WhatIsMissingIsFound) {
  log.leaves.pop_back();
  EXPECT_EQ(where(), "17..17");
  log.leaves.resize(4);
  log.notes.erase(log.notes.upper_bound(1), log.notes.end());
  log.sign(key_);
  EXPECT_EQ(where(), "4..4");
  EXPECT_EQ(check().wrong, "the kept checkpoint has 6 leaves, the log only 4: it was cut");
}

TEST_F(LogCheckTest, ALogWrittenAnewIsNotTheKeptOne) {
  log.leaves[2] = "another past";
  log.notes.clear();
  log.sign(key_);
  EXPECT_EQ(where(),
            "it does not go on from the kept checkpoint of 6 leaves: it was written anew and "
            "signed again");
}

TEST_F(LogCheckTest, OnlyTheRightKeyCounts) {
  const auto other = *crypt::SigningKey::from_seed(Bytes(32, std::byte{8}));
  log.notes[18] = *crypt::sign_checkpoint({std::string(kOrigin), 18, log.root(), {}}, other);
  EXPECT_TRUE(check().wrong.starts_with("the log's newest checkpoint: ")) << check().wrong;
  kept = log.notes[18];
  const auto verdict = check_log(log, kept, note_key());
  ASSERT_FALSE(verdict);
  EXPECT_EQ(verdict.error().code, Code::invalid);
  EXPECT_EQ(check_log(log, "nonsense", note_key()).error().code, Code::invalid);
}

}  // namespace
}  // namespace lineside::cli
