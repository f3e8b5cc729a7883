#include "store/blobs.h"

#include <algorithm>
#include <filesystem>
#include <format>
#include <fstream>
#include <unistd.h>

#include <gtest/gtest.h>

#include "crypt/digest.h"
#include "sim/files.h"
#include "sim/random.h"

namespace lineside::store {
namespace {

class BlobsTest : public ::testing::Test {
 protected:
  void open() {
    auto opened = Blobs::open("/hub/artifacts", disk_, random_);
    ASSERT_TRUE(opened) << opened.error().text;
    blobs_ = std::move(*opened);
  }
  Result<std::string> put(std::string_view text, std::string_view expected = {}) {
    BlobWriter writer = TRY(blobs_->create(100));
    for (const char c : text) TRY(writer.append(as_bytes({&c, 1})));
    return writer.finish(expected);
  }
  std::vector<std::string> incoming() const { return *disk_.list("/hub/artifacts/incoming"); }

  sim::SimFiles disk_;
  sim::SimRandom random_{1};
  std::optional<Blobs> blobs_;
  const std::string digest_ = crypt::sha256_hex(as_bytes("model"));
};

TEST_F(BlobsTest, KeepsContentUnderItsDigest) {
  open();
  EXPECT_EQ(*put("model"), digest_);
  EXPECT_EQ(*put("model", digest_), digest_) << "again";
  EXPECT_EQ(*blobs_->path(digest_), "/hub/artifacts/" + digest_.substr(0, 2) + "/" + digest_);
  EXPECT_EQ(*blobs_->size(digest_), 5U);
  Bytes middle(3);
  EXPECT_EQ(*(*blobs_->read(digest_))->read_at(1, middle), 3U);
  EXPECT_EQ(as_text(middle), "ode");
  EXPECT_TRUE(blobs_->verify(digest_));
  EXPECT_TRUE(incoming().empty());
  ASSERT_TRUE(blobs_->remove(digest_));
  ASSERT_TRUE(blobs_->remove(digest_));
  EXPECT_EQ(blobs_->read(digest_).error().code, Code::not_found);
  EXPECT_EQ(blobs_->size(digest_).error().code, Code::not_found);
}

TEST_F(BlobsTest, OtherContentThanPromisedIsNotKept) {
  open();
  EXPECT_EQ(put("modem", digest_).error().code, Code::invalid);
  EXPECT_EQ(blobs_->size(digest_).error().code, Code::not_found);
  EXPECT_EQ(put(std::string(101, 'x')).error().code, Code::exhausted);
  EXPECT_TRUE(incoming().empty());
}

TEST_F(BlobsTest, NoNameLeadsOutOfTheFolder) {
  open();
  ASSERT_TRUE(disk_.write_atomic("/hub/secret", as_bytes("key")));
  std::string upper = digest_;
  std::ranges::transform(upper, upper.begin(), [](char c) { return c >= 'a' ? c - 32 : c; });
  for (const std::string& name :
       {std::string("../secret"), std::string(), std::string("incoming/x"), upper, digest_ + "/",
        "../" + digest_, digest_.substr(0, 63), std::string(64, '.'), digest_.substr(0, 61) + "/..",
        digest_ + std::string(1, '\0')}) {
    EXPECT_EQ(blobs_->read(name).error().code, Code::invalid) << name;
    EXPECT_EQ(blobs_->remove(name).error().code, Code::invalid) << name;
    EXPECT_EQ(blobs_->verify(name).error().code, Code::invalid) << name;
  }
}

TEST_F(BlobsTest, DamageIsFound) {
  open();
  ASSERT_TRUE(put("model"));
  ASSERT_TRUE((*disk_.open(*blobs_->path(digest_)))->append(as_bytes("!")));
  EXPECT_EQ(blobs_->verify(digest_).error().code, Code::corrupt);
}

TEST(Blobs, WhatWasChangedOnTheDiskIsNotRead) {
  const auto folder = std::filesystem::temp_directory_path() / std::format("blobs-{}", ::getpid());
  auto blobs = Blobs::open(folder.string());
  ASSERT_TRUE(blobs) << blobs.error().text;
  std::vector<std::string> told;
  blobs->on_damage([&](std::string_view digest) { told.emplace_back(digest); });
  auto writer = blobs->create(100);
  ASSERT_TRUE(writer->append(as_bytes("model")));
  const std::string digest = *writer->finish();
  const std::string file = *blobs->path(digest);
  EXPECT_TRUE(blobs->read_verified(digest));
  EXPECT_TRUE(blobs->read_verified(digest));
  const auto when = std::filesystem::last_write_time(file);
  // As long as before, and with the time that it had.
  std::ofstream(file) << "MODEL";
  std::filesystem::last_write_time(file, when);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(blobs->read_verified(digest).error().code, Code::corrupt);
  EXPECT_EQ(told, std::vector<std::string>{digest}) << "once";
  EXPECT_EQ(blobs->refused(), 3U);
  std::ofstream(file) << "mod";
  EXPECT_EQ(blobs->read_verified(digest).error().code, Code::corrupt) << "truncated";
  EXPECT_EQ(told.size(), 2U);
  std::ofstream(file) << "model";
  EXPECT_TRUE(blobs->read_verified(digest)) << "put right";
  EXPECT_EQ(blobs->read_verified(std::string(64, '0')).error().code, Code::not_found);
  std::filesystem::remove_all(folder);
}

TEST_F(BlobsTest, AnInterruptedUploadLeavesNothingAfterTheNextStart) {
  open();
  {
    auto writer = blobs_->create(100);
    ASSERT_TRUE(writer->append(as_bytes("mod")));
    EXPECT_EQ(incoming().size(), 1U);
  }
  EXPECT_TRUE(incoming().empty()) << "given up";
  ASSERT_TRUE(disk_.write_atomic("/hub/artifacts/incoming/left", as_bytes("mo")));
  open();
  EXPECT_TRUE(incoming().empty()) << "killed";
}

// Whatever fails, and wherever the power goes: whole or not there.
TEST_F(BlobsTest, IsThereWholeOrNotAtAll) {
  bool was_stored = false;
  for (std::uint64_t n = 1; !was_stored; ++n) {
    open();
    ASSERT_TRUE(blobs_->remove(digest_));
    disk_.fail_at(n, Code::exhausted, sim::SimFiles::Failure::onwards);
    const auto stored = put("model");
    was_stored = stored.has_value();
    if (!was_stored) {
      EXPECT_EQ(stored.error().code, Code::exhausted);
    }
    disk_.crash(n);
    open();
    const bool is_there = blobs_->size(digest_).has_value();
    EXPECT_TRUE(is_there || !was_stored);
    EXPECT_TRUE(!is_there || blobs_->verify(digest_)) << n;
    EXPECT_TRUE(incoming().empty());
    ASSERT_LT(n, 100U);
  }
}

}  // namespace
}  // namespace lineside::store
