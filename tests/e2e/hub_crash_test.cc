// kill -9 of a hub at any moment of bulk applies by its API: each request is done or not done, what
// was answered is there, and audit log and catalog say the same.
#include <atomic>
#include <csignal>
#include <filesystem>
#include <format>
#include <thread>

#include <gtest/gtest.h>

#include "codec/catalog.h"
#include "codec/json_writer.h"
#include "crypt/digest.h"
#include "hub/access/sessions.h"
#include "hub/hub.h"
#include "net/http_connection.h"
#include "net/socket.h"
#include "tests/e2e/edge_process.h"
#include "world/clock.h"
#include "world/free_port.h"
#include "world/process.h"
#include "world/random.h"

namespace lineside::e2e {
namespace {

using domain::Kind;

constexpr int kKills = 20;
constexpr std::size_t kWriters = 2;
constexpr std::uint64_t kObjects = 200;  // of a request
constexpr Duration kLatest = Duration::millis(700);
constexpr Duration kStartLimit = Duration::seconds(60);

// The requests of one writer: those that were answered, and how many it began.
struct Writer {
  std::uint64_t begun = 0;
  std::uint64_t answered = 0;
};

class HubCrashTest : public testing::Test {
 protected:
  HubCrashTest() {
    prepare();
    const auto port = world::free_loopback_port();
    EXPECT_TRUE(port);
    listen_ = std::format("127.0.0.1:{}", *port);
  }

  std::string data() const { return folder_.path("hub"); }

  // A site, a machine, and a program that may write.
  void prepare() {
    const auto hub = hub::Hub::open({.data_folder = data()});
    ASSERT_TRUE(hub) << hub.error().text;
    std::vector<store::ObjectWrite> writes;
    const auto add = [&](Kind kind, std::string name, std::string spec) {
      store::ObjectWrite& write = writes.emplace_back();
      write.object.kind = kind;
      write.object.name = std::move(name);
      write.object.spec = std::move(spec);
      auto refs = *codec::spec_refs(kind, write.object.spec);
      write.object.refs = std::move(refs.refs);
      write.object.terms = std::move(refs.terms);
    };
    add(Kind::site, "hall", "{}");
    add(Kind::asset, "press", R"({"site":"hall"})");
    add(Kind::token, "writer", R"({"expires":"2100-01-01T00:00:00Z","role":"admin"})");
    const Time now = world::system_clock().now();
    const auto applied = (*hub)->apply(
        {.writes = writes, .author = "test", .actor = "test", .note = {}, .time = now});
    ASSERT_TRUE(applied) << applied.error().text;
    ASSERT_TRUE(applied->problems.empty()) << applied->problems[0].text;
    const hub::GrantBook grants((*hub)->db().catalog());
    const auto scope = grants.scope_of(hub::SecretUse::token, "writer");
    ASSERT_TRUE(scope) << scope.error().text;
    ASSERT_TRUE((*hub)->db().tokens().add({.name = "writer",
                                           .digest = crypt::sha256_hex(as_bytes(secret_)),
                                           .owner = "writer",
                                           .scope = hub::to_text(*scope),
                                           .created = now,
                                           .expires = now + Duration::seconds(86400),
                                           .used = {}},
                                          {}));
    ca_pem_ = (*hub)->keys().authority.certificate_pem();
  }

  void start() {
    const std::string address = folder_.path("address");
    std::filesystem::remove(address);
    auto started =
        world::Process::start({.command = {program(), "hub", "--data", data(), "--listen", listen_,
                                           "--address-file", address},
                               .stdout_file = "/dev/null",
                               .stderr_file = folder_.path("hub.log"),
                               .environment = {}});
    ASSERT_TRUE(started) << started.error().text;
    process_.emplace(std::move(*started));
    world::Clock& clock = world::system_clock();
    const Time limit = clock.steady() + kStartLimit;
    while (!std::filesystem::exists(address)) {
      ASSERT_LT(clock.steady(), limit) << folder_.read("hub.log");
      ASSERT_FALSE(process_->wait({})) << folder_.read("hub.log");
      clock.sleep(Duration::millis(5));
    }
  }

  static std::string stream(std::size_t writer, std::uint64_t request, std::uint64_t object) {
    return std::format("press/s{}-{}-{}", writer, request, object);
  }
  static std::string body(std::size_t writer, std::uint64_t request) {
    codec::JsonWriter json;
    json.begin_object().key("items").begin_array();
    for (std::uint64_t i = 0; i < kObjects; ++i) {
      json.begin_object().member("apiVersion", "lineside/v1").member("kind", "Stream");
      json.member("name", stream(writer, request, i)).key("spec");
      json.raw(R"({"asset":"press","unit":"degC"})").end_object();
    }
    json.end_array().end_object();
    return json.take();
  }
  // Until the hub is gone.
  void write(std::size_t number) {
    Writer& writer = writers_[number];
    net::SystemDialer dialer;
    net::HttpClientOptions options;
    options.tls.ca_pem = ca_pem_;
    net::HttpConnection connection("https://" + listen_, dialer, world::system_clock(), options);
    while (true) {
      const auto response = connection.send(
          {"POST",
           "/api/v1/apply",
           {{"Authorization", "Bearer " + secret_}, {"Content-Type", "application/json"}},
           body(number, writer.begun++)});
      if (!response) return;
      ASSERT_EQ(response->status, 200) << response->body;
      writer.answered = writer.begun;
    }
  }

  static std::uint64_t count(store::HubDb& db, std::size_t writer, std::uint64_t request) {
    std::uint64_t there = 0;
    for (std::uint64_t i = 0; i < kObjects; ++i)
      if (db.catalog().get(Kind::stream, stream(writer, request, i))) ++there;
    return there;
  }

  // How many of the last requests that were begun and not answered are there, whole.
  void look(int kill) {
    const auto hub = hub::Hub::open({.data_folder = data()});
    ASSERT_TRUE(hub) << hub.error().text;
    store::HubDb& db = (*hub)->db();
    for (std::size_t number = 0; number < kWriters; ++number) {
      Writer& writer = writers_[number];
      for (std::uint64_t request = seen_[number]; request < writer.begun; ++request) {
        const std::uint64_t there = count(db, number, request);
        if (request < writer.answered) {
          EXPECT_EQ(there, kObjects) << "kill " << kill << ": an answered request is lost";
        } else {
          EXPECT_TRUE(there == 0 || there == kObjects)
              << "kill " << kill << ": " << there << " of " << kObjects << " are there";
          (there == 0 ? undone_ : done_) += 1;
        }
      }
      seen_[number] = writer.begun;
    }
    const auto verified = db.verify();
    EXPECT_TRUE(verified) << "kill " << kill << ": " << verified.error().text;
  }

  const interop::Folder folder_;
  const std::string secret_ = "lst_" + world::system_random().token(32);
  std::string ca_pem_, listen_;
  std::optional<world::Process> process_;
  std::array<Writer, kWriters> writers_;
  std::array<std::uint64_t, kWriters> seen_{};
  int undone_ = 0, done_ = 0;
};

TEST_F(HubCrashTest, KilledAtAnyMomentEachRequestIsDoneOrNot) {
  for (int kill = 0; kill < kKills; ++kill) {
    ASSERT_NO_FATAL_FAILURE(start());
    std::array<std::thread, kWriters> threads;
    for (std::size_t i = 0; i < kWriters; ++i) threads.at(i) = std::thread([this, i] { write(i); });
    world::system_clock().sleep({kLatest.ns * (kill + 1) / kKills});
    process_->signal(SIGKILL);
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(process_->wait(kStartLimit), 128 + SIGKILL);
    ASSERT_NO_FATAL_FAILURE(look(kill));
  }
  std::uint64_t answered = 0;
  for (const Writer& writer : writers_) answered += writer.answered;
  EXPECT_GT(answered, 0U) << "the kills came too early";
  EXPECT_GT(undone_ + done_, 0) << "no request was under way";
}

}  // namespace
}  // namespace lineside::e2e
