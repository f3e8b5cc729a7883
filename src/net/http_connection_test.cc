// The kept connection over a network in memory: what it asks, and what it makes of odd servers.
#include "net/http_connection.h"

#include <gtest/gtest.h>

#include "sim/clock.h"

namespace lineside::net {
namespace {

// Plays one connection: gives out `answer` once it was asked something, then closes if told to.
struct Script {
  std::string answer;
  bool closes = false;
};

class ScriptStream final : public world::Stream {
 public:
  ScriptStream(sim::SimClock& clock, std::vector<Script> scripts, std::string& asked)
      : clock_(clock), scripts_(std::move(scripts)), asked_(asked) {}

  Result<std::size_t> read(std::span<std::byte> out) override {
    if (ready_.empty()) {
      if (closed_) return fail(Code::unavailable, "closed");
      return 0;
    }
    const std::size_t count = std::min({out.size(), ready_.size(), std::size_t{7}});
    std::memcpy(out.data(), ready_.data(), count);
    ready_.erase(0, count);
    return count;
  }
  Result<std::size_t> write(ByteView bytes) override {
    asked_ += as_text(bytes);
    if (at_ == scripts_.size()) return bytes.size();
    ready_ += scripts_[at_].answer;
    closed_ = scripts_[at_++].closes;
    return bytes.size();
  }
  bool wait(bool, Duration limit) override {
    clock_.advance(limit);
    return false;
  }
  void wake() override {}

 private:
  sim::SimClock& clock_;
  std::vector<Script> scripts_;
  std::string& asked_;
  std::size_t at_ = 0;
  std::string ready_;
  bool closed_ = false;
};

class ScriptDialer final : public world::Dialer {
 public:
  explicit ScriptDialer(sim::SimClock& clock) : clock_(clock) {}
  Result<std::unique_ptr<world::Stream>> dial(const world::Endpoint&,
                                              const std::optional<world::TlsOptions>&,
                                              Duration) override {
    if (dials == connections.size()) return fail(Code::unavailable, "refused");
    return std::make_unique<ScriptStream>(clock_, connections[dials++], asked);
  }
  std::vector<std::vector<Script>> connections;
  std::size_t dials = 0;
  std::string asked;

 private:
  sim::SimClock& clock_;
};

class HttpConnectionSimTest : public testing::Test {
 protected:
  static Script body(std::string_view text) {
    return {std::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", text.size(), text)};
  }
  sim::SimClock clock_{Time{0}};
  ScriptDialer dialer_{clock_};
  HttpConnection connection_{"http://hub:80", dialer_, clock_, {.limit = Duration::seconds(5)}};
};

TEST_F(HttpConnectionSimTest, AsksWithoutClosing) {
  dialer_.connections = {{body("a"), body("b")}};
  EXPECT_EQ(connection_.send({})->body, "a");
  EXPECT_EQ(connection_.send({"PUT", "/x", {{"A", "b"}}, "hi"})->body, "b");
  EXPECT_EQ(dialer_.asked,
            "GET / HTTP/1.1\r\nHost: hub:80\r\n\r\n"
            "PUT /x HTTP/1.1\r\nHost: hub:80\r\nA: b\r\nContent-Length: 2\r\n\r\nhi");
  EXPECT_EQ(dialer_.dials, 1U);
}

TEST_F(HttpConnectionSimTest, RepeatsOnlyWhatMayBeRepeated) {
  const Script gone = {"", true};
  dialer_.connections = {{body("a"), gone}, {body("b"), gone}, {body("c")}};
  EXPECT_EQ(connection_.send({})->body, "a");
  EXPECT_EQ(connection_.send({})->body, "b") << "a GET is asked again";
  const auto post = connection_.send({.method = "POST"});
  ASSERT_FALSE(post) << "a POST is not";
  EXPECT_EQ(dialer_.dials, 2U);
  EXPECT_EQ(connection_.send({})->body, "c");
}

TEST_F(HttpConnectionSimTest, RepeatsNothingThatWasPartlyAnsweredOrOnANewConnection) {
  dialer_.connections = {{body("a"), {"HTTP/1.1 2", true}}, {{"", true}}, {body("b")}};
  EXPECT_EQ(connection_.send({})->body, "a");
  EXPECT_EQ(connection_.send({}).error().text, "http://hub:80: the response is cut off");
  EXPECT_EQ(connection_.send({}).error().code, Code::unavailable);
  EXPECT_EQ(dialer_.dials, 2U);
  EXPECT_EQ(connection_.send({})->body, "b");
}

TEST_F(HttpConnectionSimTest, DoesNotKeepWhatIsNotInStep) {
  dialer_.connections = {{{"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 500 x"}},
                         {{"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nb"}},
                         {{"HTTP/1.1 200 OK\r\n\r\nc", true}},
                         {body("d")}};
  for (const char* text : {"a", "b", "c", "d"}) EXPECT_EQ(connection_.send({})->body, text);
  EXPECT_EQ(dialer_.dials, 4U);
}

TEST_F(HttpConnectionSimTest, GivesUpInTime) {
  dialer_.connections = {{{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"}}, {{""}}};
  EXPECT_EQ(connection_.send({}).error().text, "http://hub:80: no answer in time");
  EXPECT_EQ(clock_.steady(), Time{} + Duration::seconds(5));
  EXPECT_EQ(connection_.send({}, Duration::seconds(60)).error().code, Code::timeout);
  EXPECT_EQ(clock_.steady(), Time{} + Duration::seconds(65));
  EXPECT_EQ(connection_.send({}).error().code, Code::unavailable) << "nobody listens any more";
}

class Nothing final : public HttpSink {
 public:
  Result<void> write(ByteView piece) override {
    text += as_text(piece);
    return {};
  }
  std::string text;
};

TEST_F(HttpConnectionSimTest, KeepsWhatCameOfADownloadThatIsCutOff) {
  dialer_.connections = {{{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabcd", true}}};
  Nothing sink;
  EXPECT_EQ(connection_.download({}, {}, sink).error().code, Code::unavailable);
  EXPECT_EQ(sink.text, "abcd");
}

// Gives out letters up to where it fails.
class Letters final : public HttpSource {
 public:
  explicit Letters(std::uint64_t size, std::uint64_t good) : size_(size), good_(good) {}
  std::uint64_t size() const override { return size_; }
  Result<void> read(std::uint64_t offset, std::span<std::byte> out) override {
    if (offset + out.size() > good_) return fail(Code::conflict, "changed");
    std::ranges::fill(out, std::byte{'x'});
    return {};
  }

 private:
  const std::uint64_t size_;
  const std::uint64_t good_;
};

TEST_F(HttpConnectionSimTest, UploadsWhatItReads) {
  dialer_.connections = {{body("there"), body("a")}};
  Letters letters(5, 5);
  const auto response = connection_.upload({"POST", "/x", {{"A", "b"}}, ""}, letters);
  ASSERT_TRUE(response) << response.error().text;
  EXPECT_EQ(response->body, "there");
  EXPECT_EQ(dialer_.asked,
            "POST /x HTTP/1.1\r\nHost: hub:80\r\nA: b\r\nContent-Length: 5\r\n\r\nxxxxx");
}

TEST_F(HttpConnectionSimTest, AnUploadThatCannotBeReadOnEndsItsConnection) {
  dialer_.connections = {{}, {body("a")}};
  Letters letters(200'000, 100'000);
  const auto response = connection_.upload({"POST", "/x", {}, ""}, letters);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().text, "http://hub:80: changed");
  EXPECT_FALSE(connection_.connected()) << "nobody takes what follows for the rest";
  EXPECT_EQ(connection_.send({})->body, "a");
}

TEST_F(HttpConnectionSimTest, AnUploadWithoutAnAnswerEndsInTime) {
  dialer_.connections = {{{""}}};
  Letters letters(5, 5);
  EXPECT_EQ(connection_.upload({"POST", "/x", {}, ""}, letters).error().code, Code::timeout);
  EXPECT_EQ(clock_.steady(), Time{} + Duration::seconds(5));
}

TEST_F(HttpConnectionSimTest, TakesNoRangeThatItDidNotAskFor) {
  const std::string range = "HTTP/1.1 206 Partial Content\r\nContent-Length: 1\r\nContent-Range: ";
  dialer_.connections = {{{range + "bytes 3-3/9\r\n\r\nd"}},
                         {{range + "bytes 0-0/9\r\n\r\na"}},
                         {{range + "bytes 4-4/9\r\n\r\ne"}}};
  Nothing sink;
  const HttpResume resume = {4, "\"v\""};
  EXPECT_EQ(connection_.download({}, resume, sink).error().code, Code::corrupt);
  EXPECT_EQ(connection_.download({}, {}, sink).error().code, Code::corrupt);
  EXPECT_EQ(sink.text, "");
  EXPECT_TRUE(connection_.download({}, resume, sink));
  EXPECT_EQ(sink.text, "e");
  EXPECT_TRUE(dialer_.asked.contains("\r\nRange: bytes=4-\r\nIf-Range: \"v\"\r\n"));
}

TEST_F(HttpConnectionSimTest, ASinkThatCannotBeginAnewKeepsItsBytes) {
  dialer_.connections = {{body("other")}};
  Nothing sink;
  sink.text = "abcd";
  EXPECT_EQ(connection_.download({}, {4, "\"v\""}, sink).error().code, Code::invalid);
  EXPECT_EQ(sink.text, "abcd");
}

}  // namespace
}  // namespace lineside::net
