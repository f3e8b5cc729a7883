#include "edge/api.h"

#include <filesystem>
#include <format>
#include <memory>
#include <set>
#include <string>
#include <unistd.h>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "sim/clock.h"
#include "sim/files.h"
#include "sim/random.h"

namespace lineside::edge {
namespace {

using Json = nlohmann::json;

// An API over real stores in a folder of its own, with a plan and a clock that moves when told.
class ApiFixture {
 public:
  static constexpr std::string_view kToken = "token-of-programs-0123456789";
  static constexpr Time kStart{1'700'000'000'000'000'000};  // 2023-11-14T22:13:20Z

  ApiFixture() {
    std::filesystem::create_directories(folder_);
    db = std::move(
        *store::EdgeDb::open(folder_ / "edge.db", {.now = kStart - Duration::seconds(60)}));
    readings = std::move(*store::Journal::open(files_, "/readings", directory));
    predictions = std::move(*store::Journal::open(files_, "/predictions", directory));
    readings_history = std::make_unique<store::History>(readings->catalog());
    predictions_history = std::make_unique<store::History>(predictions->catalog());
    live.take_plan(plan());
    auth =
        std::move(*Auth::create({{"127.0.0.1", 4000}, false, std::string(kToken)}, clock, random_));
    api = std::make_unique<Api>(sources(), *auth, page);
  }
  ~ApiFixture() {
    api.reset();
    db.reset();
    std::filesystem::remove_all(folder_);
  }
  ApiFixture(const ApiFixture&) = delete;
  ApiFixture& operator=(const ApiFixture&) = delete;

  // As a program with the token, from no site.
  net::HttpResponse ask(std::string method, std::string_view target, std::string body = "") {
    std::vector<net::HttpHeader> headers = {{"Host", "127.0.0.1:4000"},
                                            {"Authorization", "Bearer " + std::string(kToken)}};
    if (!body.empty()) headers.push_back({"Content-Type", "application/json"});
    return api->answer({std::move(method), *net::parse_target(target), headers, std::move(body)});
  }
  net::HttpResponse get(std::string_view target) { return ask("GET", target); }

  // `count` readings, one a second from kStart on, with the values 0, 1, 2 ...
  domain::StreamIndex record(store::Journal& journal, const domain::StreamName& name, int count) {
    const domain::StreamIndex stream = directory.intern(name);
    domain::ReadingBatch batch;
    for (int i = 0; i < count; ++i)
      batch.push({stream, domain::Quality::good, kStart + Duration::seconds(i), 0,
                  static_cast<double>(i)});
    EXPECT_TRUE(journal.append(batch));
    EXPECT_TRUE(journal.commit());
    if (&journal == readings.get()) live.note_readings(batch, clock.now());
    return stream;
  }

  domain::Alert raise(std::string id, Duration after_start, domain::AlertState state) {
    domain::Alert alert;
    alert.id = std::move(id);
    alert.edge = "edge-1";
    alert.pipeline = "rul";
    alert.asset = "engine-1";
    alert.decision = "maintenance";
    alert.state = state;
    alert.opened = alert.updated = kStart + after_start;
    alert.value = std::numeric_limits<double>::quiet_NaN();
    alert.why = {{"s2.w30.mean", 642.5, 641, -12}, {"s3.w30.mean", 1, 1, 0}};
    store::EdgeChanges changes;
    changes.alerts = {alert};
    EXPECT_TRUE(db->commit(std::span(&changes, 1)));
    live.note_alerts({alert});
    return alert;
  }

  sim::SimClock clock{kStart + Duration::seconds(3600)};
  StreamDirectory directory;
  LiveView live{directory};
  EventFeed feed;
  std::unique_ptr<store::EdgeDb> db;
  std::unique_ptr<store::Journal> readings;
  std::unique_ptr<store::Journal> predictions;
  std::unique_ptr<store::History> readings_history;
  std::unique_ptr<store::History> predictions_history;
  Result<Reloaded> reloaded = Reloaded{"sha256:new", {"pipeline rul"}, {}};
  net::HttpFiles page{std::span(kPage)};
  std::unique_ptr<Auth> auth;
  std::unique_ptr<Api> api;

 private:
  static constexpr std::array<EmbeddedFile, 2> kPage = {
      {{"index.html", "<!doctype html>"}, {"assets/page-1a2b.js", "export {};"}}};

  static std::shared_ptr<const Plan> plan() {
    auto plan = std::make_shared<Plan>();
    plan->revision = "sha256:running";
    PlannedPipeline rul;
    rul.name = "rul";
    rul.version = "sha256:version";
    rul.model_digest = "sha256:model";
    rul.spec.title = "Remaining useful life";
    rul.spec.assets = "engine-*";
    rul.spec.streams = {"s2", "s3"};
    rul.spec.model = domain::ModelSpec{"rul.onnx", ""};
    rul.spec.decisions = {{.name = "maintenance",
                           .output = "",
                           .when = domain::When::below,
                           .threshold = 30,
                           .k = 3,
                           .n = 5}};
    rul.spec.risk = domain::RiskSpec{"rul", 125, 0};
    rul.outputs = {"rul"};
    rul.units = {"cycles"};
    plan->pipelines = {rul};
    domain::ConnectionSpec mqtt;
    mqtt.address = "127.0.0.1:1883";
    mqtt.password_file = "secret.txt";
    mqtt.mappings = {
        {.topic = "presses/{asset}",
         .asset = "press-{asset}",
         .streams = {{.stream = "s2", .title = "of another machine"}}},
        {.topic = "plant/{asset}",
         .streams = {{.stream = "s2", .title = "LPC outlet temperature"}, {.stream = "s3"}}}};
    plan->config.connections = {{"plant", mqtt, "", {}}};
    plan->config.contracts = {{"engines", {.assets = "engine-*", .owner = "shop"}, "", {}}};
    return plan;
  }

  ApiSources sources() {
    return {live,
            directory,
            *db,
            *readings_history,
            *predictions_history,
            feed,
            clock,
            [](codec::JsonWriter& json, std::size_t problems_max) {
              json.member("edge", problems_max == 20 ? "edge-1" : "edge-1 with all problems");
            },
            [] { return std::string("lineside_ready 1\n"); },
            [this] { return reloaded; },
            [] { return ConfigState{"plant", kStart, {"a.yaml:3:1: spec: unknown field"}}; }};
  }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() /
      std::format("api-{}-{:x}", ::getpid(), reinterpret_cast<std::uintptr_t>(this));
  sim::SimFiles files_;
  sim::SimRandom random_{7};
};

class ApiTest : public testing::Test, protected ApiFixture {
 protected:
  Json get_json(std::string_view target) {
    const net::HttpResponse response = get(target);
    EXPECT_EQ(response.status, 200) << target << response.body;
    EXPECT_EQ(response.header("Content-Type"), "application/json");
    EXPECT_EQ(response.header("Cache-Control"), "no-store");
    return Json::parse(response.body);
  }
  // Status and text of an error.
  static std::string error_of(const net::HttpResponse& response) {
    const Json json = Json::parse(response.body);
    return std::to_string(response.status) + " " + json.at("error").at("code").get<std::string>() +
           ": " + json.at("error").at("text").get<std::string>();
  }
  std::string error_of(std::string_view target) { return error_of(get(target)); }

  // What a page that starts is told now.
  std::string read_events(std::string_view last_id = "") {
    std::vector<net::HttpHeader> headers = {{"Host", "127.0.0.1:4000"},
                                            {"Authorization", "Bearer " + std::string(kToken)}};
    if (!last_id.empty()) headers.push_back({"Last-Event-ID", std::string(last_id)});
    const auto response = api->answer({"GET", *net::parse_target("/api/v1/events"), headers, ""});
    EXPECT_EQ(response.header("Content-Type"), "text/event-stream");
    std::string text;
    EXPECT_TRUE(response.stream->more(text));
    return text;
  }
  std::string id_of(std::uint64_t number) const {
    return std::to_string(static_cast<std::uint64_t>(start_.ns / 1000) + number);
  }
  const Time start_ = clock.now();
};

TEST_F(ApiTest, HealthNeedsNoSignInAndSaysNothingElse) {
  const auto response = api->answer({"GET", *net::parse_target("/healthz"), {}, ""});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "ok\n");
}

TEST_F(ApiTest, EverythingElseOfTheApiNeedsIt) {
  for (const char* target : {"/api/v1/status", "/api/v1/events", "/metrics", "/api/v1/none"}) {
    const auto response =
        api->answer({"GET", *net::parse_target(target), {{"Host", "127.0.0.1:4000"}}, ""});
    EXPECT_EQ(error_of(response),
              "401 unauthenticated: expected a session or a bearer token, found neither");
    EXPECT_EQ(response.header("WWW-Authenticate"), "Bearer");
  }
}

TEST_F(ApiTest, OtherSitesAreRefusedWhateverTheyKnow) {
  const std::string bearer = "Bearer " + std::string(kToken);
  const auto target = *net::parse_target("/api/v1/status");
  EXPECT_EQ(api->answer({"GET", target, {{"Host", "evil.example"}, {"Authorization", bearer}}, ""})
                .status,
            403);
  EXPECT_EQ(api->answer({"POST",
                         *net::parse_target("/api/v1/config/reload"),
                         {{"Host", "127.0.0.1:4000"},
                          {"Origin", "http://evil.example"},
                          {"Authorization", bearer}},
                         ""})
                .status,
            403);
  EXPECT_EQ(api->answer({"GET", *net::parse_target("/"), {{"Host", "evil.example"}}, ""}).status,
            403)
      << "the page as well";
}

TEST_F(ApiTest, AttemptsBeyondTheLimitAreTold) {
  const auto attempt = [&] {
    return api->answer({"GET",
                        *net::parse_target("/metrics"),
                        {{"Host", "127.0.0.1:4000"}, {"Authorization", "Bearer x"}},
                        ""});
  };
  for (int i = 0; i < 10; ++i) EXPECT_EQ(attempt().status, 401);
  const auto response = attempt();
  EXPECT_EQ(response.status, 429);
  EXPECT_EQ(response.header("Retry-After"), "1");
}

TEST_F(ApiTest, ALinkOpensAPageThatMayAsk) {
  const std::string link = auth->new_link();
  const auto opened = api->answer(
      {"GET", *net::parse_target(link.substr(link.find("/?"))), {{"Host", "127.0.0.1:4000"}}, ""});
  EXPECT_EQ(opened.status, 303);
  const std::string_view set = opened.header("Set-Cookie");
  const std::string cookie(set.substr(0, set.find(';')));
  const auto shown = api->answer(
      {"GET", *net::parse_target("/"), {{"Host", "127.0.0.1:4000"}, {"Cookie", cookie}}, ""});
  EXPECT_EQ(shown.content(), "<!doctype html>");
  EXPECT_EQ(api->answer({"GET",
                         *net::parse_target("/api/v1/status"),
                         {{"Host", "127.0.0.1:4000"}, {"Cookie", cookie}},
                         ""})
                .status,
            200);
}

TEST_F(ApiTest, SaysWhatIsNotThere) {
  EXPECT_EQ(error_of("/nothing"), "404 not_found: nothing is at '/nothing'");
  EXPECT_EQ(error_of("/api/v1/assets/engine-1/more"),
            "404 not_found: nothing is at '/api/v1/assets/engine-1/more'");
  EXPECT_EQ(error_of("/assets/../api.h"), "404 not_found: nothing is at '/assets/../api.h'");
  EXPECT_EQ(error_of("/api/v1/assets/engine-9"), "404 not_found: no asset 'engine-9'");
  EXPECT_EQ(error_of("/api/v1/history?stream=engine-9/s2"),
            "404 not_found: no stream 'engine-9/s2'");
  EXPECT_TRUE(error_of("/api/v1/alerts/none").starts_with("404 not_found: "));
  EXPECT_EQ(
      ask("POST", "/api/v1/alerts/none/verdicts", R"({"verdict":"unsure","author":"a"})").status,
      404);
}

TEST_F(ApiTest, SaysWhichMethodsAPathHas) {
  const auto post = ask("POST", "/api/v1/status");
  EXPECT_EQ(error_of(post), "405 invalid: expected GET, HEAD");
  EXPECT_EQ(post.header("Allow"), "GET, HEAD");
  EXPECT_EQ(ask("GET", "/api/v1/config/reload").header("Allow"), "POST");
  EXPECT_EQ(ask("DELETE", "/api/v1/alerts/x").status, 405);
  EXPECT_EQ(ask("POST", "/").status, 405);
  EXPECT_EQ(ask("HEAD", "/api/v1/status").status, 200);
}

TEST_F(ApiTest, NamesParametersThatAreWrong) {
  EXPECT_EQ(error_of("/api/v1/alerts?stat=open"),
            "400 invalid: unknown parameter 'stat', expected state,asset,limit");
  EXPECT_EQ(error_of("/api/v1/status?x=1"), "400 invalid: unknown parameter 'x', expected none");
  EXPECT_EQ(error_of("/api/v1/alerts?limit=1&limit=2"), "400 invalid: limit: given twice");
  EXPECT_EQ(error_of("/api/v1/alerts?state=closed"),
            "400 invalid: state: expected open, cleared or all, found 'closed'");
  for (const char* limit : {"0", "1001", "-1", "1e2", "x"})
    EXPECT_EQ(error_of(std::string("/api/v1/alerts?limit=") + limit),
              std::string("400 invalid: limit: expected a whole number from 1 to 1000, found '") +
                  limit + "'");
}

TEST_F(ApiTest, ListsAssetsByRisk) {
  record(*readings, {"engine-1", "s2", "degR"}, 2);
  record(*readings, {"press-1", "temperature", ""}, 1);
  live.note_predictions({{"rul", "engine-1", kStart, {100.0F}}});
  const Json assets = get_json("/api/v1/assets").at("assets");
  ASSERT_EQ(assets.size(), 2U);
  EXPECT_EQ(assets[0].at("asset"), "engine-1");
  EXPECT_EQ(assets[0].at("risk"), 0.2);
  EXPECT_EQ(assets[0].at("predictions")[0].at("output"), "rul");
  EXPECT_EQ(assets[0].at("predictions")[0].at("value"), 100.0);
  EXPECT_EQ(assets[1].at("risk"), nullptr);
  EXPECT_EQ(assets[1].at("health"), "ok");
}

TEST_F(ApiTest, PredictionsHoldAsLongAsTheirPipelineStays) {
  record(*readings, {"engine-1", "s2", "degR"}, 2);
  live.note_predictions({{"rul", "engine-1", kStart, {100.0F}}});
  auto other = std::make_shared<Plan>(*live.plan());
  other->pipelines.insert(other->pipelines.begin(), other->pipelines.front());
  other->pipelines.front().name = "another";
  live.take_plan(other);
  EXPECT_EQ(get_json("/api/v1/assets").at("assets")[0].at("predictions").size(), 1U);
  live.note_predictions({{"rul", "engine-1", kStart, {90.0F}}});
  const Json shown = get_json("/api/v1/assets").at("assets")[0].at("predictions");
  ASSERT_EQ(shown.size(), 1U) << "it stands where the new plan has it";
  EXPECT_EQ(shown[0].at("value"), 90.0);
  other = std::make_shared<Plan>(*other);
  other->pipelines.back().model_digest = "sha256:retrained";
  live.take_plan(other);
  EXPECT_EQ(get_json("/api/v1/assets").at("assets")[0].at("predictions").size(), 0U);
}

TEST_F(ApiTest, ShowsAnAssetWithAllThatIsKnown) {
  record(*readings, {"engine-1", "s2", "degR"}, 3);
  raise("a1", {}, domain::AlertState::open);
  const Json asset = get_json("/api/v1/assets/engine%2D1");
  EXPECT_EQ(asset.at("open_alerts"), 1);
  EXPECT_EQ(asset.at("streams"), Json::parse(R"([{"stream": "s2",
      "title": "LPC outlet temperature", "unit": "degR", "value": 2, "time": "2023-11-14T22:13:22Z", "quality": "good", "state": "ok"}])"));
  EXPECT_EQ(asset.at("pipelines"), Json::parse(R"([{"name": "rul", "title": "Remaining useful life",
      "version": "sha256:version", "model": {"file": "rul.onnx", "digest": "sha256:model"},
      "outputs": ["rul"], "lateness": "0s", "missing": "skip", "streams": ["s2", "s3"],
      "decisions": [{"name": "maintenance", "output": "rul", "when": "below",
      "threshold": 30.0, "clear": null, "k": 3, "n": 5, "severity": "warning"}]}])"));
  EXPECT_EQ(asset.at("alerts").size(), 1U);
  EXPECT_EQ(asset.at("alerts")[0].at("id"), "a1");
  record(*readings, {"press-1", "temperature", ""}, 1);
  EXPECT_EQ(get_json("/api/v1/assets/press-1").at("pipelines"), Json::array());
}

TEST_F(ApiTest, GivesHistoryAsItIsOrReduced) {
  record(*readings, {"engine-1", "s2", "degR"}, 1000);
  const Json part = get_json(
      "/api/v1/history?stream=engine-1/s2&from=2023-11-14T22:13:22Z&to=2023-11-14T22:13:24.5Z");
  EXPECT_EQ(part, Json::parse(R"({"stream": "engine-1/s2", "unit": "degR",
      "from": "2023-11-14T22:13:22Z", "to": "2023-11-14T22:13:24.500Z", "reduced": false,
      "time": [1700000002000, 1700000003000, 1700000004000], "value": [2, 3, 4]})"));

  const Json all = get_json("/api/v1/history?stream=engine-1/s2&points=10");
  EXPECT_EQ(all.at("reduced"), true);
  EXPECT_LE(all.at("time").size(), 10U);
  EXPECT_EQ(all.at("value").front(), 0.0);
  EXPECT_EQ(all.at("value").back(), 999.0);
  EXPECT_EQ(all.at("from"), "2023-11-14T22:13:20Z");
  EXPECT_EQ(all.at("to"), "2023-11-14T22:29:59Z");
  EXPECT_EQ(get_json("/api/v1/history?stream=engine-1/s2").at("time").size() > 10, true);
}

TEST_F(ApiTest, PredictionsAreStreamsToo) {
  record(*readings, {"engine-1", "s2", ""}, 1);
  record(*predictions, {"engine-1", "rul.rul", "cycles"}, 3);
  record(*predictions, {"engine-1", "retired.score", ""}, 2);
  const Json rul = get_json("/api/v1/history?stream=engine-1/rul.rul");
  EXPECT_EQ(rul.at("unit"), "cycles");
  EXPECT_EQ(rul.at("value"), Json::parse("[0, 1, 2]"));
  EXPECT_EQ(get_json("/api/v1/history?stream=engine-1/retired.score").at("value").size(), 2U)
      << "also of a pipeline that is gone";
}

TEST_F(ApiTest, AnEmptyPartOfHistoryIsNoError) {
  record(*readings, {"engine-1", "s2", ""}, 1);
  const Json part = get_json("/api/v1/history?stream=engine-1/s2&from=2024-01-01T00:00:00Z");
  EXPECT_EQ(part.at("time"), Json::array());
  EXPECT_EQ(part.at("to"), "2023-11-14T23:13:20Z");
}

TEST_F(ApiTest, NamesWhatIsWrongWithAQuestionAboutHistory) {
  record(*readings, {"engine-1", "s2", ""}, 1);
  EXPECT_EQ(error_of("/api/v1/history"), "400 invalid: stream: expected asset/stream, found ''");
  EXPECT_EQ(error_of("/api/v1/history?stream=s2"),
            "400 invalid: stream: expected asset/stream, found 's2'");
  EXPECT_TRUE(error_of("/api/v1/history?stream=engine-1/s2&from=yesterday")
                  .starts_with("400 invalid: from: "));
  EXPECT_EQ(
      error_of("/api/v1/history?stream=engine-1/s2&from=2024-01-02&to=2024-01-01").substr(0, 12),
      "400 invalid:");
  EXPECT_EQ(error_of("/api/v1/history?stream=engine-1/s2&from=2024-01-02T00:00:00Z"
                     "&to=2024-01-01T00:00:00Z"),
            "400 invalid: to: expected 2024-01-02T00:00:00Z or later, found 2024-01-01T00:00:00Z");
  EXPECT_EQ(error_of("/api/v1/history?stream=engine-1/s2&points=3"),
            "400 invalid: points: expected a whole number from 4 to 5000, found '3'");
}

TEST_F(ApiTest, ListsAlertsNewestFirst) {
  raise("a1", Duration::seconds(1), domain::AlertState::cleared);
  raise("a2", Duration::seconds(2), domain::AlertState::open);
  const Json all = get_json("/api/v1/alerts").at("alerts");
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].at("id"), "a2");
  EXPECT_EQ(all[0].at("value"), nullptr) << "not a number";
  EXPECT_EQ(all[0].at("why")[0].at("effect"), -12.0);
  EXPECT_EQ(all[0].at("titles"), Json::parse(R"({"s2": "LPC outlet temperature"})"));
  EXPECT_EQ(all[0].at("verdicts"), Json::array());
  EXPECT_EQ(get_json("/api/v1/alerts?state=open").at("alerts").size(), 1U);
  EXPECT_EQ(get_json("/api/v1/alerts?state=cleared").at("alerts")[0].at("id"), "a1");
  EXPECT_EQ(get_json("/api/v1/alerts?asset=engine-2").at("alerts"), Json::array());
  EXPECT_EQ(get_json("/api/v1/alerts?limit=1").at("alerts").size(), 1U);
  EXPECT_EQ(get_json("/api/v1/alerts/a1").at("state"), "cleared");
}

TEST_F(ApiTest, KeepsAVerdictAndTellsEveryone) {
  raise("a1", {}, domain::AlertState::open);
  const auto response = ask("POST", "/api/v1/alerts/a1/verdicts",
                            R"({"verdict": "false", "cause": "sensor", "note": "two\nlines",
                                "author": " Ada "})");
  EXPECT_EQ(response.status, 201);
  const Json verdict = Json::parse(response.body);
  EXPECT_EQ(verdict, Json::parse(R"({"alert": "a1", "verdict": "false", "cause": "sensor",
      "note": "two\nlines", "author": "Ada", "author_verified": false,
      "time": "2023-11-14T23:13:20Z"})"));
  EXPECT_EQ(get_json("/api/v1/alerts/a1").at("verdicts"), Json::array({verdict}));

  const auto events = feed.after(0);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].type, "verdict");
  EXPECT_EQ(Json::parse(events[0].json), verdict);
  EXPECT_EQ(events[1].type, "alert");
  EXPECT_EQ(Json::parse(events[1].json).at("verdicts"), Json::array({verdict}));
}

TEST_F(ApiTest, NamesWhatIsWrongWithAVerdict) {
  raise("a1", {}, domain::AlertState::open);
  const auto give = [&](std::string body) {
    return error_of(ask("POST", "/api/v1/alerts/a1/verdicts", std::move(body)));
  };
  EXPECT_TRUE(give("{").starts_with("400 invalid: not JSON: "));
  EXPECT_EQ(give(R"({"author":"a"})"), "400 invalid: missing field 'verdict'");
  EXPECT_EQ(give(R"({"verdict":"unsure"})"), "400 invalid: missing field 'author'");
  EXPECT_EQ(give(R"({"verdict":"maybe","author":"a"})"),
            "400 invalid: verdict: expected one of confirmed, false, unsure, found \"maybe\"");
  EXPECT_EQ(give(R"({"verdict":"unsure","author":"a","time":"now"})"),
            "400 invalid: unknown field 'time', expected verdict, cause, note, author");
  EXPECT_EQ(give(R"({"verdict":"unsure","author":"  "})"),
            "400 invalid: author: expected a name, found none");
  EXPECT_EQ(give(R"({"verdict":"unsure","author":"a\u0000b"})"),
            "400 invalid: author: expected no control characters, found 'a\\x00b'");
  EXPECT_EQ(give(R"({"verdict":"unsure","author":"a","cause":"b\nc"})"),
            "400 invalid: cause: expected no control characters, found 'b\\nc'");
  for (const char* odd : {"\\u202e", "\\u2028", "\\u009b"})
    for (const char* field : {"cause", "note", "author"}) {
      Json body = Json::parse(R"({"verdict":"unsure","author":"a"})");
      body[field] = Json::parse(std::format("\"b{}\"", odd));
      const std::string refused = give(body.dump());
      EXPECT_TRUE(refused.starts_with(
          std::format("400 invalid: {}: expected no control characters, found", field)))
          << refused;
    }
  const std::string large(2001, 'x');
  EXPECT_EQ(give(R"({"verdict":"unsure","author":"a","note":")" + large + "\"}"),
            "400 invalid: note: expected at most 2000 bytes, found 2001");
  EXPECT_EQ(give(R"({"verdict":"unsure","author":"a","cause":")" + large.substr(0, 201) + "\"}"),
            "400 invalid: cause: expected at most 200 bytes, found 201");
  EXPECT_EQ(give(R"({"verdict":"unsure","author":")" + large.substr(0, 101) + "\"}"),
            "400 invalid: author: expected at most 100 bytes, found 101");
  EXPECT_EQ(give(""), "400 invalid: not JSON: EMPTY: no JSON found");
  EXPECT_EQ(get_json("/api/v1/alerts/a1").at("verdicts"), Json::array()) << "none was kept";
}

TEST_F(ApiTest, TakesBodiesOfJsonOnly) {
  raise("a1", {}, domain::AlertState::open);
  const auto response = api->answer({"POST",
                                     *net::parse_target("/api/v1/alerts/a1/verdicts"),
                                     {{"Host", "127.0.0.1:4000"},
                                      {"Authorization", "Bearer " + std::string(kToken)},
                                      {"Content-Type", "text/plain"}},
                                     R"({"verdict":"unsure","author":"a"})"});
  EXPECT_EQ(error_of(response), "415 invalid: Content-Type: expected application/json");
}

TEST_F(ApiTest, ListsRejects) {
  store::EdgeChanges changes;
  changes.rejects = {{"plant", domain::Reject::not_json, 3, kStart, "s2=642.1"}};
  ASSERT_TRUE(db->commit(std::span(&changes, 1)));
  EXPECT_EQ(get_json("/api/v1/rejects"),
            Json::parse(R"({"rejects": [{"connection": "plant", "since": "2023-11-14T22:12:20Z",
      "reason": "not_json", "count": 3, "last": "2023-11-14T22:13:20Z", "sample": "s2=642.1"}]})"));
}

TEST_F(ApiTest, ShowsTheConfigurationWithoutItsSecrets) {
  const Json config = get_json("/api/v1/config");
  EXPECT_EQ(config.at("revision"), "sha256:running");
  EXPECT_EQ(config.at("folder"), "plant");
  EXPECT_EQ(config.at("follows_hub"), false);
  EXPECT_EQ(config.at("loaded"), "2023-11-14T22:13:20Z");
  EXPECT_EQ(config.at("problems").size(), 1U);
  EXPECT_EQ(config.at("pipelines")[0].at("name"), "rul");
  EXPECT_EQ(config.at("pipelines")[0].at("streams"), Json::parse(R"(["s2", "s3"])"));
  EXPECT_EQ(config.at("connections")[0].at("topics"),
            Json::parse(R"(["presses/{asset}", "plant/{asset}"])"));
  EXPECT_EQ(config.at("contracts")[0].at("owner"), "shop");
  EXPECT_EQ(config.dump().find("secret"), std::string::npos);
}

TEST_F(ApiTest, ReloadsOrSaysEveryProblem) {
  const auto done = ask("POST", "/api/v1/config/reload", "{}");
  EXPECT_EQ(done.status, 200);
  EXPECT_EQ(Json::parse(done.body),
            Json::parse(R"({"revision": "sha256:new", "changed": ["pipeline rul"]})"));
  reloaded = Reloaded{"sha256:running", {}, {"a.yaml:1:1: x", "b.yaml:2:2: y"}};
  const auto refused = ask("POST", "/api/v1/config/reload");
  EXPECT_EQ(error_of(refused),
            "422 invalid: the configuration has problems; the one in force stays");
  EXPECT_EQ(Json::parse(refused.body).at("problems").size(), 2U);
  reloaded = fail(Code::conflict, "a reload is under way");
  EXPECT_EQ(error_of(ask("POST", "/api/v1/config/reload")), "409 conflict: a reload is under way");
}

TEST_F(ApiTest, GivesMetricsAsText) {
  const auto response = get("/metrics");
  EXPECT_EQ(response.header("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(response.body, "lineside_ready 1\n");
}

TEST_F(ApiTest, EventsBeginWithAResetAndThenTheStatus) {
  EXPECT_EQ(read_events(), "id: " + id_of(1) + "\nevent: reset\ndata: {}\n\n")
      << "the status that the first look made comes after the reset";
  feed.publish("alert", "{}");
  EXPECT_EQ(read_events(id_of(0)), "id: " + id_of(1) +
                                       "\nevent: status\ndata: {\"edge\":\"edge-1\"}\n\n"
                                       "id: " +
                                       id_of(2) + "\nevent: alert\ndata: {}\n\n");
  EXPECT_EQ(read_events(id_of(2)), "");
}

TEST_F(ApiTest, OnlyEventsLeaveProblemsOut) {
  EXPECT_EQ(get_json("/api/v1/status").at("edge"), "edge-1 with all problems");
  read_events();
  EXPECT_NE(read_events(id_of(0)).find(R"({"edge":"edge-1"})"), std::string::npos);
}

TEST_F(ApiTest, EventsThatCannotResumeBeginAnew) {
  read_events();
  const std::string reset = "id: " + id_of(1) + "\nevent: reset\ndata: {}\n\n";
  EXPECT_EQ(read_events("17"), reset) << "of a process before this one";
  EXPECT_EQ(read_events(id_of(99)), reset) << "never given";
  EXPECT_EQ(read_events("x"), reset);
  for (std::size_t i = 0; i < EventFeed::kKept + 5; ++i) feed.publish("alert", "{}");
  EXPECT_TRUE(
      read_events(id_of(1)).starts_with("id: " + id_of(EventFeed::kKept + 6) + "\nevent: reset\n"))
      << "gone from the ring";
}

TEST_F(ApiTest, StatusIsMadeOnceASecondHoweverManyRead) {
  read_events();
  read_events();
  EXPECT_EQ(feed.newest(), 1U);
  clock.advance(Duration::seconds(1));
  read_events();
  read_events();
  EXPECT_EQ(feed.newest(), 2U);
}

TEST_F(ApiTest, AStreamHoldsACommentEveryFifteenSeconds) {
  const auto response = get("/api/v1/events");
  const auto comments_after = [&](Duration wait) {
    clock.advance(wait);
    std::string text;
    response.stream->more(text);
    return text.ends_with("\n\n:\n\n");
  };
  EXPECT_FALSE(comments_after({}));
  EXPECT_FALSE(comments_after(Duration::millis(14'900)));
  EXPECT_TRUE(comments_after(Duration::millis(1'000)));
  EXPECT_FALSE(comments_after(Duration::millis(14'900)));
}

TEST_F(ApiTest, ReadersAreCountedWhileTheyRead) {
  EXPECT_FALSE(feed.has_readers());
  {
    const auto response = get("/api/v1/events");
    EXPECT_TRUE(feed.has_readers());
  }
  EXPECT_FALSE(feed.has_readers());
}

TEST_F(ApiTest, TellsChangesOnlyToReadersAndLosesNone) {
  record(*readings, {"engine-1", "s2", ""}, 2);
  publish_changes(live, feed);
  EXPECT_EQ(feed.newest(), 0U);
  feed.reader_joined();
  publish_changes(live, feed);
  const auto events = feed.after(0);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].type, "asset");
  EXPECT_EQ(Json::parse(events[0].json).at("asset"), "engine-1");
  EXPECT_EQ(events[1].type, "readings");
  EXPECT_EQ(Json::parse(events[1].json), Json::parse(R"({"asset": "engine-1",
      "time": "2023-11-14T22:13:21Z", "values": {"s2": 1.0}})"));
  publish_changes(live, feed);
  EXPECT_EQ(feed.newest(), 2U) << "nothing changed since";
  feed.reader_left();
}

TEST_F(ApiTest, ManyChangesComeInTurn) {
  for (int i = 0; i < 300; ++i) record(*readings, {"asset-" + std::to_string(i), "s", ""}, 1);
  feed.reader_joined();
  std::set<std::string> told;
  for (int round = 0; round < 2; ++round) {
    const std::uint64_t before = feed.newest();
    publish_changes(live, feed);
    for (const Event& event : feed.after(before))
      told.insert(Json::parse(event.json).at("asset").get<std::string>());
    // The first ones change again before the others had their turn.
    for (int i = 0; i < 10; ++i) record(*readings, {"asset-" + std::to_string(i), "s", ""}, 1);
  }
  EXPECT_EQ(told.size(), 300U);
  feed.reader_left();
}

}  // namespace
}  // namespace lineside::edge
