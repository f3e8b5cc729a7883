#include "wire/hub_link.h"

#include <algorithm>
#include <deque>

#include <gtest/gtest.h>

#include "crypt/digest.h"
#include "sim/clock.h"
#include "sim/files.h"
#include "sim/random.h"
#include "wire/artifact.h"
#include "wire/desired.h"
#include "wire/reporter.h"

namespace lineside::wire {
namespace {

constexpr Time kLinkStart{1'790'000'000'000'000'000};

// Says what it was told to, once a whole request has come; then, for `cut`, closes.
struct Said {
  std::string text;
  bool cut = false;
};

std::string http(int status, std::string_view body, std::string_view headers = "") {
  return std::format("HTTP/1.1 {} X\r\nContent-Length: {}\r\n{}\r\n{}", status, body.size(),
                     headers, body);
}

class ScriptedDialer final : public world::Dialer {
 public:
  Result<std::unique_ptr<world::Stream>> dial(const world::Endpoint&,
                                              const std::optional<world::TlsOptions>& tls,
                                              Duration) override {
    if (answers.empty()) return fail(Code::unavailable, "refused");
    tls_seen = tls;
    return std::make_unique<Line>(*this);
  }

  std::deque<Said> answers;
  std::vector<std::string> requests;  // heads, one per request
  std::optional<world::TlsOptions> tls_seen;

 private:
  class Line final : public world::Stream {
   public:
    explicit Line(ScriptedDialer& script) : script_(script) {}
    Result<std::size_t> read(std::span<std::byte> out) override {
      if (out_.empty() && closed_) return fail(Code::unavailable, "the peer closed the connection");
      const std::size_t n = std::min(out.size(), out_.size());
      std::ranges::copy(as_bytes(out_).first(n), out.begin());
      out_.erase(0, n);
      return n;
    }
    Result<std::size_t> write(ByteView bytes) override {
      in_ += as_text(bytes);
      const std::size_t head = in_.find("\r\n\r\n");
      if (head == std::string::npos) return bytes.size();
      std::size_t length = 0;
      if (const auto at = in_.find("Content-Length: "); at < head)
        length = std::stoul(in_.substr(at + 16));
      if (in_.size() < head + 4 + length) return bytes.size();
      script_.requests.push_back(in_.substr(0, head));
      in_.clear();
      if (script_.answers.empty()) {
        closed_ = true;
      } else {
        out_ += script_.answers.front().text;
        closed_ = script_.answers.front().cut;
        script_.answers.pop_front();
      }
      return bytes.size();
    }
    bool wait(bool, Duration) override { return true; }
    void wake() override {}

   private:
    ScriptedDialer& script_;
    std::string in_, out_;
    bool closed_ = false;
  };
};

class HubLinkTest : public testing::Test {
 protected:
  Joined joined() {
    Identity identity;
    identity.url = "https://hub:8443";
    identity.edge = "press-7";
    identity.ca = "the authority";
    identity.renew_after = kLinkStart + Duration::seconds(60);
    return {identity, {"our certificate", "our key"}};
  }
  HubLink link() {
    Joined ours = joined();
    return {ours.identity, ours.credential, {dialer_, clock_, random_}};
  }
  void says(std::string text, bool cut = false) {
    dialer_.answers.push_back({std::move(text), cut});
  }

  sim::SimClock clock_{kLinkStart};
  sim::SimRandom random_{7};
  ScriptedDialer dialer_;
  sim::SimFiles files_;
};

TEST_F(HubLinkTest, PollsUnderItsCertificateAndPinsTheHub) {
  HubLink hub = link();
  says(http(204, ""));
  const auto none = hub.poll(3, Duration::seconds(55));
  ASSERT_TRUE(none) << none.error().text;
  EXPECT_FALSE(none->has_value());
  EXPECT_TRUE(dialer_.requests[0].starts_with("GET /wire/v1/state?after=3&wait=55 "));
  EXPECT_EQ(dialer_.tls_seen->ca_pem, "the authority");
  EXPECT_EQ(dialer_.tls_seen->cert_pem, "our certificate");
  EXPECT_EQ(dialer_.tls_seen->key_pem, "our key");

  const auto key = *crypt::SigningKey::from_seed(as_bytes(std::string(32, 'k')));
  const auto envelope = *crypt::sign(kDesiredType, "{}", key);
  says(http(200, envelope_json(envelope)));
  const auto next = hub.poll(3, Duration::seconds(600));
  ASSERT_TRUE(next) << next.error().text;
  EXPECT_EQ(**next, envelope);
  EXPECT_TRUE(dialer_.requests[1].contains("wait=60 ")) << "no longer than the hub waits";
  says(http(200, "<html>"));
  EXPECT_EQ(hub.poll(3, {}).error().code, Code::corrupt);
}

TEST_F(HubLinkTest, GivesTheHubsErrors) {
  HubLink hub = link();
  says(http(403, R"({"error":{"code":"denied","text":"the certificate was revoked"}})"));
  const auto revoked = hub.report({});
  ASSERT_FALSE(revoked);
  EXPECT_EQ(revoked.error().code, Code::denied);
  EXPECT_EQ(revoked.error().text, "the hub says: the certificate was revoked");
  says(http(502, "<html>bad gateway</html>"));
  EXPECT_EQ(hub.report({}).error().code, Code::unavailable);
  says(http(429, R"({"error":{"code":"exhausted","text":"too many"}})"));
  EXPECT_EQ(hub.report({}).error().code, Code::exhausted);
}

TEST_F(HubLinkTest, TheLastWordIsForAHubThatIsNotAway) {
  Reporter reporter(clock_);
  const LinkWorld world{dialer_, clock_, random_};
  HubLink hub = link();
  says("", true);
  EXPECT_FALSE(reporter.tell({}, hub)) << "cut off";
  says(http(204, ""));
  EXPECT_TRUE(reporter.tell_stopped({}, joined(), world));
  ASSERT_EQ(dialer_.requests.size(), 2U);
  EXPECT_TRUE(dialer_.requests[1].starts_with("POST /wire/v1/report ")) << dialer_.requests[1];
  says(http(400, R"({"error":{"code":"invalid","text":"state: found 'stopped'"}})"));
  EXPECT_EQ(reporter.tell_stopped({}, joined(), world).error().code, Code::invalid)
      << "of a hub from before";
  reporter.forget();
  says(http(204, ""));
  EXPECT_TRUE(reporter.tell_stopped({}, joined(), world));
  EXPECT_EQ(dialer_.requests.size(), 3U) << "a call after it has failed";
  ASSERT_TRUE(reporter.tell({}, hub));
  says(http(204, ""));
  EXPECT_TRUE(reporter.tell_stopped({}, joined(), world));
  EXPECT_EQ(dialer_.requests.size(), 5U) << "it is back";
}

TEST_F(HubLinkTest, CutsWhatAReportHoldsTooMuchOf) {
  Reporter reporter(clock_);
  HubLink hub = link();
  StateReport report;
  report.problems.assign(kProblemsMax + 1, std::string(2 * kProblemBytes, 'x'));
  says(http(204, ""));
  ASSERT_TRUE(reporter.tell(report, hub));
  const std::string& head = dialer_.requests[0];
  const auto length = std::stoul(head.substr(head.find("Content-Length: ") + 16));
  EXPECT_GT(length, kProblemsMax * kProblemBytes);
  EXPECT_LT(length, kProblemsMax * (kProblemBytes + 10) + 500);
}

TEST_F(HubLinkTest, WaitsAsLongAsTheHubAskedAndSpreadsItself) {
  std::vector<Duration> pauses;
  for (int i = 0; i < 20; ++i) {
    HubLink hub = link();
    says(http(503, "", "Retry-After: 20\r\n"));
    const auto refused = hub.poll(0, {});
    ASSERT_FALSE(refused);
    pauses.push_back(hub.pause_after(refused.error()));
    EXPECT_GE(pauses.back(), Duration::seconds(20));
    EXPECT_LT(pauses.back(), Duration::seconds(31));
    const auto gone = hub.poll(0, {});
    ASSERT_FALSE(gone) << "nothing more was to be said";
    EXPECT_LE(hub.pause_after(gone.error()), Duration::seconds(60)) << "it is asked for once";
  }
  EXPECT_GT(std::ranges::max(pauses), std::ranges::min(pauses) + Duration::seconds(3));
}

TEST_F(HubLinkTest, WaitsLongerEachTimeAndLongestWhereItIsRefused) {
  HubLink hub = link();
  const Error gone = fail(Code::unavailable, "");
  EXPECT_LE(hub.pause_after(gone), Duration::millis(200));
  for (int i = 0; i < 20; ++i) EXPECT_LE(hub.pause_after(gone), Duration::seconds(60));
  hub.worked();
  EXPECT_LE(hub.pause_after(gone), Duration::millis(200));
  EXPECT_GE(hub.pause_after(fail(Code::denied, "")), Duration::seconds(30));
}

TEST_F(HubLinkTest, KnowsWhenItsCertificateIsDue) {
  const HubLink hub = link();
  EXPECT_FALSE(hub.renewal_due());
  clock_.advance(Duration::seconds(60));
  EXPECT_TRUE(hub.renewal_due());
}

// ---- Artifacts ---------------------------------------------------------------------------------

class FetchTest : public HubLinkTest {
 protected:
  FetchTest() {
    EXPECT_TRUE(files_.make_directories("/a"));
    artifact_.digest = "sha256:" + crypt::sha256_hex(as_bytes(content_));
    artifact_.bytes = static_cast<std::int64_t>(content_.size());
    path_ = "/a/" + hex_of(artifact_);
  }
  std::string tag() const { return "ETag: \"" + artifact_.digest + "\"\r\n"; }
  bool there() { return *have_artifact(artifact_, "/a", files_); }

  const std::string content_ = std::string(1000, 'm') + std::string(1000, 'n');
  DesiredArtifact artifact_;
  std::string path_;
};

TEST_F(FetchTest, GoesOnWhereItWasCutOff) {
  HubLink hub = link();
  says(std::format("HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n{}\r\n{}", tag(),
                   content_.substr(0, 700)),
       true);
  EXPECT_EQ(hub.fetch(artifact_, "/a", files_).error().code, Code::unavailable) << "cut off";
  EXPECT_FALSE(there());
  says(
      std::format("HTTP/1.1 206 Partial Content\r\nContent-Length: 1300\r\n{}"
                  "Content-Range: bytes 700-1999/2000\r\n\r\n{}",
                  tag(), content_.substr(700)));
  const auto done = hub.fetch(artifact_, "/a", files_);
  ASSERT_TRUE(done) << done.error().text;
  EXPECT_TRUE(there());
  EXPECT_TRUE(dialer_.requests[1].contains("Range: bytes=700-"));
  EXPECT_EQ(files_.list("/a")->size(), 1U);
}

TEST_F(FetchTest, WaitsAnewFromTheShortestAfterACutThatBroughtMore) {
  HubLink hub = link();
  const auto pause = [&] {
    const auto cut = hub.fetch(artifact_, "/a", files_);
    EXPECT_FALSE(cut);
    return hub.pause_after(cut.error());
  };
  const auto longest_of_ten = [&] {
    Duration longest;
    for (int i = 0; i < 10; ++i) longest = std::max(longest, pause());
    return longest;
  };
  EXPECT_GT(longest_of_ten(), Duration::seconds(2)) << "the hub is away";
  for (std::size_t at = 0; at < 500; at += 50) {
    says(std::format("HTTP/1.1 {} X\r\nContent-Length: {}\r\n{}Content-Range: bytes "
                     "{}-1999/2000\r\n\r\n{}",
                     at == 0 ? 200 : 206, 2000 - at, tag(), at, content_.substr(at, 50)),
         true);
    EXPECT_LE(pause(), Duration::millis(200)) << at;
  }
  // A cut that brings nothing is a failure as any other.
  for (int i = 0; i < 10; ++i)
    says(std::format("HTTP/1.1 206 X\r\nContent-Length: 1500\r\n{}"
                     "Content-Range: bytes 500-1999/2000\r\n\r\n",
                     tag()),
         true);
  EXPECT_GT(longest_of_ten(), Duration::seconds(2));
  EXPECT_TRUE(dialer_.requests.back().contains("Range: bytes=500-")) << dialer_.requests.back();
}

TEST_F(FetchTest, NeverKeepsWhatIsAltered) {
  HubLink hub = link();
  std::string other = content_;
  other[5] = 'x';
  says(http(200, other, tag()));
  const auto altered = hub.fetch(artifact_, "/a", files_);
  ASSERT_FALSE(altered);
  EXPECT_EQ(altered.error().code, Code::corrupt);
  EXPECT_TRUE(altered.error().text.starts_with("altered")) << altered.error().text;
  EXPECT_TRUE(files_.list("/a")->empty()) << "the next try begins anew";
  says(http(200, content_ + "more", tag()));
  const auto endless = hub.fetch(artifact_, "/a", files_);
  ASSERT_FALSE(endless);
  EXPECT_TRUE(endless.error().text.contains("endless")) << endless.error().text;
  says(http(200, content_.substr(0, 10), tag()));
  EXPECT_FALSE(hub.fetch(artifact_, "/a", files_)) << "too short";
  EXPECT_FALSE(there());
  says(http(404, R"({"error":{"code":"not_found","text":"no"}})"));
  EXPECT_EQ(hub.fetch(artifact_, "/a", files_).error().code, Code::not_found);
}

TEST_F(FetchTest, IsThereWholeOrNotAtAllWhereverTheDiskFails) {
  for (std::uint64_t n = 1;; ++n) {
    sim::SimFiles files;
    ASSERT_TRUE(files.make_directories("/a"));
    HubLink hub = link();
    dialer_.answers.clear();
    says(http(200, content_, tag()));
    files.fail_at(n, Code::exhausted, sim::SimFiles::Failure::onwards);
    const auto done = hub.fetch(artifact_, "/a", files);
    files.crash(n);
    const bool is_there = *have_artifact(artifact_, "/a", files);
    EXPECT_EQ(is_there, files.exists(path_)) << "at call " << n;
    if (!done) {
      ASSERT_LT(n, 50U);
      says(http(200, content_, tag()));
      const auto again = hub.fetch(artifact_, "/a", files);
      EXPECT_TRUE(again || is_there) << again.error().text;
      continue;
    }
    EXPECT_TRUE(is_there);
    break;
  }
}

}  // namespace
}  // namespace lineside::wire
