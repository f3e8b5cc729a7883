// A hub database in a folder of its own, for tests of store/hub_*.
#pragma once

#include <filesystem>
#include <format>
#include <memory>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/text.h"
#include "crypt/checkpoint.h"
#include "sim/random.h"
#include "store/hub_db.h"

namespace lineside::store {

inline Result<std::string> test_note(std::uint64_t size, const crypt::Digest& root) {
  return crypt::format_checkpoint({.origin = "test", .size = size, .root = root, .extensions = {}});
}

// As the hub writes its entries; `more`: `"digest":"x",` and its like, the first of them may be
// `"site":"x",`.
inline AuditEntry test_entry(Time time, const std::string& action, const std::string& actor,
                             const std::string& subject = {}, const std::string& more = {}) {
  constexpr std::string_view kSite = R"("site":")";
  std::string text = std::format(R"({{"action":"{}","actor":"{}",{})", action, actor, more);
  if (!subject.empty()) text += std::format(R"("subject":"{}",)", subject);
  text += std::format(R"("time":"{}"}})", format_iso(time));
  AuditEntry entry{
      .time = time, .action = action, .actor = actor, .subject = subject, .text = std::move(text)};
  if (more.starts_with(kSite))
    entry.site = more.substr(kSite.size(), more.find('"', kSite.size()) - kSite.size());
  return entry;
}

class HubTest : public ::testing::Test {
 protected:
  HubTest()
      : folder_(std::filesystem::temp_directory_path() /
                std::format("hub-{}-{}", ::getpid(),
                            ::testing::UnitTest::GetInstance()->current_test_info()->name())) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    open();
  }
  ~HubTest() override {
    db_.reset();
    std::filesystem::remove_all(folder_);
  }

  std::string path(const char* name = "hub.db") const { return (folder_ / name).string(); }

  HubDbOptions options() { return {.sign = test_note, .random = &random_, .readers = 2}; }

  void open() {
    db_.reset();
    auto opened = HubDb::open(path(), options());
    ASSERT_TRUE(opened) << opened.error().text;
    db_ = std::move(*opened);
  }

  static ObjectWrite put(domain::Kind kind, const std::string& name,
                         std::vector<domain::Ref> refs = {}, std::vector<domain::Term> terms = {},
                         const std::string& spec = "{}") {
    return {.object = {.kind = kind,
                       .name = name,
                       .spec = spec,
                       .refs = std::move(refs),
                       .terms = std::move(terms),
                       .place = {}},
            .deletes = false,
            .expected = std::nullopt};
  }
  static ObjectWrite removal(domain::Kind kind, const std::string& name) {
    ObjectWrite write = put(kind, name);
    write.deletes = true;
    return write;
  }

  Applied apply(const std::vector<ObjectWrite>& writes, std::int64_t time = 1) {
    auto applied = db_->catalog().apply({.writes = writes,
                                         .author = "jane",
                                         .actor = "jane",
                                         .note = "because",
                                         .time = Time{time}});
    EXPECT_TRUE(applied) << applied.error().text;
    return applied ? *std::move(applied) : Applied{};
  }
  // Where nothing may be wrong.
  Applied stored(const std::vector<ObjectWrite>& writes, std::int64_t time = 1) {
    Applied applied = apply(writes, time);
    for (const WriteProblem& problem : applied.problems) ADD_FAILURE() << problem.text;
    return applied;
  }
  // Where exactly one thing is.
  WriteProblem refused(const std::vector<ObjectWrite>& writes) {
    const Applied applied = apply(writes);
    EXPECT_EQ(applied.problems.size(), 1U);
    EXPECT_TRUE(applied.outcomes.empty());
    return applied.problems.empty() ? WriteProblem{} : applied.problems[0];
  }

  std::vector<std::string> names(const ObjectQuery& query) const {
    std::vector<std::string> found;
    ObjectQuery page_query = query;
    do {
      const auto page = db_->catalog().list(page_query);
      EXPECT_TRUE(page) << page.error().text;
      if (!page) break;
      EXPECT_LE(page->objects.size(), query.limit);
      for (const StoredObject& object : page->objects) found.push_back(object.name);
      page_query.cursor = page->next;
    } while (!page_query.cursor.empty());
    return found;
  }

  std::string site_of(domain::Kind kind, const std::string& name) const {
    const auto object = db_->catalog().get(kind, name);
    return object ? object->site : "(none)";
  }

  void verify() const {
    const auto verified = db_->verify();
    EXPECT_TRUE(verified) << verified.error().text;
  }

  const std::filesystem::path folder_;
  sim::SimRandom random_{1};
  std::unique_ptr<HubDb> db_;
};

}  // namespace lineside::store
