// Simulated edges against a real hub over real sockets: they join, follow, are cut off and come
// back.
#include "wire/sim_edges.h"

#include <filesystem>
#include <format>

#include <gtest/gtest.h>

#include "codec/canonical.h"
#include "codec/catalog.h"
#include "crypt/digest.h"
#include "domain/places.h"
#include "hub/edges/edges.h"
#include "hub/server.h"
#include "tests/fleet/catalog_writes.h"

namespace lineside {
namespace {

using domain::Kind;

constexpr std::size_t kEdges = 50;

constexpr std::string_view kSpread = R"({"streams":["temp"],
"windows":[{"name":"w8","count":8,"min_count":8}],"every":{"count":1},
"features":[{"window":"w8","kinds":["mean"]}],"model":{"version":"m:1"},"site":"hall"})";

constexpr std::string_view kConnection = R"({"protocol":"mqtt","address":"127.0.0.1:1883",
"mappings":[{"topic":"plant/{asset}/t","time":{"path":"$.ts","format":"unix_ms"},
"streams":[{"stream":"temp","path":"$.temp","unit":"degC"}]}],"site":"hall"})";

class SimEdgesTest : public testing::Test {
 protected:
  SimEdgesTest()
      : folder_(std::filesystem::path(testing::TempDir()) /
                ("sim-edges-" + world::system_random().token(6))) {
    start_hub("127.0.0.1:0");
    put(Kind::site, "hall", domain::SiteSpec{});
    token_ = "lse_" + world::system_random().token(16);
    store::EnrolmentToken token;
    token.name = "group";
    token.digest = crypt::sha256_hex(as_bytes(token_));
    token.site = "hall";
    token.created_by = hub::kHubAuthor;
    token.created = clock_.now();
    token.expires = clock_.now() + Duration::seconds(3600);
    token.max_uses = 1000;
    EXPECT_TRUE(hub_->db().tokens().add_enrolment(token, {}));
  }
  ~SimEdgesTest() override {
    sim_.reset();
    stop_hub();
    std::filesystem::remove_all(folder_);
  }

  void start_hub(const std::string& listen) {
    auto hub = hub::Hub::open({.data_folder = (folder_ / "hub").string()});
    ASSERT_TRUE(hub) << hub.error().text;
    hub_ = std::move(*hub);
    auto edges = hub::Edges::open(*hub_, edges_options_);
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

  wire::SimOptions options() const {
    wire::SimOptions out;
    out.edges = kEdges;
    out.order = {.url = server_->url(),
                 .token = token_,
                 .ca_sha256 = hub_->keys().ca_fingerprint(),
                 .edge = "sim-",
                 .version = "0"};
    out.file = (folder_ / "edges.ndjson").string();
    out.backoff = {.base = Duration::millis(20), .cap = Duration::millis(200)};
    out.limit = Duration::seconds(20);
    return out;
  }
  void start_sim(const wire::SimOptions& options) {
    auto sim = wire::SimEdges::open(options, world::system_files(), clock_);
    ASSERT_TRUE(sim) << sim.error().text;
    sim_ = std::move(*sim);
    sim_->start();
  }

  template <class Spec>
  void put(Kind kind, const std::string& name, const Spec& spec) {
    put_object(*hub_, kind, name, codec::canonical_json(spec));
  }
  void put_connection(int port) {
    std::string text(kConnection);
    text.replace(text.find("1883"), 4, std::to_string(port));
    put(Kind::connection, "plant", *codec::read_json<domain::ConnectionSpec>(text, "plant"));
  }
  void put_approved_pipeline() {
    const std::string content(300'000, 'm');
    put_approved_model(*hub_, content);
    put(Kind::pipeline, "spread", *codec::read_json<domain::PipelineSpec>(kSpread, "spread"));
  }

  template <class Done>
  bool until(Done&& done) {
    const Time limit = clock_.steady() + Duration::seconds(90);
    while (!done() && sim_->figures().failure.empty() && clock_.steady() < limit)
      clock_.sleep(Duration::millis(10));
    return done();
  }
  // All run what is desired of them now, and the hub knows.
  bool in_sync() {
    return until([&] {
      for (std::size_t i = 0; i < kEdges; ++i) {
        const auto twin = edges_->twin(std::format("sim-{:05}", i));
        if (!twin || twin->state != hub::TwinState::in_sync) return false;
      }
      return true;
    });
  }
  std::uint64_t version(std::size_t edge) const {
    const auto state = hub_->db().edges().state(std::format("sim-{:05}", edge));
    return state ? state->desired_version : 0;
  }
  // Changes what is desired of all, and waits until all run it. The hub takes a moment to say so.
  bool follow(const std::function<void()>& change) {
    std::vector<std::uint64_t> before;
    for (std::size_t i = 0; i < kEdges; ++i) before.push_back(version(i));
    change();
    const bool is_raised = until([&] {
      for (std::size_t i = 0; i < kEdges; ++i)
        if (version(i) <= before[i]) return false;
      return true;
    });
    return is_raised && in_sync();
  }
  bool follow_connection(int port) {
    return follow([&] { put_connection(port); });
  }
  std::string told() const {
    const wire::SimFigures figures = sim_->figures();
    return std::format("joined {} in touch {} waiting {} newest {} {} {}", figures.joined,
                       figures.in_touch, figures.waiting, figures.newest, figures.failure,
                       figures.last_error);
  }

  const std::filesystem::path folder_;
  world::Clock& clock_ = world::system_clock();
  hub::EdgesOptions edges_options_;
  const net::HttpFiles page_{{}};
  std::string token_;
  std::unique_ptr<hub::Hub> hub_;
  std::unique_ptr<hub::Edges> edges_;
  std::unique_ptr<hub::Server> server_;
  std::unique_ptr<wire::SimEdges> sim_;
};

TEST_F(SimEdgesTest, JoinFollowAndFetchWhatIsDesired) {
  ASSERT_NO_FATAL_FAILURE(start_sim(options()));
  ASSERT_TRUE(until([&] { return edges_->waiting() == kEdges; })) << told();
  EXPECT_EQ(sim_->figures().waiting, kEdges);
  ASSERT_TRUE(follow_connection(1883)) << told();
  ASSERT_TRUE(follow([&] { put_approved_pipeline(); })) << told();
  const wire::SimFigures figures = sim_->figures();
  EXPECT_EQ(figures.joined, kEdges);
  EXPECT_EQ(figures.newest, kEdges);
  EXPECT_EQ(figures.artifacts, kEdges);
  EXPECT_TRUE(figures.refused.empty()) << figures.refused.begin()->first;
  EXPECT_TRUE(figures.errors.empty()) << told();
  ASSERT_TRUE(figures.fan_out);
  EXPECT_EQ(figures.fan_out->edges, kEdges);
  const auto report = *wire::read_message<wire::StateReport>(
      hub_->db().edges().report("sim-00007")->document, "report");
  ASSERT_EQ(report.runs.pipelines.size(), 1U);
  EXPECT_TRUE(report.runs.pipelines[0].model_digest.starts_with("sha256:"));
}

TEST_F(SimEdgesTest, AnotherRunNeedNotJoinAgain) {
  ASSERT_NO_FATAL_FAILURE(start_sim(options()));
  ASSERT_TRUE(until([&] { return edges_->waiting() == kEdges; })) << told();
  ASSERT_TRUE(follow_connection(1883)) << told();
  sim_->stop();
  ASSERT_TRUE(sim_->save());
  wire::SimOptions again = options();
  again.order.token = "lse_void";
  ASSERT_NO_FATAL_FAILURE(start_sim(again));
  ASSERT_TRUE(follow_connection(1884)) << told();
  EXPECT_EQ(sim_->figures().newest, kEdges);
  EXPECT_EQ(hub_->db().audit().entries({.action = "edge.joined", .limit = 1000})->size(), kEdges);
  sim_.reset();
  again.order.ca_sha256 = std::string(64, 'a');
  EXPECT_EQ(wire::SimEdges::open(again, world::system_files(), clock_).error().code,
            Code::conflict);
}

TEST_F(SimEdgesTest, AWrongTokenOrHubIsHopeless) {
  wire::SimOptions wrong = options();
  wrong.order.token = "lse_wrong";
  ASSERT_NO_FATAL_FAILURE(start_sim(wrong));
  EXPECT_FALSE(until([&] { return sim_->figures().joined > 0; }));
  EXPECT_TRUE(sim_->figures().failure.contains("token")) << told();
  sim_.reset();
  wrong.order.ca_sha256 = std::string(64, 'a');
  ASSERT_NO_FATAL_FAILURE(start_sim(wrong));
  EXPECT_FALSE(until([&] { return sim_->figures().joined > 0; }));
  EXPECT_TRUE(sim_->figures().failure.contains("does not verify")) << told();
}

TEST_F(SimEdgesTest, ComesThroughCutLinesRestartsAndAHubThatGoesAway) {
  wire::SimOptions wild = options();
  wild.drops = 15;
  wild.restarts = 3;
  wild.skew = Duration::seconds(200);
  wild.poll = Duration::seconds(2);
  ASSERT_NO_FATAL_FAILURE(start_sim(wild));
  ASSERT_TRUE(until([&] { return sim_->figures().joined == kEdges; })) << told();
  ASSERT_TRUE(follow_connection(1883)) << told();
  const std::string listen = server_->url().substr(std::string("https://").size());
  stop_hub();
  ASSERT_TRUE(until([&] { return sim_->figures().in_touch <= kEdges / 20; })) << told();
  ASSERT_NO_FATAL_FAILURE(start_hub(listen));
  ASSERT_TRUE(until([&] { return sim_->figures().in_touch == kEdges; })) << told();
  ASSERT_TRUE(follow_connection(1884)) << told();
  const wire::SimFigures figures = sim_->figures();
  ASSERT_TRUE(figures.reconnect);
  EXPECT_EQ(figures.reconnect->edges, kEdges);
  EXPECT_GT(figures.drops, 0U);
  EXPECT_GT(figures.restarts, 0U);
  EXPECT_TRUE(figures.refused.empty()) << figures.refused.begin()->first;
}

TEST_F(SimEdgesTest, AClockThatIsWeeksAheadRefusesWhatIsOldForIt) {
  wire::SimOptions ahead = options();
  ahead.skew = Duration::seconds(30 * 86400);
  ASSERT_NO_FATAL_FAILURE(start_sim(ahead));
  put_connection(1883);
  ASSERT_TRUE(until([&] { return sim_->figures().refused.contains("expired"); })) << told();
  EXPECT_EQ(sim_->figures().refused.size(), 1U);
}

}  // namespace
}  // namespace lineside
