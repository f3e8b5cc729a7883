// The wire's server side, asked without sockets, over a real database.
#include "hub/edges/edges.h"

#include <algorithm>
#include <filesystem>
#include <format>
#include <numeric>

#include <gtest/gtest.h>

#include "base/text.h"
#include "codec/canonical.h"
#include "codec/catalog.h"
#include "crypt/digest.h"
#include "crypt/x509.h"
#include "domain/devices.h"
#include "domain/models.h"
#include "domain/people.h"
#include "domain/pipeline.h"
#include "domain/places.h"
#include "net/http_later.h"
#include "net/http_transfer.h"
#include "sim/clock.h"
#include "sim/random.h"
#include "wire/calls.h"
#include "wire/desired.h"

namespace lineside::hub {
namespace {

using domain::Kind;

constexpr Time kStart{1'790'000'000'000'000'000};
const std::string kModel = "an ONNX file";

// An edge that has joined, as the server sees it.
struct TestEdge {
  std::string name;
  net::PeerCertificate peer;
  std::vector<crypt::VerifyKey> keys;
};

class WireSideTest : public testing::Test {
 protected:
  WireSideTest()
      : folder_(std::filesystem::path(testing::TempDir()) /
                ("hub-edges-" + world::system_random().token(6))) {
    open();
    put(Kind::site, "berlin", domain::SiteSpec{});
    put(Kind::site, "hall-1", domain::SiteSpec{.parent = "berlin"});
    put(Kind::site, "hall-2", domain::SiteSpec{.parent = "berlin"});
  }
  ~WireSideTest() override {
    close();
    std::filesystem::remove_all(folder_);
  }
  void open() {
    auto hub =
        Hub::open({.data_folder = folder_.string()}, {world::system_files(), clock_, random_});
    ASSERT_TRUE(hub) << hub.error().text;
    hub_ = std::move(*hub);
    auto edges = Edges::open(*hub_, {.intake = {.unclaimed_max = 20}});
    ASSERT_TRUE(edges) << edges.error().text;
    edges_ = std::move(*edges);
  }
  void close() {
    edges_.reset();
    hub_.reset();
  }

  template <class Spec>
  std::string apply(Kind kind, const std::string& name, const Spec& spec, bool deletes = false) {
    store::ObjectWrite write;
    write.object.kind = kind;
    write.object.name = name;
    write.object.spec = codec::canonical_json(spec);
    auto refs = *codec::spec_refs(kind, write.object.spec);
    write.object.refs = std::move(refs.refs);
    write.object.terms = std::move(refs.terms);
    write.deletes = deletes;
    const auto applied = hub_->apply({.writes = std::span(&write, 1),
                                      .author = "test",
                                      .actor = "test",
                                      .note = {},
                                      .time = clock_.now()});
    if (!applied) return applied.error().text;
    return applied->problems.empty() ? "" : applied->problems[0].text;
  }
  template <class Spec>
  void put(Kind kind, const std::string& name, const Spec& spec) {
    ASSERT_EQ(apply(kind, name, spec), "");
  }
  void put_contract(const std::string& name, const std::string& site,
                    const std::string& owner = "ot") {
    put(Kind::contract, name, domain::ContractSpec{.owner = owner, .site = site});
  }

  std::string token(const std::string& site, const std::string& edge = "", unsigned uses = 1) {
    const std::string secret = "lse_" + random_.token(16);
    store::EnrolmentToken token;
    token.name = random_.token(4);
    token.digest = crypt::sha256_hex(as_bytes(secret));
    token.site = site;
    token.edge = edge;
    token.created_by = kHubAuthor;
    token.created = clock_.now();
    token.expires = clock_.now() + Duration::seconds(3600);
    token.max_uses = uses;
    EXPECT_TRUE(hub_->db().tokens().add_enrolment(token, {}));
    return secret;
  }

  static net::HttpRequest request(std::string method, std::string_view target, std::string body,
                                  const TestEdge* edge) {
    net::HttpRequest request{std::move(method), *net::parse_target(target), {}, std::move(body)};
    if (edge != nullptr) request.peer = edge->peer;
    return request;
  }
  net::HttpResponse ask(std::string method, std::string_view target, std::string body = "",
                        const TestEdge* edge = nullptr) {
    return edges_->answer(request(std::move(method), target, std::move(body), edge));
  }
  net::HttpResponse try_join(const std::string& secret, const std::string& edge = "") {
    const auto made = *crypt::make_key_and_csr("anything", "");
    return ask("POST", wire::kJoinPath,
               wire::write_message(wire::JoinRequest{
                   .token = secret, .csr = made.csr_pem, .edge = edge, .version = "0"}));
  }
  static net::PeerCertificate peer_of(const std::string& pem) {
    const auto certificate = *crypt::parse_certificate(pem);
    return {to_hex(certificate.sha256), certificate.serial_hex, certificate.common_name,
            certificate.uris, certificate.not_after};
  }
  TestEdge join(const std::string& secret, const std::string& edge = "") {
    const auto response = try_join(secret, edge);
    EXPECT_EQ(response.status, 200) << response.body;
    const auto answer = wire::read_message<wire::JoinAnswer>(response.body, "join");
    EXPECT_TRUE(answer);
    if (!answer) return {};
    settle();
    return {answer->edge,
            peer_of(answer->certificate),
            {*crypt::VerifyKey::from_pem(answer->state_keys.at(0))}};
  }
  void settle() {
    clock_.advance(Duration::seconds(1));
    edges_->step();
  }

  // What the edge is told, verified as the edge does; without waiting.
  std::optional<wire::DesiredState> state(const TestEdge& edge, std::uint64_t after = 0) {
    const auto response =
        ask("GET", std::format("/wire/v1/state?after={}&wait=0", after), "", &edge);
    if (response.status != 200) {
      EXPECT_EQ(response.status, 204) << response.body;
      return std::nullopt;
    }
    const auto envelope = wire::parse_envelope(response.body);
    EXPECT_TRUE(envelope);
    auto verified = wire::verify_desired(*envelope, edge.keys, edge.name, clock_.now(), {});
    EXPECT_TRUE(verified) << verified.error().text;
    return verified ? std::optional(std::move(*verified)) : std::nullopt;
  }
  std::vector<std::string> names(const TestEdge& edge) {
    std::vector<std::string> names;
    const auto desired = state(edge);
    if (!desired) return {"nothing"};
    for (const auto& manifest : desired->content.manifests) names.push_back(manifest.name);
    return names;
  }
  std::shared_ptr<net::HttpLater> wait(const TestEdge& edge, std::uint64_t after) {
    return ask("GET", std::format("/wire/v1/state?after={}&wait=55", after), "", &edge).later;
  }
  static bool is_open(const std::shared_ptr<net::HttpLater>& later) {
    // Completed ones say so: a second answer is one too many.
    return later->complete({.status = 599});
  }
  std::string report_of(const TestEdge& edge, std::uint64_t version,
                        wire::ReportState state = wire::ReportState::applied,
                        std::vector<std::string> problems = {}, std::uint64_t offered = 0) const {
    wire::StateReport report;
    report.edge = edge.name;
    report.version = version;
    report.offered = offered;
    report.state = state;
    report.problems = std::move(problems);
    report.seen = clock_.now();
    return wire::write_message(report);
  }
  std::string twin(const TestEdge& edge) {
    const auto twin = edges_->twin(edge.name);
    if (!twin) return twin.error().text;
    return std::string(domain::to_text(twin->state)) + (twin->why.empty() ? "" : ": " + twin->why);
  }

  void put_engineer(const std::string& name, const std::string& site) {
    put(Kind::person, name, domain::PersonSpec{.roles = {{.role = "ot-engineer", .site = site}}});
  }
  // A pipeline over a model version whose file is in the store; approved by `approver`.
  void put_model(const std::string& content = kModel) {
    for (const char* name : {"anna", "bob"}) put_engineer(name, "");
    put(Kind::model, "m", domain::CatalogModelSpec{.owner = "ds"});
    digest_ = crypt::sha256_hex(as_bytes(content));
    put(Kind::model_version, "m:1",
        domain::ModelVersionSpec{.model = "m", .digest = "sha256:" + digest_, .author = "anna"});
  }
  void put_artifact(const std::string& content = kModel) {
    auto writer = *hub_->blobs().create(1 << 20);
    ASSERT_TRUE(writer.append(as_bytes(content)));
    ASSERT_TRUE(writer.finish());
    ASSERT_TRUE(hub_->db().artifacts().add(
        {digest_, content.size(), "application/octet-stream", "anna", clock_.now()}, {}));
  }
  void approve(const std::string& digest, const std::string& by, const std::string& requested_by) {
    store::Approval approval;
    approval.subject = {Kind::model_version, "m:1"};
    approval.digest = digest;
    approval.purpose = "\"\"";
    approval.requested_by = requested_by;
    approval.requested = clock_.now();
    approval.id = *hub_->db().approvals().request(approval, {});
    approval.state = store::ApprovalState::approved;
    approval.decided_by = by;
    approval.decided = clock_.now();
    ASSERT_TRUE(hub_->db().approvals().decide(approval, {}));
  }
  void put_pipeline(const std::string& site, const std::string& edge = "") {
    domain::PipelineSpec spec{.streams = {"t"}, .site = site, .edge = edge};
    spec.model = domain::ModelSpec{.version = "m:1"};
    put(Kind::pipeline, edge.empty() ? "health" : "own", spec);
  }
  void look_anew() {
    clock_.advance(Duration::seconds(61));
    edges_->step();
  }

  const std::filesystem::path folder_;
  sim::SimClock clock_{kStart};
  sim::SimRandom random_{3};
  std::unique_ptr<Hub> hub_;
  std::unique_ptr<Edges> edges_;
  std::string digest_;
};

// ---- Joining -----------------------------------------------------------------------------------

TEST_F(WireSideTest, AnEdgeJoinsByATokenAndBecomesADevice) {
  const auto response = try_join(token("hall-1"), "press-7");
  ASSERT_EQ(response.status, 200) << response.body;
  const auto answer = *wire::read_message<wire::JoinAnswer>(response.body, "join");
  EXPECT_EQ(answer.edge, "press-7");
  const auto certificate =
      crypt::verify_certificate(answer.certificate, answer.ca, clock_.now() - Duration::seconds(60),
                                crypt::CertificateUse::client);
  ASSERT_TRUE(certificate) << certificate.error().text;
  EXPECT_EQ(certificate->uris, std::vector<std::string>{"urn:lineside:edge:press-7"});
  EXPECT_EQ(certificate->common_name, "press-7") << "nothing but the key comes from the request";
  EXPECT_LT(answer.renew_after, certificate->not_after);
  const auto device = hub_->db().catalog().get(Kind::device, "press-7");
  ASSERT_TRUE(device);
  const auto spec = *codec::read_spec<domain::DeviceSpec>(device->spec);
  EXPECT_TRUE(spec.edge);
  EXPECT_EQ(spec.site, "hall-1");
  const auto audit = *hub_->db().audit().entries({.action = "edge.joined"});
  ASSERT_EQ(audit.size(), 1U);
  EXPECT_EQ(audit[0].entry.subject, "Edge/press-7");
}

TEST_F(WireSideTest, TokensHoldOnceInTimeAndForTheirEdge) {
  const std::string once = token("hall-1");
  EXPECT_EQ(try_join(once, "a").status, 200);
  EXPECT_EQ(try_join(once, "b").status, 401);
  EXPECT_EQ(try_join("lse_wrong", "b").status, 401);
  const std::string named = token("hall-1", "c");
  EXPECT_EQ(try_join(named, "d").status, 403);
  EXPECT_EQ(try_join(named).status, 200) << "what failed has not used it up";
  const std::string late = token("hall-1");
  clock_.advance(Duration::seconds(3600));
  EXPECT_EQ(try_join(late, "e").status, 401);
  EXPECT_FALSE(hub_->db().catalog().get(Kind::device, "e"));
  EXPECT_EQ(hub_->db().audit().entries({.action = "edge.join_refused"})->size(), 4U);
  const std::string group = token("hall-1", "", 3);
  EXPECT_EQ(try_join(group, "f").status, 200);
  const auto made_up = try_join(group);
  ASSERT_EQ(made_up.status, 200);
  EXPECT_TRUE(wire::read_message<wire::JoinAnswer>(made_up.body, "")->edge.starts_with("edge-"));
  EXPECT_EQ(try_join(group, "f").status, 409) << "a group token takes nobody's name";
  EXPECT_EQ(try_join(group, "../g").status, 400);
  EXPECT_EQ(try_join(group, "g").status, 200) << "the two refusals have not used it up";
  EXPECT_EQ(try_join(group, "h").status, 401);
}

TEST_F(WireSideTest, TheDeviceOfThatNameMustBeAnEdgeOfThatSite) {
  put(Kind::device, "plc", domain::DeviceSpec{.site = "hall-1"});
  put(Kind::device, "known", domain::DeviceSpec{.title = "T", .site = "hall-1", .edge = true});
  EXPECT_EQ(try_join(token("hall-1"), "plc").status, 409);
  EXPECT_EQ(try_join(token("hall-2"), "known").status, 409);
  EXPECT_EQ(try_join(token("hall-1"), "known").status, 200);
  EXPECT_TRUE(hub_->db().catalog().get(Kind::device, "known")->spec.contains("\"T\""));
}

TEST_F(WireSideTest, JoiningAgainVoidsWhatItHadBefore) {
  const TestEdge before = join(token("hall-1"), "press-7");
  EXPECT_EQ(ask("POST", wire::kReportPath, "", &before).status, 400) << "it may call";
  const TestEdge after = join(token("hall-1", "press-7"));
  EXPECT_EQ(after.name, "press-7");
  EXPECT_EQ(ask("GET", "/wire/v1/state?wait=0", "", &before).status, 403);
  EXPECT_NE(ask("GET", "/wire/v1/state?wait=0", "", &after).status, 403);
}

TEST_F(WireSideTest, OnlyCertificatesOfThisHubThatHoldLetAnEdgeIn) {
  const TestEdge edge = join(token("hall-1"), "press-7");
  const auto status = [&](const TestEdge* who) {
    return ask("GET", "/wire/v1/state?wait=0", "", who).status;
  };
  EXPECT_EQ(status(nullptr), 401);
  TestEdge other = edge;
  other.peer.uris = {"urn:plant:press-7"};
  EXPECT_EQ(status(&other), 401);
  other.peer.uris = {"urn:lineside:edge:press-8"};
  EXPECT_EQ(status(&other), 403) << "its own certificate, another name";
  other = edge;
  other.peer.sha256 = std::string(64, '0');
  EXPECT_EQ(status(&other), 403);
  EXPECT_EQ(ask("GET", "/wire/v1/nothing", "", &edge).status, 404);
  EXPECT_EQ(ask("GET", "/wire/v1/nothing").status, 401) << "strangers learn nothing";
  clock_.advance(Duration::seconds(91 * 86400));
  EXPECT_EQ(status(&edge), 401) << "a connection may outlive the certificate";
}

TEST_F(WireSideTest, RevocationHoldsAtOnceAlsoForWhoWaits) {
  const TestEdge edge = join(token("hall-1"), "press-7");
  const auto waits = wait(edge, 1);
  ASSERT_TRUE(waits);
  EXPECT_EQ(edges_->waiting(), 1U);
  ASSERT_TRUE(hub_->db().edges().revoke("press-7", {clock_.now(), "anna", "stolen"}, {}));
  EXPECT_EQ(ask("GET", "/wire/v1/state?after=0&wait=0", "", &edge).status, 403);
  EXPECT_EQ(ask("POST", wire::kReportPath, report_of(edge, 1), &edge).status, 403);
  EXPECT_EQ(ask("POST", wire::kRenewPath, "{}", &edge).status, 403);
  put_contract("c", "hall-1");
  settle();
  EXPECT_FALSE(is_open(waits));
  EXPECT_EQ(edges_->waiting(), 0U);
}

TEST_F(WireSideTest, ACertificateIsRenewedUnderTheOneInForce) {
  const TestEdge edge = join(token("hall-1"), "press-7");
  const auto made = *crypt::make_key_and_csr("someone-else", "");
  const auto response = ask("POST", wire::kRenewPath,
                            wire::write_message(wire::RenewRequest{.csr = made.csr_pem}), &edge);
  ASSERT_EQ(response.status, 200) << response.body;
  const auto answer = *wire::read_message<wire::RenewAnswer>(response.body, "renew");
  TestEdge renewed = edge;
  renewed.peer = peer_of(answer.certificate);
  EXPECT_EQ(renewed.peer.uris, edge.peer.uris);
  EXPECT_NE(renewed.peer.sha256, edge.peer.sha256);
  EXPECT_NE(ask("GET", "/wire/v1/state?wait=0", "", &renewed).status, 403);
  EXPECT_EQ(hub_->db().audit().entries({.action = "edge.renewed"})->size(), 1U);
  EXPECT_EQ(ask("POST", wire::kRenewPath,
                wire::write_message(wire::RenewRequest{.csr = "no request"}), &edge)
                .status,
            400);
}

// ---- Desired states ----------------------------------------------------------------------------

TEST_F(WireSideTest, AnEdgeGetsWhatNamesItOrIsOfItsSiteOrAboveOrOfNone) {
  const TestEdge one = join(token("hall-1"), "one");
  const TestEdge two = join(token("hall-2"), "two");
  put_contract("all", "berlin");
  put_contract("first", "hall-1");
  put_contract("second", "hall-2");
  put_contract("everywhere", "");
  domain::ConnectionSpec connection{.address = "127.0.0.1:1883", .edge = "two"};
  put(Kind::connection, "own", connection);
  settle();
  EXPECT_EQ(names(one), (std::vector<std::string>{"all", "everywhere", "first"}));
  EXPECT_EQ(names(two), (std::vector<std::string>{"own", "all", "everywhere", "second"}));
  put(Kind::site, "hall-2", domain::SiteSpec{});  // no part of berlin any more
  settle();
  EXPECT_EQ(names(two), (std::vector<std::string>{"own", "everywhere", "second"}));
  EXPECT_EQ(apply(Kind::connection, "own", connection, true), "");
  settle();
  EXPECT_EQ(names(two), (std::vector<std::string>{"everywhere", "second"}));
}

TEST_F(WireSideTest, VersionsGoUpOnlyWhenTheContentChangesAndNeverBack) {
  const TestEdge edge = join(token("hall-1"), "press-7");
  EXPECT_EQ(state(edge)->version, 1U) << "also nothing is a state";
  EXPECT_TRUE(state(edge)->content.manifests.empty());
  put_contract("c", "hall-1");
  settle();
  EXPECT_EQ(state(edge)->version, 2U);
  put_contract("other", "hall-2");
  put(Kind::site, "far", domain::SiteSpec{});
  look_anew();
  EXPECT_EQ(state(edge)->version, 2U);
  EXPECT_FALSE(state(edge, 2)) << "no news";
  const std::string revision = state(edge)->revision;
  put_contract("c", "hall-1", "another owner");
  settle();
  put_contract("c", "hall-1");
  settle();
  EXPECT_EQ(state(edge)->version, 4U) << "the same again is new, too";
  EXPECT_EQ(state(edge)->revision, revision);
  close();
  open();
  EXPECT_EQ(state(edge)->version, 4U) << "after a restart";
  EXPECT_EQ(state(edge)->revision, revision);
}

TEST_F(WireSideTest, WhatIsOfferedIsNeverAboutToExpire) {
  const TestEdge edge = join(token("hall-1"), "press-7");
  for (int day = 0; day < 30; ++day) {
    EXPECT_EQ(state(edge)->expires, clock_.now() + Duration::seconds(7 * 86400));
    clock_.advance(Duration::seconds(86400));
  }
  EXPECT_EQ(state(edge)->version, 1U);
}

TEST_F(WireSideTest, GoesAboveWhatTheEdgeRunsAfterAHubWasSetBack) {
  const TestEdge edge = join(token("hall-1"), "press-7");
  ASSERT_EQ(state(edge)->version, 1U);
  ask("POST", wire::kReportPath, report_of(edge, 41), &edge);
  settle();
  EXPECT_EQ(state(edge)->version, 42U);
  ask("POST", wire::kReportPath, report_of(edge, 42), &edge);
  settle();
  EXPECT_EQ(state(edge)->version, 42U);
  ask("POST", wire::kReportPath, report_of(edge, ~0ULL), &edge);
  settle();
  EXPECT_EQ(state(edge)->version, 42U) << "an edge cannot exhaust the numbers";
}

TEST_F(WireSideTest, NoUnapprovedDigestLeaves) {
  const TestEdge edge = join(token("hall-1"), "press-7");
  put_model();
  put_artifact();
  put_contract("c", "hall-1");
  put_pipeline("hall-1");
  settle();
  const std::vector<std::string> without = {"c"};
  const std::string artifact = "/wire/v1/artifacts/sha256:" + digest_;
  EXPECT_EQ(names(edge), without);
  EXPECT_EQ(ask("GET", artifact, "", &edge).status, 404);
  ask("POST", wire::kReportPath, report_of(edge, 2), &edge);
  settle();
  EXPECT_TRUE(twin(edge).starts_with("in_sync: pipeline health is held back: nobody has approved"))
      << twin(edge);
  approve("sha256:" + std::string(64, '0'), "bob", "carl");
  look_anew();
  EXPECT_EQ(names(edge), without) << "another digest was approved";
  approve("sha256:" + digest_, "bob", "bob");
  look_anew();
  EXPECT_EQ(names(edge), without) << "by who had asked for it";
  approve("sha256:" + digest_, "anna", "bob");
  look_anew();
  EXPECT_EQ(names(edge), without) << "by its author";
  approve("sha256:" + digest_, "bob", "carl");
  look_anew();
  put(Kind::person, "bob", domain::PersonSpec{.title = "Bob"});
  look_anew();
  EXPECT_EQ(names(edge), (std::vector<std::string>{"c", "health"})) << "whoever loses a right";
  const auto desired = *state(edge);
  ASSERT_EQ(desired.content.artifacts.size(), 1U);
  EXPECT_EQ(desired.content.artifacts[0],
            (wire::DesiredArtifact{"sha256:" + digest_, static_cast<std::int64_t>(kModel.size())}));
  const auto pipeline =
      *codec::read_spec<domain::PipelineSpec>(desired.content.manifests.back().spec);
  EXPECT_EQ(pipeline.model->digest, "sha256:" + digest_);
  EXPECT_EQ(pipeline.model->file, "");
  const auto told = hub_->db().edges().desired("press-7");
  ASSERT_TRUE(told) << told.error().text;
  EXPECT_TRUE(told->document.contains("\"digest\":\"sha256:" + digest_ + "\"}}}"))
      << told->document;
  auto file = ask("GET", artifact, "", &edge);
  EXPECT_EQ(file.status, 200);
  ASSERT_TRUE(file.source);
  EXPECT_EQ(file.source->size(), kModel.size());
  EXPECT_EQ(file.header("ETag"), "\"sha256:" + digest_ + "\"");
}

TEST_F(WireSideTest, PeopleAreToldWhatIsHeldBackNow) {
  const TestEdge edge = join(token("hall-1"), "press-7");
  const auto told = [&] { return hub_->db().edges().desired("press-7")->document; };
  put_model();
  put_contract("c", "hall-1");
  settle();
  const std::uint64_t version = state(edge)->version;
  put_pipeline("hall-1");
  settle();
  EXPECT_TRUE(told().contains("pipeline health is held back")) << told();
  ASSERT_EQ(apply(Kind::pipeline, "health", domain::PipelineSpec{}, true), "");
  settle();
  EXPECT_TRUE(told().contains(R"("held_back":[])")) << told();
  EXPECT_EQ(state(edge)->version, version) << "the edge has nothing to do";
}

TEST_F(WireSideTest, WhoJoinsUnderTheNameOfARemovedEdgeGetsNothingOfIt) {
  join(token("hall-1"), "press-7");
  put_contract("c", "hall-1");
  settle();
  ASSERT_TRUE(hub_->db().edges().remove("press-7", {clock_.now(), "anna", "removed"}, {}));
  put(Kind::device, "press-7", domain::DeviceSpec{.site = "hall-2", .edge = true});
  const auto joined = try_join(token("hall-2", "press-7"), "press-7");
  ASSERT_EQ(joined.status, 200) << joined.body;
  const auto answer = *wire::read_message<wire::JoinAnswer>(joined.body, "join");
  const TestEdge anew{answer.edge,
                      peer_of(answer.certificate),
                      {*crypt::VerifyKey::from_pem(answer.state_keys.at(0))}};
  EXPECT_EQ(names(anew), std::vector<std::string>{"nothing"}) << "before a look at the catalog";
  settle();
  EXPECT_TRUE(names(anew).empty());
  EXPECT_EQ(hub_->db().edges().state("press-7")->desired_version, state(anew)->version);
}

TEST_F(WireSideTest, HoldsBackModelsWhoseFileIsNotThereOrIsNobodys) {
  const TestEdge edge = join(token("hall-1"), "press-7");
  put_model();
  approve("sha256:" + digest_, "bob", "carl");
  put_pipeline("hall-1");
  domain::PipelineSpec local{.streams = {"t"}, .site = "hall-1"};
  local.model = domain::ModelSpec{.file = "/etc/model.onnx"};
  put(Kind::pipeline, "local", local);
  settle();
  EXPECT_TRUE(names(edge).empty());
  put_artifact();
  look_anew();
  EXPECT_EQ(names(edge), std::vector<std::string>{"health"});
}

TEST_F(WireSideTest, AnEdgeFetchesOnlyWhatItsStateNames) {
  const TestEdge one = join(token("hall-1"), "one");
  const TestEdge two = join(token("hall-2"), "two");
  put_model();
  put_artifact();
  approve("sha256:" + digest_, "bob", "carl");
  put_pipeline("hall-1");
  settle();
  EXPECT_EQ(ask("GET", "/wire/v1/artifacts/sha256:" + digest_, "", &one).status, 200);
  EXPECT_EQ(ask("GET", "/wire/v1/artifacts/sha256:" + digest_, "", &two).status, 404);
  EXPECT_EQ(ask("GET", "/wire/v1/artifacts/sha256:" + digest_).status, 401);
  for (const std::string path :
       {"", "sha256:", "..%2f..%2fhub.db", "sha256:..%2fhub.db", digest_.c_str()})
    EXPECT_EQ(ask("GET", "/wire/v1/artifacts/" + path, "", &one).status, 404) << path;
}

TEST_F(WireSideTest, AnEdgeThatWasRemovedIsInNobodysWay) {
  const TestEdge gone = join(token("hall-1"), "gone");
  const TestEdge stays = join(token("hall-1"), "stays");
  ASSERT_TRUE(hub_->db().edges().remove("gone", {clock_.now(), "anna", "removed"}, {}));
  put_contract("c", "hall-1");
  settle();
  settle();
  EXPECT_EQ(names(stays), std::vector<std::string>{"c"});
  EXPECT_EQ(ask("GET", "/wire/v1/state?wait=0", "", &gone).status, 403);
}

TEST_F(WireSideTest, AnEdgeGoesWhereItsDeviceIsMoved) {
  const TestEdge edge = join(token("hall-1"), "press-7");
  put_contract("first", "hall-1");
  put_contract("second", "hall-2");
  settle();
  EXPECT_EQ(names(edge), std::vector<std::string>{"first"});
  const auto waits = wait(edge, 2);
  ASSERT_TRUE(waits);
  put(Kind::device, "press-7", domain::DeviceSpec{.site = "hall-2", .edge = true});
  settle();
  EXPECT_FALSE(is_open(waits)) << "it is told at once";
  EXPECT_EQ(names(edge), std::vector<std::string>{"second"});
  EXPECT_EQ(state(edge)->version, 3U);
  EXPECT_EQ(hub_->db().edges().state("press-7")->site, "hall-2");
  const auto moved = hub_->db().audit().leaves(0, 1000);
  ASSERT_TRUE(moved);
  EXPECT_TRUE(std::ranges::any_of(*moved, [](const auto& leaf) {
    return leaf.entry.action == "edge.moved" && leaf.entry.text.contains(R"("from":"hall-1")") &&
           leaf.entry.text.contains(R"("to":"hall-2")");
  }));
  // What was changed while nobody looked is seen at the next start.
  close();
  hub_ = *Hub::open({.data_folder = folder_.string()}, {world::system_files(), clock_, random_});
  put(Kind::device, "press-7", domain::DeviceSpec{.site = "hall-1", .edge = true});
  edges_ = *Edges::open(*hub_);
  EXPECT_EQ(names(edge), std::vector<std::string>{"first"});
  EXPECT_EQ(hub_->db().edges().state("press-7")->site, "hall-1");
}

// ---- Waiting -----------------------------------------------------------------------------------

TEST_F(WireSideTest, APollIsAnsweredByTheChangeItWaitsFor) {
  const TestEdge one = join(token("hall-1"), "one");
  const TestEdge two = join(token("hall-2"), "two");
  const auto first = wait(one, 1);
  const auto second = wait(two, 1);
  ASSERT_TRUE(first && second);
  put_contract("c", "hall-1");
  settle();
  EXPECT_FALSE(is_open(first));
  EXPECT_EQ(edges_->waiting(), 1U);
  clock_.advance(Duration::seconds(54));
  edges_->step();
  EXPECT_FALSE(is_open(second)) << "its time is over";
  EXPECT_FALSE(wait(one, 1)) << "there is something already";
}

TEST_F(WireSideTest, AnEdgeWaitsOnceAndNoLongerThanItMay) {
  const TestEdge edge = join(token("hall-1"), "press-7");
  const auto first = wait(edge, 1);
  const auto second = wait(edge, 1);
  EXPECT_FALSE(is_open(first));
  EXPECT_EQ(edges_->waiting(), 1U);
  EXPECT_EQ(ask("GET", "/wire/v1/state?after=1&wait=61", "", &edge).status, 400);
  EXPECT_EQ(ask("GET", "/wire/v1/state?after=-1", "", &edge).status, 400);
  EXPECT_TRUE(is_open(second));
}

TEST_F(WireSideTest, AtTheEndAllAreToldToComeBackSpread) {
  const TestEdge edge = join(token("hall-1"), "press-7");
  const auto waits = wait(edge, 1);
  edges_->stop();
  EXPECT_FALSE(is_open(waits));
  const auto later = ask("GET", "/wire/v1/state", "", &edge);
  EXPECT_EQ(later.status, 503);
  EXPECT_FALSE(later.header("Retry-After").empty());
}

TEST_F(WireSideTest, TheLastToBeToldSpreadAsWidelyAsTheFirst) {
  edges_.reset();
  edges_ = *Edges::open(*hub_, {.edges_per_second = 1});
  const std::string group = token("hall-1", "", 8);
  TestEdge edge;
  for (int i = 0; i < 8; ++i) {
    edge = join(group, std::format("press-{}", i));
    wait(edge, 1);
  }
  edges_->stop();
  std::string longest = "0";
  for (int i = 0; i < 100; ++i)
    longest = std::max(longest,
                       std::string(ask("GET", "/wire/v1/state", "", &edge).header("Retry-After")));
  EXPECT_GE(longest, "6") << "up to nine seconds";
}

// What the hub says and what an edge makes of it, together: how many come in which second.
TEST(ComeBack, TenThousandEdgesComeBackSoonAndNotAtOnce) {
  sim::SimRandom random{11};
  const std::uint64_t spread = come_back_spread(10'000, EdgesOptions{}.edges_per_second);
  std::vector<int> in_second(120);
  for (int i = 0; i < 10'000; ++i) {
    net::HttpResponse response{.status = 503};
    const auto seconds = come_back_after(spread, random.uniform());
    response.headers.push_back({"Retry-After", std::to_string(seconds)});
    wire::Patience patience({});
    patience.note(response);
    const Duration wait = patience.after(fail(Code::unavailable, ""), random);
    ++in_second.at(static_cast<std::size_t>(wait.as_seconds()));
  }
  EXPECT_EQ(in_second[0], 0) << "the hub has a second to start again";
  EXPECT_LE(*std::ranges::max_element(in_second), 500);
  EXPECT_EQ(std::accumulate(in_second.begin() + 38, in_second.end(), 0), 0) << "all of them are";
}

TEST(ComeBack, IsSpreadByHowManyTheyAreUpToAMinute) {
  EXPECT_EQ(come_back_spread(0, 450), 1U);
  EXPECT_EQ(come_back_spread(4'500, 450), 11U);
  EXPECT_EQ(come_back_spread(1'000'000, 450), 60U);
  EXPECT_EQ(come_back_after(60, 0), 1U);
  EXPECT_EQ(come_back_after(60, 0.9999), 60U);
}

// ---- What edges say ----------------------------------------------------------------------------

TEST_F(WireSideTest, TheTwinSaysHowAnEdgeStandsAndWhy) {
  const TestEdge edge = join(token("hall-1"), "press-7");
  const auto say = [&](std::uint64_t version, wire::ReportState state,
                       std::vector<std::string> problems = {}, std::uint64_t offered = 0) {
    const auto response = ask("POST", wire::kReportPath,
                              report_of(edge, version, state, std::move(problems), offered), &edge);
    EXPECT_TRUE(response.later) << response.body;
    settle();
    EXPECT_FALSE(is_open(response.later)) << "answered once it is stored";
  };
  EXPECT_EQ(twin(edge), "never: has not called yet");
  say(0, wire::ReportState::applied);
  EXPECT_EQ(twin(edge), "applying: version 1 was made 1s ago");
  say(1, wire::ReportState::applied);
  EXPECT_EQ(twin(edge), "in_sync");
  put_contract("c", "hall-1");
  settle();
  say(1, wire::ReportState::applying, {}, 2);
  EXPECT_EQ(twin(edge), "applying: works on version 2");
  say(1, wire::ReportState::keeping, {"plant.yaml:3: wrong", "more"}, 2);
  EXPECT_EQ(twin(edge), "failed: keeps version 1: plant.yaml:3: wrong (and 1 more)");
  say(1, wire::ReportState::applied);
  clock_.advance(Duration::seconds(119));
  EXPECT_EQ(twin(edge), "behind: runs version 1 of 2");
  clock_.advance(Duration::seconds(3 * 3600));
  EXPECT_TRUE(twin(edge).starts_with("silent: not heard of for 3h 2m")) << twin(edge);
  ASSERT_TRUE(hub_->db().edges().revoke("press-7", {clock_.now(), "anna", "stolen"}, {}));
  EXPECT_EQ(twin(edge), "silent: its certificate was revoked: stolen");
  EXPECT_EQ(edges_->twin("nobody").error().code, Code::not_found);
}

TEST_F(WireSideTest, AnEdgeSpeaksForItselfOnly) {
  const TestEdge one = join(token("hall-1"), "one");
  const TestEdge two = join(token("hall-1"), "two");
  EXPECT_EQ(ask("POST", wire::kReportPath, report_of(two, 1), &one).status, 403);
  wire::Batch batch;
  batch.alerts.push_back({.id = "a", .edge = "two"});
  EXPECT_EQ(ask("POST", wire::kBatchPath, wire::write_message(batch), &one).status, 403);
  EXPECT_TRUE(hub_->db().alerts().alerts({})->empty());
}

TEST_F(WireSideTest, AlertsAndVerdictsAreKeptOnceHoweverOftenTheyAreSaid) {
  const TestEdge edge = join(token("hall-1"), "press-7");
  wire::Batch batch;
  batch.alerts.push_back(
      {.id = "a1", .edge = "press-7", .asset = "x", .opened = kStart, .updated = kStart});
  batch.verdicts.push_back({.alert = "a1", .author = "op", .time = kStart});
  const std::string message = wire::write_message(batch);
  EXPECT_EQ(ask("POST", wire::kBatchPath, message, &edge).status, 204);
  EXPECT_EQ(ask("POST", wire::kBatchPath, message, &edge).status, 204);
  batch.alerts[0].updated = kStart + Duration::seconds(5);
  batch.alerts[0].state = domain::AlertState::cleared;
  EXPECT_EQ(ask("POST", wire::kBatchPath, wire::write_message(batch), &edge).status, 204);
  EXPECT_EQ(ask("POST", wire::kBatchPath, message, &edge).status, 204) << "the older one again";
  const auto alerts = *hub_->db().alerts().alerts({.edge = "press-7"});
  ASSERT_EQ(alerts.size(), 1U);
  EXPECT_TRUE(alerts[0].document.contains("cleared"));
  EXPECT_EQ(hub_->db().alerts().verdicts("press-7", "a1")->items.size(), 1U);
  // Another edge cannot overwrite it under its own name.
  const TestEdge other = join(token("hall-1"), "other");
  batch.alerts[0].edge = "other";
  batch.alerts[0].updated = kStart + Duration::seconds(9);
  EXPECT_EQ(ask("POST", wire::kBatchPath, wire::write_message(batch), &other).status, 204);
  EXPECT_EQ(hub_->db().alerts().alerts({.edge = "press-7"})->at(0), alerts[0]);
  EXPECT_EQ(hub_->db().alerts().alerts({.edge = "other"})->size(), 1U) << "nor keep it out";
  batch.alerts.resize(501, batch.alerts[0]);
  EXPECT_EQ(ask("POST", wire::kBatchPath, wire::write_message(batch), &other).status, 400);
}

TEST_F(WireSideTest, WhatAppearsIsRegisteredUnclaimed) {
  const TestEdge edge = join(token("hall-1"), "press-7");
  put(Kind::connection, "plant",
      domain::ConnectionSpec{.address = "127.0.0.1:1883", .site = "hall-1"});
  put(Kind::asset, "owned", domain::AssetSpec{.site = "hall-1"});
  put(Kind::asset, "elsewhere", domain::AssetSpec{.site = "hall-2"});
  const wire::Discovered discovered{.streams = {{"pump-1", "temp", "Cel", "plant"},
                                                {"pump-1", "temp", "Cel", "plant"},
                                                {"pump-1", "flow", "", "unknown"},
                                                {"owned", "temp", "Cel", "plant"},
                                                {"elsewhere", "temp", "Cel", "plant"}}};
  const std::string message = wire::write_message(discovered);
  EXPECT_EQ(ask("POST", wire::kDiscoveredPath, message, &edge).status, 204);
  const auto get = [&](Kind kind, const std::string& name) {
    const auto object = hub_->db().catalog().get(kind, name);
    return object ? object->spec : object.error().text;
  };
  EXPECT_EQ(get(Kind::asset, "pump-1"), R"({"site":"hall-1","criticality":"low"})");
  const auto device = *codec::read_spec<domain::DeviceSpec>(get(Kind::device, "pump-1"));
  EXPECT_EQ(device, (domain::DeviceSpec{.site = "hall-1",
                                        .asset = "pump-1",
                                        .status = domain::Claim::unclaimed,
                                        .connection = "plant"}));
  const auto stream = *codec::read_spec<domain::StreamSpec>(get(Kind::stream, "pump-1/temp"));
  EXPECT_EQ(stream, (domain::StreamSpec{.asset = "pump-1",
                                        .device = "pump-1",
                                        .connection = "plant",
                                        .unit = "Cel",
                                        .status = domain::Claim::unclaimed}));
  EXPECT_EQ(codec::read_spec<domain::StreamSpec>(get(Kind::stream, "pump-1/flow"))->connection, "");
  EXPECT_TRUE(hub_->db().catalog().get(Kind::stream, "owned/temp"));
  EXPECT_FALSE(hub_->db().catalog().get(Kind::stream, "elsewhere/temp"))
      << "no affair of this edge";
  const auto size = hub_->db().audit().checkpoint().size;
  EXPECT_EQ(ask("POST", wire::kDiscoveredPath, message, &edge).status, 204);
  EXPECT_EQ(hub_->db().audit().checkpoint().size, size) << "said again";
}

TEST_F(WireSideTest, WhatAppearsIsBounded) {
  const TestEdge edge = join(token("hall-1"), "press-7");
  wire::Discovered discovered;
  for (int i = 0; i < 21; ++i)
    discovered.streams.push_back({"pump", "s" + std::to_string(i), "", ""});
  EXPECT_EQ(ask("POST", wire::kDiscoveredPath, wire::write_message(discovered), &edge).status, 429);
  EXPECT_FALSE(hub_->db().catalog().get(Kind::asset, "pump"));
  discovered.streams.pop_back();
  EXPECT_EQ(ask("POST", wire::kDiscoveredPath, wire::write_message(discovered), &edge).status, 204);
  discovered.streams = {{"pump", "one more", "", ""}};
  EXPECT_EQ(ask("POST", wire::kDiscoveredPath, wire::write_message(discovered), &edge).status, 400)
      << "no name";
  discovered.streams = {{"pump", "one-more", "", ""}};
  EXPECT_EQ(ask("POST", wire::kDiscoveredPath, wire::write_message(discovered), &edge).status, 429);
}

}  // namespace
}  // namespace lineside::hub
