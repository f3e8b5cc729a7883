// An edge joins a hub over a real TLS socket, takes what is desired, reports, renews, is revoked,
// goes on alone; all on their own threads.
#include <atomic>
#include <filesystem>
#include <format>

#include <gtest/gtest.h>

#include "codec/canonical.h"
#include "codec/catalog.h"
#include "crypt/digest.h"
#include "domain/devices.h"
#include "domain/places.h"
#include "edge/follow_lanes.h"
#include "hub/edges/edges.h"
#include "hub/server.h"
#include "infer/onnx_bytes_test.h"
#include "net/socket.h"
#include "sim/mqtt_broker.h"
#include "sim/stream.h"
#include "tests/fleet/catalog_writes.h"
#include "wire/joined_folder.h"

namespace lineside {
namespace {

using domain::Kind;

const world::Endpoint kBroker{"127.0.0.1", 1883};

constexpr std::string_view kConnection = R"({"protocol":"mqtt","address":"127.0.0.1:1883",
"mappings":[{"topic":"plant/{asset}/t","time":{"path":"$.ts","format":"unix_ms"},
"streams":[{"stream":"temp","path":"$.temp","unit":"degC"},
{"stream":"oil","path":"$.oil","unit":"bar","optional":true}]}],"site":"hall"})";

constexpr std::string_view kHot = R"({"streams":["temp"],
"windows":[{"name":"w2","count":2,"min_count":2}],"every":{"count":1},
"features":[{"window":"w2","kinds":["mean"]}],
"decisions":[{"name":"hot","when":"above","threshold":90,"k":1,"n":1}],"site":"hall"})";

constexpr std::string_view kSpread = R"({"streams":["temp"],
"windows":[{"name":"w8","count":8,"min_count":8}],"every":{"count":1},
"features":[{"window":"w8","kinds":["mean","sd","ewma20"]}],"model":{"version":"m:1"},
"site":"hall"})";

// What befalls artifacts on their way, what was asked for and told. Shared by threads.
struct ArtifactLine {
  std::atomic<std::size_t> cut_after = 1000;  // bytes of an answer
  std::atomic<int> cuts = 0;                  // answers yet to be cut off
  std::atomic<bool> alters = false;
  std::atomic<int> asked = 0;
  std::atomic<int> resumed = 0;  // of these
  std::atomic<int> reports = 0;
  std::atomic<bool> is_deaf = false;  // nothing that the hub answers comes
};

// A line to the hub.
class HubStream final : public world::Stream {
 public:
  HubStream(std::unique_ptr<world::Stream> stream, ArtifactLine& line)
      : stream_(std::move(stream)), line_(line) {}
  Result<std::size_t> read(std::span<std::byte> out) override {
    if (line_.is_deaf.load()) return 0;
    if (!has_artifact_) return stream_->read(out);
    const std::size_t left = line_.cut_after - std::min(line_.cut_after.load(), got_);
    const bool is_cut = line_.cuts.load() > 0;
    if (is_cut && left == 0) {
      --line_.cuts;
      return fail(Code::unavailable, "cut");
    }
    const std::size_t count =
        TRY(stream_->read(is_cut ? out.first(std::min(left, out.size())) : out));
    got_ += count;
    if (line_.alters.load() && got_ > line_.cut_after && count > 0) out[count - 1] ^= std::byte{1};
    return count;
  }
  Result<std::size_t> write(ByteView bytes) override {
    const std::string_view text = as_text(bytes);
    has_artifact_ = text.starts_with(std::format("GET {}", wire::kArtifactsPath));
    got_ = 0;
    if (has_artifact_) ++line_.asked;
    if (text.starts_with(std::format("POST {}", wire::kReportPath))) ++line_.reports;
    if (has_artifact_ && text.contains("\r\nRange: bytes=")) ++line_.resumed;
    return stream_->write(bytes);
  }
  bool wait(bool want_write, Duration limit) override { return stream_->wait(want_write, limit); }
  void wake() override { stream_->wake(); }

 private:
  const std::unique_ptr<world::Stream> stream_;
  ArtifactLine& line_;
  bool has_artifact_ = false;
  std::size_t got_ = 0;
};

// The broker is in memory, the hub is not.
class TwoWorlds final : public world::Dialer {
 public:
  explicit TwoWorlds(world::Dialer& plant) : plant_(plant) {}
  Result<std::unique_ptr<world::Stream>> dial(const world::Endpoint& to,
                                              const std::optional<world::TlsOptions>& tls,
                                              Duration limit) override {
    if (to == kBroker) return plant_.dial(to, tls, limit);
    auto stream = TRY(net::SystemDialer().dial(to, tls, limit));
    return std::make_unique<HubStream>(std::move(stream), artifacts);
  }
  ArtifactLine artifacts;

 private:
  world::Dialer& plant_;
};

// A model of three features that adds 1, 2 and 3.
std::string model_for(std::string_view pipeline) {
  const auto spec = *codec::read_json<domain::PipelineSpec>(pipeline, "pipeline");
  const auto expanded = *domain::expand_features(spec);
  std::string features;
  for (const domain::Feature& feature : expanded)
    features += (features.empty() ? "" : "\n") + feature.name;
  return infer::adding_model(
      infer::metadata("lineside.format", "1") + infer::metadata("lineside.features", features) +
      infer::metadata("lineside.outputs", "level\nwidth\ntrend") +
      infer::metadata("lineside.units", "\n\n") +
      infer::metadata("lineside.reference", "70\n5\n70") +
      infer::metadata("notes", std::string(100'000, 'n')) +  // more than one read
      infer::metadata("lineside.definition", domain::feature_definition(spec)));
}

class FleetTest : public testing::Test {
 protected:
  FleetTest()
      : folder_(std::filesystem::path(testing::TempDir()) /
                ("fleet-" + world::system_random().token(6))) {
    start_hub("127.0.0.1:0");
    put(Kind::site, "hall", domain::SiteSpec{});
  }
  ~FleetTest() override {
    stop_edge();
    stop_hub();
    std::filesystem::remove_all(folder_);
  }

  void start_hub(const std::string& listen) {
    auto hub = hub::Hub::open({.data_folder = (folder_ / "hub").string()});
    ASSERT_TRUE(hub) << hub.error().text;
    hub_ = std::move(*hub);
    auto edges = hub::Edges::open(*hub_, {.membership = membership_});
    ASSERT_TRUE(edges) << edges.error().text;
    edges_ = std::move(*edges);
    auto server = hub::Server::start({.listen = listen}, *hub_, page_);
    ASSERT_TRUE(server) << server.error().text;
    server_ = std::move(*server);
    edges_->start();
  }
  void stop_hub() {
    if (edges_) edges_->stop();
    if (server_) server_->stop();
    server_.reset();
    edges_.reset();
    hub_.reset();
  }
  std::string listens() const { return server_->url().substr(std::string("https://").size()); }

  std::string token() {
    const std::string secret = "lse_" + world::system_random().token(16);
    store::EnrolmentToken token;
    token.name = world::system_random().token(4);
    token.digest = crypt::sha256_hex(as_bytes(secret));
    token.site = "hall";
    token.created_by = hub::kHubAuthor;
    token.created = clock_.now();
    token.expires = clock_.now() + Duration::seconds(3600);
    EXPECT_TRUE(hub_->db().tokens().add_enrolment(token, {}));
    return secret;
  }
  Result<wire::Joined> join(std::string pin = {}) {
    if (pin.empty()) pin = hub_->keys().ca_fingerprint();
    return wire::join({.url = server_->url(),
                       .token = token(),
                       .ca_sha256 = std::move(pin),
                       .edge = "press-7",
                       .version = "0"},
                      {dialer_, clock_, world::system_random()});
  }
  void start_edge() {
    const std::string data = (folder_ / "edge").string();
    auto joined = wire::load_joined(data, world::system_files());
    ASSERT_TRUE(joined) << joined.error().text;
    ASSERT_TRUE(*joined);
    wire::LinkOptions link;
    link.backoff = backoff_;
    auto follow = edge::FollowLanes::open(
        data, **joined, {world::system_files(), clock_, *random_, dialer_, {}},
        {.poll = Duration::seconds(20), .upload_every = Duration::millis(50), .link = link});
    ASSERT_TRUE(follow) << follow.error().text;
    follow_ = std::move(*follow);
    auto edge = follow_->open_edge({});
    ASSERT_TRUE(edge) << edge.error().text;
    edge_ = std::move(*edge);
    edge_->start();
    follow_->start(*edge_);
  }
  void stop_edge() {
    if (follow_) follow_->stop();
    if (edge_) edge_->stop();
    edge_.reset();
    follow_.reset();
  }
  void join_and_start() {
    const auto joined = join();
    ASSERT_TRUE(joined) << joined.error().text;
    const std::string data = (folder_ / "edge").string();
    ASSERT_TRUE(wire::forget_other(data, *joined, world::system_files()));
    ASSERT_TRUE(wire::save_joined(data, *joined, world::system_files()));
    start_edge();
  }

  void put_spec(Kind kind, const std::string& name, std::string spec) {
    put_object(*hub_, kind, name, std::move(spec));
  }
  template <class Spec>
  void put(Kind kind, const std::string& name, const Spec& spec) {
    put_spec(kind, name, codec::canonical_json(spec));
  }
  template <class Spec>
  void put_json(Kind kind, const std::string& name, std::string_view json) {
    put(kind, name, *codec::read_json<Spec>(json, name));
  }
  void put_connection() {
    put_json<domain::ConnectionSpec>(Kind::connection, "plant", kConnection);
  }
  void put_pipeline(const std::string& name, std::string_view spec) {
    put_json<domain::PipelineSpec>(Kind::pipeline, name, spec);
  }

  template <class Done>
  bool until(Done&& done) {
    return until_unheard([&] {
      broker_.poll(&listener_);
      return done();
    });
  }
  // The broker takes what is dialled, and answers nothing meanwhile.
  template <class Done>
  bool until_unheard(Done&& done) {
    const Time limit = clock_.steady() + Duration::seconds(60);
    while (!done()) {
      clock_.sleep(Duration::millis(2));
      if (clock_.steady() > limit) return false;
    }
    return true;
  }
  std::string twin() {
    const auto twin = edges_->twin("press-7");
    if (!twin) return twin.error().text;
    return std::string(domain::to_text(twin->state)) + (twin->why.empty() ? "" : ": " + twin->why);
  }
  std::vector<std::string> pipelines() const {
    std::vector<std::string> names;
    const auto plan = edge_->live().plan();
    for (const auto& pipeline : plan->pipelines) names.push_back(pipeline.name);
    return names;
  }
  bool runs(const std::vector<std::string>& names) {
    return until([&] { return pipelines() == names && twin() == "in_sync"; });
  }

  const std::filesystem::path folder_;
  world::Clock& clock_ = world::system_clock();
  hub::MembershipOptions membership_;
  world::Random* random_ = &world::system_random();  // of the edge
  net::BackoffOptions backoff_{.base = Duration::millis(20), .cap = Duration::millis(200)};
  sim::SimDialer plant_;
  sim::SimListener listener_ = plant_.listen(kBroker);
  sim::MqttBroker broker_{clock_};
  TwoWorlds dialer_{plant_};
  const net::HttpFiles page_{{}};
  std::unique_ptr<hub::Hub> hub_;
  std::unique_ptr<hub::Edges> edges_;
  std::unique_ptr<hub::Server> server_;
  std::unique_ptr<edge::FollowLanes> follow_;
  std::unique_ptr<edge::Edge> edge_;
};

TEST_F(FleetTest, TheTokenIsToldOnlyToTheHubOfTheFingerprint) {
  const auto other = join(std::string(64, 'a'));
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, Code::denied) << other.error().text;
  const auto tokens = *hub_->db().tokens().enrolments();
  EXPECT_EQ(tokens.at(0).uses, 0U);
  EXPECT_EQ(hub_->db().audit().entries({.action = "edge."})->size(), 0U) << "the hub heard nothing";
  EXPECT_EQ(join("no digest").error().code, Code::invalid);
  EXPECT_TRUE(join());
}

TEST_F(FleetTest, AnEdgeRunsWhatIsDesiredAndSaysWhatItSees) {
  ASSERT_NO_FATAL_FAILURE(join_and_start());
  ASSERT_TRUE(runs({})) << twin();
  put_connection();
  put_pipeline("hot", kHot);
  ASSERT_TRUE(runs({"hot"})) << twin();
  // With a model, through the hub.
  const std::string model = model_for(kSpread);
  put_approved_model(*hub_, model);
  put_pipeline("spread", kSpread);
  ASSERT_TRUE(runs({"hot", "spread"})) << twin();
  EXPECT_EQ(edge_->live().plan()->pipelines.at(1).model_digest,
            "sha256:" + crypt::sha256_hex(as_bytes(model)));
  const auto report = *wire::read_message<wire::StateReport>(
      hub_->db().edges().report("press-7")->document, "report");
  ASSERT_EQ(report.runs.pipelines.size(), 2U);
  EXPECT_EQ(report.runs.pipelines[1].model_digest,
            edge_->live().plan()->pipelines.at(1).model_digest);

  ASSERT_TRUE(until([&] { return edge_->metrics().connections.at(0).up; }));
  for (int i = 0; i < 4; ++i)
    broker_.publish("plant/pump-1/t",
                    std::format(R"({{"ts":{},"temp":99}})", 1'700'000'000'000 + i), 1);
  ASSERT_TRUE(until([&] { return hub_->db().alerts().alerts({})->size() == 1; }));
  EXPECT_EQ(hub_->db().alerts().alerts({})->at(0).edge, "press-7");
  EXPECT_TRUE(until([&] { return edge_->metrics().outbox.messages == 0; })) << "nothing is left";
  ASSERT_TRUE(
      until([&] { return hub_->db().catalog().get(Kind::stream, "pump-1/temp").has_value(); }));
  const auto stream = *codec::read_spec<domain::StreamSpec>(
      hub_->db().catalog().get(Kind::stream, "pump-1/temp")->spec);
  EXPECT_EQ(stream.status, domain::Claim::unclaimed);
  EXPECT_EQ(stream.connection, "plant");
  const auto oil = [&] { return hub_->db().catalog().get(Kind::stream, "pump-1/oil").has_value(); };
  EXPECT_FALSE(oil()) << "no message had it";
  broker_.publish("plant/pump-1/t", R"({"ts":1700000000009,"temp":20,"oil":4})", 1);
  EXPECT_TRUE(until(oil));
}

TEST_F(FleetTest, AnEdgeThatIsStoppedInOrderSaysSoAndOneThatIsNotDoesNot) {
  ASSERT_NO_FATAL_FAILURE(join_and_start());
  put_connection();
  put_pipeline("hot", kHot);
  ASSERT_TRUE(runs({"hot"})) << twin();
  stop_edge();
  EXPECT_TRUE(twin().starts_with("stopped: stopped in order at 20")) << twin();
  const auto last = *wire::read_message<wire::StateReport>(
      hub_->db().edges().report("press-7")->document, "report");
  EXPECT_GT(last.version, 0U) << "what it ran is known";
  EXPECT_EQ(last.runs.pipelines.size(), 1U);

  ASSERT_NO_FATAL_FAILURE(start_edge());
  ASSERT_TRUE(runs({"hot"})) << twin();
  follow_.reset();  // as one that ends for a fault
  EXPECT_EQ(twin(), "in_sync") << "it was heard of just now";
}

TEST_F(FleetTest, AnEdgeThatIsStoppedWaitsForNoAnswerThatDoesNotCome) {
  ASSERT_NO_FATAL_FAILURE(join_and_start());
  ASSERT_TRUE(runs({})) << twin();
  dialer_.artifacts.is_deaf = true;
  const Time before = clock_.steady();
  stop_edge();
  EXPECT_LT((clock_.steady() - before).ns, Duration::seconds(10).ns);
}

TEST_F(FleetTest, SaysSoonWhichConnectionsAreUpButNotEachTimeThatOneFlaps) {
  constexpr Duration kBeforePoll = Duration::seconds(10);  // a poll lasts twice that
  ASSERT_NO_FATAL_FAILURE(join_and_start());
  put_connection();
  put_pipeline("hot", kHot);
  ASSERT_TRUE(until_unheard([&] { return twin() == "in_sync: connection plant is connecting"; }))
      << twin();
  Time begin = clock_.steady();
  ASSERT_TRUE(until([&] { return twin() == "in_sync"; })) << twin();
  EXPECT_LT(clock_.steady() - begin, kBeforePoll);

  const int before = dialer_.artifacts.reports;
  begin = clock_.steady();
  Time cut;
  ASSERT_TRUE(until([&] {
    if (clock_.steady() - cut > Duration::millis(700)) {
      plant_.cut(kBroker);
      cut = clock_.steady();
    }
    return clock_.steady() - begin > kBeforePoll;
  }));
  EXPECT_GT(edge_->metrics().connections.at(0).reconnects, 3U);
  EXPECT_LE(dialer_.artifacts.reports - before, 4) << "one in 5 s, and that after a poll";

  plant_.set_reach(kBroker, sim::Reach::refused);
  begin = clock_.steady();
  ASSERT_TRUE(until([&] { return twin().starts_with("in_sync: connection plant is not up: "); }))
      << twin();
  EXPECT_LT(clock_.steady() - begin, kBeforePoll);
}

TEST_F(FleetTest, WhatDoesNotLoadIsRefusedAndTheHubIsToldWhy) {
  ASSERT_NO_FATAL_FAILURE(join_and_start());
  put_connection();
  put_pipeline("hot", kHot);
  ASSERT_TRUE(runs({"hot"})) << twin();
  std::string unmapped(kHot);
  unmapped.replace(unmapped.find("temp"), 4, "tmep");
  put_pipeline("hot", unmapped);
  ASSERT_TRUE(until([&] { return twin().starts_with("failed"); })) << twin();
  EXPECT_TRUE(twin().contains("no connection maps it")) << twin();
  EXPECT_EQ(edge_->live().plan()->pipelines.at(0).spec.streams, std::vector<std::string>{"temp"});
  put_pipeline("hot", kHot);
  EXPECT_TRUE(until([&] { return twin() == "in_sync"; })) << twin();
}

// As in service: what is refused waits for half of this at least.
constexpr net::BackoffOptions kInService{.base = Duration::millis(20),
                                         .cap = Duration::seconds(60)};
constexpr Duration kSoon = Duration::seconds(20);
const std::vector<std::string> kSpreadOnly = {"spread"};

// Every wait is as long as it may be.
class Longest final : public world::Random {
 public:
  void fill(std::span<std::byte> out) override { std::ranges::fill(out, std::byte{0}); }
};

TEST_F(FleetTest, GoesOnSoonWhereItsLineWasCut) {
  backoff_ = kInService;
  ASSERT_NO_FATAL_FAILURE(join_and_start());
  put_connection();
  put_approved_model(*hub_, model_for(kSpread));
  dialer_.artifacts.cuts = 3;
  const Time begin = clock_.steady();
  put_pipeline("spread", kSpread);
  ASSERT_TRUE(until([&] { return pipelines() == kSpreadOnly; })) << twin();
  EXPECT_LT(clock_.steady() - begin, kSoon);
  EXPECT_EQ(dialer_.artifacts.cuts, 0);
  EXPECT_EQ(dialer_.artifacts.asked, 4);
  EXPECT_EQ(dialer_.artifacts.resumed, 3);
}

TEST_F(FleetTest, WhatWaitsForItsLineIsNotRefused) {
  backoff_ = kInService;
  ASSERT_NO_FATAL_FAILURE(join_and_start());
  put_connection();
  put_approved_model(*hub_, model_for(kSpread));
  dialer_.artifacts.cuts = 1'000'000;
  put_pipeline("spread", kSpread);
  std::string failed;
  ASSERT_TRUE(until([&] {
    const std::string now = twin();
    if (now.starts_with("failed")) failed = now;
    return now.starts_with("applying: artifact sha256:") && now.ends_with("is cut off");
  })) << twin();
  EXPECT_EQ(failed, "");
  dialer_.artifacts.cuts = 0;
  follow_->retry();
  EXPECT_TRUE(until([&] { return pipelines() == kSpreadOnly; })) << twin();
}

TEST_F(FleetTest, WaitsLongerFromTryToTry) {
  static Longest longest;  // outlives the edge
  random_ = &longest;
  backoff_ = {.base = Duration::millis(200), .cap = Duration::seconds(60)};
  ASSERT_NO_FATAL_FAILURE(join_and_start());
  put_connection();
  put_approved_model(*hub_, model_for(kSpread));
  dialer_.artifacts.cuts = 1'000'000;
  dialer_.artifacts.cut_after = 10;  // one that brings something begins anew
  put_pipeline("spread", kSpread);
  ASSERT_TRUE(until([&] { return dialer_.artifacts.asked == 4; })) << twin();
  const Time fourth = clock_.steady();
  ASSERT_TRUE(until([&] { return dialer_.artifacts.asked == 5; })) << twin();
  EXPECT_GT(clock_.steady() - fourth, Duration::millis(1500)) << "200 ms, doubled three times";
}

TEST_F(FleetTest, SaysAtOnceWhyItWaitsAndWaitsNoLongerThanItIsToldTo) {
  backoff_ = kInService;
  ASSERT_NO_FATAL_FAILURE(join_and_start());
  put_connection();
  put_approved_model(*hub_, model_for(kSpread));
  dialer_.artifacts.alters = true;
  const Time begin = clock_.steady();
  put_pipeline("spread", kSpread);
  const auto is_refused = [&] { return twin().contains("refused: artifact sha256:"); };
  ASSERT_TRUE(until(is_refused)) << twin();
  EXPECT_TRUE(twin().starts_with("failed: keeps version ")) << twin();
  clock_.sleep(Duration::millis(500));
  EXPECT_TRUE(is_refused()) << twin();
  EXPECT_EQ(dialer_.artifacts.asked, 1) << "what is refused waits long";
  // Once more, and with the same outcome.
  testing::internal::CaptureStderr();
  follow_->retry();
  ASSERT_TRUE(until([&] { return dialer_.artifacts.asked == 2; })) << twin();
  EXPECT_TRUE(until(is_refused)) << twin();
  clock_.sleep(Duration::millis(500));
  EXPECT_TRUE(is_refused()) << twin();
  dialer_.artifacts.alters = false;
  follow_->retry();
  EXPECT_TRUE(until([&] { return pipelines() == kSpreadOnly; })) << twin();
  EXPECT_LT(clock_.steady() - begin, kSoon);
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_FALSE(log.contains("woken")) << log;
}

TEST_F(FleetTest, GoesOnWithoutTheHubAndComesBack) {
  ASSERT_NO_FATAL_FAILURE(join_and_start());
  put_connection();
  put_pipeline("hot", kHot);
  ASSERT_TRUE(runs({"hot"})) << twin();
  const std::string listen = listens();
  stop_hub();
  stop_edge();
  ASSERT_NO_FATAL_FAILURE(start_edge());
  EXPECT_EQ(pipelines(), std::vector<std::string>{"hot"}) << "without the hub";
  ASSERT_TRUE(until([&] { return edge_->metrics().connections.at(0).up; }));
  for (int i = 0; i < 4; ++i)
    broker_.publish("plant/pump-1/t",
                    std::format(R"({{"ts":{},"temp":99}})", 1'700'000'000'000 + i), 1);
  ASSERT_TRUE(until([&] { return edge_->metrics().alerts_open == 1; }));
  EXPECT_GT(edge_->metrics().outbox.messages, 0U) << "kept for the hub";
  ASSERT_NO_FATAL_FAILURE(start_hub(listen));
  EXPECT_TRUE(until([&] { return hub_->db().alerts().alerts({})->size() == 1; }));
  std::string cooler(kHot);
  cooler.replace(cooler.find("90"), 2, "80");
  put_pipeline("hot", cooler);
  EXPECT_TRUE(until(
      [&] { return edge_->live().plan()->pipelines.at(0).spec.decisions.at(0).threshold == 80; }));
}

// Versions of one hub say nothing of another's.
TEST_F(FleetTest, GoesOverToAnotherHub) {
  ASSERT_NO_FATAL_FAILURE(join_and_start());
  ASSERT_TRUE(runs({})) << twin();
  put_connection();
  put_pipeline("warm", kHot);
  ASSERT_TRUE(runs({"warm"})) << twin();
  stop_edge();
  stop_hub();
  std::filesystem::remove_all(folder_ / "hub");
  start_hub("127.0.0.1:0");
  put(Kind::site, "hall", domain::SiteSpec{});
  put_connection();
  put_pipeline("hot", kHot);
  ASSERT_NO_FATAL_FAILURE(join_and_start());
  EXPECT_TRUE(runs({"hot"})) << twin();
}

TEST_F(FleetTest, RunsNothingThatSomebodyHasWrittenIntoItsFolder) {
  ASSERT_NO_FATAL_FAILURE(join_and_start());
  put_connection();
  put_pipeline("hot", kHot);
  ASSERT_TRUE(runs({"hot"})) << twin();
  const std::string folder = edge_->config_state().folder;
  stop_edge();
  world::Files& files = world::system_files();
  const std::string manifest(as_text(*files.read(folder + "/pipelines.hot.yaml")));
  std::string edited = manifest;
  edited.replace(edited.find("90"), 2, "10");
  ASSERT_TRUE(files.write_atomic(folder + "/pipelines.hot.yaml", as_bytes(edited)));
  edited.replace(edited.find("name: hot"), 9, "name: own");
  ASSERT_TRUE(files.write_atomic(folder + "/pipelines.own.yaml", as_bytes(edited)));
  ASSERT_NO_FATAL_FAILURE(start_edge());
  EXPECT_EQ(pipelines(), std::vector<std::string>{"hot"});
  EXPECT_EQ(edge_->live().plan()->pipelines.at(0).spec.decisions.at(0).threshold, 90);
  EXPECT_EQ(edge_->metrics().config_altered, 2U);
  EXPECT_TRUE(until([&] { return twin().contains("pipelines.own.yaml was added here"); }))
      << twin();
}

TEST_F(FleetTest, GoesWhereItsDeviceIsMoved) {
  ASSERT_NO_FATAL_FAILURE(join_and_start());
  put_connection();
  put_pipeline("hot", kHot);
  ASSERT_TRUE(runs({"hot"})) << twin();
  put(Kind::site, "far", domain::SiteSpec{});
  put(Kind::device, "press-7", domain::DeviceSpec{.site = "far", .edge = true});
  EXPECT_TRUE(runs({})) << twin();
  put(Kind::device, "press-7", domain::DeviceSpec{.site = "hall", .edge = true});
  EXPECT_TRUE(runs({"hot"})) << twin();
}

TEST_F(FleetTest, RenewsItsCertificateByItself) {
  stop_hub();
  membership_.renew_after = Duration::seconds(1);
  ASSERT_NO_FATAL_FAILURE(start_hub("127.0.0.1:0"));
  ASSERT_NO_FATAL_FAILURE(join_and_start());
  ASSERT_TRUE(runs({}));
  // The poll under way ends with the next state; then the certificate is due.
  clock_.sleep(Duration::millis(1100));
  put_connection();
  ASSERT_TRUE(until([&] { return hub_->db().edges().certificates("press-7", 1)->count > 1; }));
  const auto kept = wire::load_joined((folder_ / "edge").string(), world::system_files());
  ASSERT_TRUE(kept) << kept.error().text;
  put_pipeline("hot", kHot);
  EXPECT_TRUE(runs({"hot"})) << twin();
}

TEST_F(FleetTest, ARefusedRenewalKeepsFromNothingElse) {
  stop_hub();
  membership_.renew_after = Duration::seconds(1);
  membership_.renewals_max = 0;
  ASSERT_NO_FATAL_FAILURE(start_hub("127.0.0.1:0"));
  ASSERT_NO_FATAL_FAILURE(join_and_start());
  ASSERT_TRUE(runs({}));
  clock_.sleep(Duration::millis(1100));
  put_connection();
  put_pipeline("hot", kHot);
  EXPECT_TRUE(runs({"hot"})) << twin();
  ASSERT_TRUE(until([&] {
    return hub_->db().audit().entries({.action = "access.denied"})->size() == 1;
  })) << "it has asked, once";
  EXPECT_EQ(hub_->db().edges().certificates("press-7", 1)->count, 1U);
}

TEST_F(FleetTest, ARevokedEdgeIsRefusedAtOnceAndGoesOnAlone) {
  ASSERT_NO_FATAL_FAILURE(join_and_start());
  put_connection();
  put_pipeline("hot", kHot);
  ASSERT_TRUE(runs({"hot"})) << twin();
  ASSERT_TRUE(until([&] { return edges_->is_waiting("press-7"); }));
  ASSERT_TRUE(hub_->db().edges().revoke("press-7", {clock_.now(), "anna", "stolen"}, {}));
  const std::uint64_t version = hub_->db().edges().state("press-7")->desired_version;
  put_pipeline("second", kHot);
  ASSERT_TRUE(until([&] { return !edges_->is_waiting("press-7"); }));
  ASSERT_TRUE(
      until([&] { return hub_->db().edges().state("press-7")->desired_version == version + 1; }));
  clock_.sleep(Duration::millis(300));
  EXPECT_EQ(pipelines(), std::vector<std::string>{"hot"});
  EXPECT_EQ(twin(), "silent: its certificate was revoked: stolen");
  const auto joined = *wire::load_joined((folder_ / "edge").string(), world::system_files());
  wire::HubLink link(joined->identity, joined->credential,
                     {dialer_, clock_, world::system_random()});
  const auto refused = link.poll(0, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::denied) << refused.error().text;
}

}  // namespace
}  // namespace lineside
