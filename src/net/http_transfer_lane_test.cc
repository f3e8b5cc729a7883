// Uploads into sinks, downloads from files, and limits that depend on the request.
#include "net/http_transfer.h"

#include <atomic>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "net/http_client.h"
#include "net/http_connection.h"
#include "net/http_peer_test.h"
#include "net/http_server.h"
#include "net/socket.h"

namespace lineside::net {
namespace {

class TextSink final : public HttpSink {
 public:
  explicit TextSink(std::atomic<int>& alive, std::size_t size_max = SIZE_MAX)
      : alive_(alive), size_max_(size_max) {
    ++alive_;
  }
  ~TextSink() override { --alive_; }
  TextSink(const TextSink&) = delete;
  TextSink& operator=(const TextSink&) = delete;

  Result<void> write(ByteView piece) override {
    piece_max = std::max(piece_max, piece.size());
    if (text.size() + piece.size() > size_max_) return fail(Code::exhausted, "the disk is full");
    text += as_text(piece);
    return {};
  }
  Result<void> restart() override {
    text.clear();
    ++restarts;
    return {};
  }

  std::string text;
  std::size_t piece_max = 0;
  int restarts = 0;

 private:
  std::atomic<int>& alive_;
  const std::size_t size_max_;
};

class HttpTransferTest : public testing::Test {
 protected:
  HttpTransferTest() { std::filesystem::create_directories(folder_); }
  ~HttpTransferTest() override {
    server_.reset();
    std::filesystem::remove_all(folder_);
  }

  HttpServer& start(HttpServerOptions options = {}) {
    options.body_max_for = [](const HttpRequest& head) -> std::uint64_t {
      if (head.target.path == "/artifact") return 64 << 20;
      return head.header("Authorization") == "yes" ? 1 << 20 : 1000;
    };
    server_ = std::move(*HttpServer::bind(std::move(options)));
    server_->serve([this](const HttpRequest& request) { return answer(request); },
                   [this](const HttpRequest& head) { return begin(head); });
    return *server_;
  }
  std::unique_ptr<HttpSink> begin(const HttpRequest& head) {
    if (head.target.path != "/artifact") return nullptr;
    const bool small = head.target.parameter("disk") == "small";
    return std::make_unique<TextSink>(sinks_, small ? 100'000 : SIZE_MAX);
  }
  HttpResponse answer(const HttpRequest& request) {
    ++answered_;
    if (request.target.path == "/file") {
      auto file = world::system_files().open(path_);
      return ranged({}, request, *file_source(std::move(*file)), tag_);
    }
    const auto* sink = static_cast<const TextSink*>(request.upload.get());
    if (sink == nullptr) return text_response(std::format("{} in memory", request.body.size()));
    EXPECT_LE(sink->piece_max, 64U * 1024);
    EXPECT_EQ(request.body, "");
    HttpResponse response =
        text_response(sink->text == large_ ? "as sent" : std::to_string(sink->text.size()));
    if (request.target.query.size() > 0) response.status = 507;
    return response;
  }
  std::string address() const { return "http://" + to_string(server_->endpoint()); }
  void write_file(std::string_view text) const { std::ofstream(path_, std::ios::binary) << text; }
  static std::string noise(std::size_t size) {
    std::string text(size, '\0');
    std::uint32_t state = 1;
    for (char& c : text) c = static_cast<char>((state = state * 1664525 + 1013904223) >> 24U);
    return text;
  }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / std::format("http-transfer-{}", ::getpid());
  const std::string path_ = folder_ / "file";
  const std::string large_ = noise(3'000'001);
  std::string tag_ = "v1";
  std::atomic<int> sinks_ = 0;
  std::atomic<int> answered_ = 0;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpTransferTest, AnUploadGoesToItsSinkInPieces) {
  start();
  const auto response = HttpClient(address()).send({"PUT", "/artifact", {}, large_});
  ASSERT_TRUE(response) << response.error().text;
  EXPECT_EQ(response->body, "as sent");
  RawPeer peer(*server_);
  peer.send("PUT /artifact HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (std::size_t at = 0; at < large_.size(); at += 50'000) {
    const std::string piece = large_.substr(at, 50'000);
    peer.send(std::format("{:x}\r\n{}\r\n", piece.size(), piece));
  }
  peer.send("0\r\n\r\nGET /now HTTP/1.1\r\nHost: a\r\n\r\n");
  const std::string text = peer.receive("0 in memory");
  EXPECT_NE(text.find("as sent"), std::string::npos) << text;
  EXPECT_TRUE(soon([&] { return sinks_ == 0; }));
}

TEST_F(HttpTransferTest, ASinkThatIsFullEndsTheUpload) {
  start();
  RawPeer peer(*server_);
  peer.send("PUT /artifact?disk=small HTTP/1.1\r\nHost: a\r\nContent-Length: 3000001\r\n\r\n");
  peer.send(std::string_view(large_).substr(0, 400'000));
  const std::string text = peer.receive();
  EXPECT_TRUE(text.starts_with("HTTP/1.1 507 Insufficient Storage\r\n")) << text;
  EXPECT_NE(text.find("Connection: close\r\n"), std::string::npos);
}

TEST_F(HttpTransferTest, AnUploadWhosePeerLeavesIsNotAnswered) {
  start();
  RawPeer peer(*server_);
  peer.send("PUT /artifact HTTP/1.1\r\nHost: a\r\nContent-Length: 3000001\r\n\r\n");
  peer.send(std::string_view(large_).substr(0, 400'000));
  EXPECT_TRUE(soon([&] { return sinks_ == 1; }));
  peer.leave();
  EXPECT_TRUE(soon([&] { return sinks_ == 0; }));
  EXPECT_EQ(answered_, 0);
}

TEST_F(HttpTransferTest, HowMuchIsTakenDependsOnTheRequest) {
  start();
  const HttpClient client(address());
  const std::string body(100'000, 'x');
  EXPECT_EQ(client.send({"POST", "/apply", {}, body})->status, 413);
  EXPECT_EQ(answered_, 0);
  EXPECT_EQ(client.send({"POST", "/apply", {{"Authorization", "yes"}}, body})->body,
            "100000 in memory");
  EXPECT_EQ(client.send({"PUT", "/artifact", {}, std::string(65 << 20, 'x')})->status, 413);
  RawPeer chunks(*server_);
  chunks.send("POST /apply HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n");
  EXPECT_TRUE(chunks.receive().starts_with("HTTP/1.1 413 "));
  RawPeer endless(*server_);
  endless.send("POST /apply HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;" +
               std::string(20'000, 'x'));
  EXPECT_TRUE(endless.receive().starts_with("HTTP/1.1 400 "));
  EXPECT_EQ(server_->counts().refused, 4U);
}

TEST_F(HttpTransferTest, LargeBodiesMayTakeLongButNotForEver) {
  start({.request_limit = Duration::millis(500)});
  RawPeer steady(*server_);
  steady.send("PUT /artifact HTTP/1.1\r\nHost: a\r\nContent-Length: 700000\r\n\r\n");
  for (int i = 0; i < 7; ++i) {
    world::system_clock().sleep(Duration::millis(150));
    steady.send(std::string(100'000, 'x'));
  }
  EXPECT_TRUE(steady.receive("700000").starts_with("HTTP/1.1 200 OK\r\n"));
  RawPeer dripping(*server_);
  dripping.send("PUT /artifact HTTP/1.1\r\nHost: a\r\nContent-Length: 700000\r\n\r\n");
  for (int i = 0; i < 15; ++i) {
    world::system_clock().sleep(Duration::millis(50));
    dripping.send("x");
  }
  EXPECT_EQ(dripping.receive(), "");
  EXPECT_EQ(server_->counts().timeouts, 1U);
}

TEST_F(HttpTransferTest, AFileIsSentWholeAndInPart) {
  start();
  write_file(large_);
  const HttpClient client(address());
  const auto whole = client.get("/file");
  ASSERT_TRUE(whole) << whole.error().text;
  EXPECT_EQ(whole->body, large_);
  const auto part = client.get("/file", {{"Range", "bytes=1000000-2999999"}});
  EXPECT_EQ(part->status, 206);
  EXPECT_EQ(part->header("Content-Range"), "bytes 1000000-2999999/3000001");
  EXPECT_EQ(part->body, large_.substr(1'000'000, 2'000'000));
  EXPECT_EQ(client.get("/file", {{"Range", "bytes=3000001-"}})->status, 416);
  EXPECT_EQ(client.get("/file", {{"If-None-Match", "\"v1\""}})->status, 304);
  const auto head = client.send({.method = "HEAD", .target = "/file"});
  EXPECT_EQ(head->header("Content-Length"), "3000001");
  write_file("");
  EXPECT_EQ(client.get("/file")->body, "");
  EXPECT_EQ(client.get("/file")->header("Content-Length"), "0");
}

// Says that it is longer than it is.
class Shrinking final : public HttpSource {
 public:
  std::uint64_t size() const override { return 200'000; }
  Result<void> read(std::uint64_t offset, std::span<std::byte> out) override {
    if (offset >= 65536) return fail(Code::corrupt, "shorter");
    std::ranges::fill(out, std::byte{'x'});
    return {};
  }
};

TEST_F(HttpTransferTest, ABodyThatIsCutOffIsNotTakenForWhole) {
  server_ = std::move(*HttpServer::bind({}));
  server_->serve([](const HttpRequest&) {
    HttpResponse response;
    response.source = std::make_shared<Shrinking>();
    return response;
  });
  const auto response = HttpClient(address()).get("/");
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Code::unavailable) << response.error().text;
}

class HttpDownloadTest : public HttpTransferTest {
 protected:
  HttpDownloadTest() {
    start();
    write_file(large_);
    connection_.emplace(address(), dialer_, world::system_clock());
  }
  std::atomic<int> alive_ = 0;
  SystemDialer dialer_;
  std::optional<HttpConnection> connection_;
};

TEST_F(HttpDownloadTest, UploadsGoInPiecesAndAreAnsweredWhenRefused) {
  const auto file = file_source(*world::system_files().open(path_));
  ASSERT_TRUE(file);
  const auto taken = connection_->upload({"PUT", "/artifact", {}, ""}, **file);
  ASSERT_TRUE(taken) << taken.error().text;
  EXPECT_EQ(taken->body, "as sent");
  EXPECT_TRUE(connection_->connected());
  const auto refused = connection_->upload({"PUT", "/artifact?disk=small", {}, ""}, **file);
  ASSERT_TRUE(refused) << refused.error().text;
  EXPECT_EQ(refused->status, 507);
}

TEST_F(HttpDownloadTest, GoesOnWhereItStopped) {
  TextSink small(alive_, 1'000'000);
  const auto cut = connection_->download({.target = "/file"}, {}, small);
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, Code::exhausted);
  EXPECT_TRUE(cut.error().text.ends_with("the disk is full"));
  EXPECT_GT(small.text.size(), 900'000U);
  EXPECT_LE(small.piece_max, 64U * 1024);

  TextSink rest(alive_);
  rest.text = small.text;
  const HttpResume resume = {small.text.size(), "\"v1\""};
  const auto response = connection_->download({.target = "/file"}, resume, rest);
  ASSERT_TRUE(response) << response.error().text;
  EXPECT_EQ(response->status, 206);
  EXPECT_EQ(rest.text, large_);
  EXPECT_EQ(rest.restarts, 0);
  const auto none = connection_->download({.target = "/file"}, {large_.size(), "\"v1\""}, rest);
  ASSERT_TRUE(none) << none.error().text;
  EXPECT_EQ(none->status, 416) << "there is nothing beyond it";
  EXPECT_EQ(rest.text, large_);
}

TEST_F(HttpDownloadTest, BeginsAnewWhenItIsAnotherFile) {
  tag_ = "v2";
  TextSink sink(alive_);
  sink.text = "something else";
  const auto response =
      connection_->download({.target = "/file"}, {sink.text.size(), "\"v1\""}, sink);
  ASSERT_TRUE(response) << response.error().text;
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(sink.restarts, 1);
  EXPECT_EQ(sink.text, large_);
}

TEST_F(HttpDownloadTest, LeavesTheSinkAloneWhenTheAnswerIsAnother) {
  TextSink sink(alive_);
  const auto response = connection_->download(
      {.target = "/file", .headers = {{"If-None-Match", "\"v1\""}}}, {}, sink);
  ASSERT_TRUE(response) << response.error().text;
  EXPECT_EQ(response->status, 304);
  EXPECT_EQ(sink.text, "");
  EXPECT_TRUE(connection_->connected());
}

}  // namespace
}  // namespace lineside::net
