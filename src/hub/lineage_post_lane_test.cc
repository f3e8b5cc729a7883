#include "hub/lineage_post.h"

#include <filesystem>
#include <mutex>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

#include "hub/lineage.h"
#include "net/http_later.h"
#include "net/http_server.h"
#include "net/socket.h"
#include "sim/clock.h"
#include "sim/random.h"

namespace lineside::hub {
namespace {

class LineagePostTest : public testing::Test {
 protected:
  LineagePostTest() {
    std::filesystem::create_directories(folder_);
    server_ = std::move(*net::HttpServer::bind({}));
    server_->serve([this](const net::HttpRequest& request) {
      const std::lock_guard lock(mutex_);
      asked_.push_back(request.method + " " + request.target.path + " " +
                       std::string(request.header("Authorization")));
      bodies_.push_back(request.body);
      net::HttpResponse response;
      response.status = status_;
      if (status_ == 0) response.later = silent_.emplace_back(std::make_shared<net::HttpLater>());
      return response;
    });
  }
  ~LineagePostTest() override {
    server_.reset();
    std::filesystem::remove_all(folder_);
  }

  std::string url() const { return "http://" + to_string(server_->endpoint()) + "/api/v1/lineage"; }
  Result<std::unique_ptr<LineagePost>> open(const std::string& url) {
    return LineagePost::open({.url = url,
                              .token = "lst_secret",
                              .events_file = folder_ / "lineage.ndjson",
                              .sent_file = folder_ / "lineage.sent"},
                             {dialer_, world::system_files(), clock_, random_});
  }
  void append(const std::string& job) {
    Lineage lineage(world::system_files(), folder_ / "lineage.ndjson", "hub");
    ASSERT_TRUE(lineage.append({.run_id = "e1b6ff64-0000-4000-8000-000000000000",
                                .job = job,
                                .job_type = "DEPLOYMENT",
                                .inputs = {},
                                .output = {"Pipeline/p", ""},
                                .time = Time{}}));
  }
  std::vector<std::string> bodies() {
    const std::lock_guard lock(mutex_);
    return bodies_;
  }
  void answer(int status) {
    const std::lock_guard lock(mutex_);
    status_ = status;
  }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("lineage-post-" + std::to_string(::getpid()));
  std::mutex mutex_;
  std::vector<std::string> asked_, bodies_;
  int status_ = 201;
  net::SystemDialer dialer_;
  sim::SimClock clock_{Time{1'700'000'000'000'000'000}};
  std::vector<std::shared_ptr<net::HttpLater>> silent_;
  sim::SimRandom random_{3};
  std::unique_ptr<net::HttpServer> server_;
};

TEST_F(LineagePostTest, EachEventIsPostedOnceInOrder) {
  append("deploy/p");
  const auto post = *open(url());
  EXPECT_EQ(post->step(), Duration{});
  EXPECT_EQ(post->step(), Duration{});
  EXPECT_GT(post->step(), Duration{}) << "nothing is left";
  ASSERT_EQ(bodies().size(), 2U);
  EXPECT_TRUE(bodies()[0].contains(R"("eventType":"START")")) << bodies()[0];
  EXPECT_TRUE(bodies()[1].contains(R"("eventType":"COMPLETE")")) << bodies()[1];
  EXPECT_EQ(asked_[0], "POST /api/v1/lineage Bearer lst_secret");
  EXPECT_EQ(post->counts().sent, 2U);
  EXPECT_TRUE(post->metrics_text().contains(R"(events_total{outcome="sent"} 2)"));
  // Another process goes on where this one was.
  append("deploy/q");
  const auto next = *open(url());
  next->step();
  ASSERT_EQ(bodies().size(), 3U);
  EXPECT_TRUE(bodies()[2].contains("deploy/q"));
}

TEST_F(LineagePostTest, AConsumerThatIsAwayGetsThemLater) {
  append("deploy/p");
  const auto post = *open(url());
  for (const int status : {503, 401, 404}) {
    answer(status);
    clock_.advance(Duration::seconds(60));
    EXPECT_GT(post->step(), Duration{});
  }
  EXPECT_GT(post->step(), Duration{}) << "it waits";
  EXPECT_EQ(bodies().size(), 3U);
  answer(200);
  clock_.advance(Duration::seconds(60));
  EXPECT_EQ(post->step(), Duration{});
  EXPECT_EQ(post->counts().failed, 3U);
  EXPECT_EQ(post->counts().sent, 1U);
  EXPECT_EQ(bodies()[3], bodies()[0]);
}

TEST_F(LineagePostTest, AnEventThatIsRefusedHoldsUpNoOther) {
  append("deploy/p");
  const auto post = *open(url());
  answer(422);
  EXPECT_EQ(post->step(), Duration{});
  answer(200);
  EXPECT_EQ(post->step(), Duration{});
  EXPECT_EQ(post->counts().refused, 1U);
  EXPECT_EQ(post->counts().sent, 1U);
}

TEST_F(LineagePostTest, ALineThatIsNotWholeWaitsForItsEnd) {
  append("deploy/p");
  const std::string path = folder_ / "lineage.ndjson";
  const auto file = *world::system_files().open(path);
  ASSERT_TRUE(file->truncate(*file->size() - 1));
  const auto post = *open(url());
  EXPECT_EQ(post->step(), Duration{});
  EXPECT_GT(post->step(), Duration{});
  ASSERT_TRUE(file->append(as_bytes("\n")));
  clock_.advance(Duration::seconds(2));
  EXPECT_EQ(post->step(), Duration{});
  EXPECT_EQ(bodies().size(), 2U);
}

TEST_F(LineagePostTest, ATornLineIsPassedOver) {
  append("deploy/p");
  const auto file = *world::system_files().open(folder_ / "lineage.ndjson");
  ASSERT_TRUE(file->truncate(*file->size() - 40));
  append("deploy/q");
  const auto post = *open(url());
  for (int i = 0; i < 4; ++i) EXPECT_EQ(post->step(), Duration{}) << i;
  EXPECT_GT(post->step(), Duration{});
  ASSERT_EQ(bodies().size(), 3U);
  EXPECT_TRUE(bodies()[0].contains("deploy/p") && bodies()[0].contains("START"));
  EXPECT_TRUE(bodies()[1].contains("deploy/q") && bodies()[1].contains("START")) << bodies()[1];
  EXPECT_TRUE(bodies()[2].contains("deploy/q") && bodies()[2].contains("COMPLETE"));
  EXPECT_EQ(post->counts().sent, 3U);
  EXPECT_EQ(post->counts().refused, 1U);
  // It stays behind.
  const auto next = *open(url());
  EXPECT_GT(next->step(), Duration{});
}

TEST_F(LineagePostTest, ATornLineNeedsNoFurtherEvent) {
  append("deploy/p");
  const std::string path = folder_ / "lineage.ndjson";
  const auto file = *world::system_files().open(path);
  const auto started = [&] {
    EXPECT_TRUE(Lineage(world::system_files(), path, "hub").end_torn_line());
    return *open(url());
  };
  // One that lacks its end alone is an event.
  ASSERT_TRUE(file->truncate(*file->size() - 1));
  const auto whole = started();
  for (int i = 0; i < 2; ++i) EXPECT_EQ(whole->step(), Duration{}) << i;
  EXPECT_GT(whole->step(), Duration{});
  ASSERT_EQ(bodies().size(), 2U);
  EXPECT_TRUE(bodies()[1].contains("COMPLETE")) << bodies()[1];
  ASSERT_TRUE(file->append(as_bytes(std::string_view(R"({"eventType":"STA)"))));
  const auto torn = started();
  EXPECT_EQ(torn->step(), Duration{});
  EXPECT_GT(torn->step(), Duration{});
  EXPECT_EQ(torn->counts().refused, 1U);
  EXPECT_EQ(bodies().size(), 2U);
}

TEST_F(LineagePostTest, WhatIsNoPlaceForThemIsRefused) {
  for (const char* bad : {"ftp://host/x", "http://plant.example/api", "https:///x",
                          "https://me:secret@host/x", "http://127.0.0.1.evil.example/x"}) {
    const auto refused = open(bad);
    ASSERT_FALSE(refused) << bad;
    EXPECT_EQ(refused.error().code, Code::invalid) << bad;
    EXPECT_FALSE(refused.error().text.contains("secret")) << refused.error().text;
  }
}

TEST_F(LineagePostTest, ADamagedNoteOfWhatWasSentSendsAllAgain) {
  append("deploy/p");
  std::size_t posted = 0;
  for (const char* text : {"12x\n", "-1\n", "999999\n"}) {
    ASSERT_TRUE(world::system_files().write_atomic(folder_ / "lineage.sent", as_bytes(text)));
    const auto post = open(url());
    ASSERT_TRUE(post) << text;
    (*post)->step();
    EXPECT_EQ(bodies().size(), ++posted) << text;
  }
}

TEST_F(LineagePostTest, ItsThreadEndsWhileTheConsumerIsSilent) {
  append("deploy/p");
  answer(0);
  const auto post = *open(url());
  post->start();
  while (bodies().empty()) world::system_clock().sleep(Duration::millis(1));
  post->stop();
  EXPECT_EQ(post->counts().sent, 0U);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "lineage.sent"));
}

}  // namespace
}  // namespace lineside::hub
