// A hub and its edges through whatever a seed brings: lines that break, disks that lose power, a
// hub that restarts, states that come twice or to the wrong edge, models that nobody approved,
// certificates that are revoked. After each step what must hold is looked at.
//
// A failing seed prints itself; LINESIDE_SEED=N runs it alone.
#include <filesystem>
#include <format>
#include <map>

#include <gtest/gtest.h>

#include "base/text.h"
#include "codec/canonical.h"
#include "codec/catalog.h"
#include "crypt/digest.h"
#include "crypt/x509.h"
#include "domain/models.h"
#include "domain/people.h"
#include "domain/places.h"
#include "hub/audit_entry.h"
#include "sim/files.h"
#include "tests/fleet/sim_wire.h"
#include "wire/follower.h"
#include "wire/hub_link.h"
#include "wire/joined_folder.h"
#include "world/process.h"

namespace lineside {
namespace {

using domain::Kind;

constexpr Time kStart{1'790'000'000'000'000'000};
constexpr int kSeeds = 200;
constexpr int kSteps = 60;
constexpr std::size_t kEdges = 4;
constexpr int kVersions = 4;
constexpr std::string_view kData = "/data";

// An edge's clock is wrong by as much as it pleases, within what is allowed.
class SkewedClock final : public world::Clock {
 public:
  SkewedClock(world::Clock& clock, Duration skew) : clock_(clock), skew_(skew) {}
  Time now() const override { return clock_.now() + skew_; }
  Time steady() const override { return clock_.steady(); }
  void sleep(Duration duration) override { clock_.sleep(duration); }

 private:
  world::Clock& clock_;
  const Duration skew_;
};

// What has been approved as it should, by digest: nothing else may ever run.
using Approved = std::set<std::string>;

// An edge but for its lanes: its disk, its link, its follower.
class FleetEdge {
 public:
  FleetEdge(std::string name, sim::SimClock& clock, sim::SimRandom& random, SimWire& wire,
            const Approved& approved)
      : name_(std::move(name)),
        clock_(clock, Duration::seconds(static_cast<std::int64_t>(random.below(560)) - 280)),
        random_(random),
        wire_(wire),
        approved_(approved) {}

  const std::string& name() const { return name_; }
  const wire::Floor& floor() const { return floor_; }
  bool is_revoked = false;
  std::string broken;  // what happened that must not

  Result<void> join(const std::string& token, const std::string& ca_sha256) {
    const auto joined = TRY(wire::join({.url = "https://hub:8443",
                                        .token = token,
                                        .ca_sha256 = ca_sha256,
                                        .edge = name_,
                                        .version = "0"},
                                       {wire_, clock_, random_}));
    TRY(wire::save_joined(std::string(kData), joined, files_));
    is_revoked = false;
    return start();
  }
  bool has_joined() const { return link_ != nullptr; }
  std::string fingerprint() const {
    const auto joined = wire::load_joined(std::string(kData), files_);
    return to_hex(crypt::parse_certificate((*joined)->credential.certificate)->sha256);
  }

  // As the process starts: from the disk, and nothing else.
  Result<void> start() {
    const auto joined = TRY(wire::load_joined(std::string(kData), files_));
    if (!joined) return {};
    link_ = std::make_unique<wire::HubLink>(joined->identity, joined->credential,
                                            wire::LinkWorld{wire_, clock_, random_});
    follower_.reset();
    follower_.emplace(TRY(
        wire::Follower::open(std::string(kData), name_, TRY(wire::state_keys_of(joined->identity)),
                             {files_, clock_,
                              [this](const auto& artifact, const std::string& folder) {
                                return link_->fetch(artifact, folder, files_);
                              },
                              [this](const std::string& folder) { return switch_to(folder); }})));
    note_floor();
    const auto folders = follower_->folders();
    for (std::size_t i = 0; i < folders.size(); ++i) {
      if (!follower_->mend(i) || !loads(folders[i])) continue;
      if (i > 0) broken = std::format("{} starts into {}, not {}", name_, folders[i], folders[0]);
      follower_->started(i, {});
      follower_->resume();
      note_floor();
      return {};
    }
    return fail(Code::internal, "nothing loads");
  }
  std::string status() const {
    const wire::FollowerStatus& status = follower_->status();
    return std::format("floor {} running {} decided {} {} offered {} {} {}", floor_.version,
                       follower_->running(), follower_->decided(), domain::to_text(status.state),
                       status.offered, status.problems.empty() ? "" : status.problems[0],
                       last_error);
  }
  std::string last_error;
  // One round as the follow lane makes it. The version that the hub has taken a report of.
  std::optional<std::uint64_t> turn() {
    const auto told = link_->report(report());
    if (!told) last_error = told.error().text;
    if (!told) return std::nullopt;
    const std::uint64_t reported = follower_->running();
    const auto envelope = link_->poll(follower_->decided(), {});
    last_error = envelope ? "" : envelope.error().text;
    if (envelope && *envelope) follower_->offer(**envelope);
    note_floor();
    return reported;
  }
  void power_cut(const std::function<void()>& work) {
    files_.fail_at(1 + random_.below(30), Code::unavailable, sim::SimFiles::Failure::onwards);
    work();
    files_.crash(random_.next());
    if (const auto started = start(); !started)
      broken = std::format("{} does not start: {}", name_, started.error().text);
  }

 private:
  wire::StateReport report() const {
    wire::StateReport report;
    report.edge = name_;
    report.version = follower_->running();
    report.revision = follower_->floor().revision;
    report.offered = follower_->status().offered;
    report.state = follower_->status().state;
    report.problems = follower_->status().problems;
    report.seen = clock_.now();
    return report;
  }
  void note_floor() {
    const wire::Floor now = follower_->floor();
    if (now.version < floor_.version)
      broken = std::format("{} goes back from {} to {}", name_, floor_.version, now.version);
    floor_ = now;
  }
  std::vector<std::string> switch_to(const std::string& folder) {
    if (random_.below(20) == 0) return {"it does not please the lanes"};
    if (!loads(folder)) broken = std::format("{} is told to run {}, damaged", name_, folder);
    return {};
  }
  std::string text(const std::string& path) const {
    const auto bytes = files_.read(path);
    return bytes ? std::string(as_text(*bytes)) : "";
  }
  // Whether the folder is whole; what is in it is held against the rules.
  bool loads(const std::string& folder) {
    const auto names = files_.list(folder);
    if (!names) return false;
    if (folder.ends_with("/config-0")) return names->empty();
    const auto envelope = wire::parse_envelope(text(folder + "/desired.json"));
    if (!envelope) return false;
    const auto state = wire::read_message<wire::DesiredState>(envelope->payload, "state");
    if (!state) return false;
    if (state->edge != name_) broken = std::format("{} runs a state of {}", name_, state->edge);
    if (state->version < floor_.version)
      broken = std::format("{} runs {} below {}", name_, state->version, floor_.version);
    for (const wire::DesiredArtifact& artifact : state->content.artifacts) {
      const std::string hex = artifact.digest.substr(artifact.digest.find(':') + 1);
      if (!approved_.contains(artifact.digest))
        broken = std::format("{} runs {}, which nobody approved", name_, artifact.digest);
      if (crypt::sha256_hex(as_bytes(text(std::string(kData) + "/joined/artifacts/" + hex))) != hex)
        return false;
    }
    for (const wire::DesiredManifest& manifest : state->content.manifests)
      if (!files_.exists(
              std::format("{}/{}.{}.yaml", folder, traits(manifest.kind).segment, manifest.name)))
        return false;
    return true;
  }

  const std::string name_;
  SkewedClock clock_;
  sim::SimRandom& random_;
  SimWire& wire_;
  const Approved& approved_;
  mutable sim::SimFiles files_;
  std::unique_ptr<wire::HubLink> link_;
  std::optional<wire::Follower> follower_;
  wire::Floor floor_;  // the highest that was ever in force
};

// In memory where there is such a disk: what is tested here is not how it syncs.
std::filesystem::path scratch() {
  const std::filesystem::path memory = "/dev/shm";
  const std::filesystem::path parent =
      std::filesystem::exists(memory) ? memory : std::filesystem::path(testing::TempDir());
  return parent / ("fleet-seeds-" + world::system_random().token(6));
}

class Fleet {
 public:
  Fleet(std::uint64_t seed, std::filesystem::path folder)
      : random_(seed), folder_(std::move(folder)) {
    for (std::size_t i = 0; i < kEdges; ++i)
      edges_.push_back(std::make_unique<FleetEdge>(std::format("edge-{}", i), clock_, random_,
                                                   wire_, approved_));
  }

  // Empty, or what went wrong.
  std::string run() {
    if (const auto opened = open_hub(); !opened) return opened.error().text;
    for (step_ = 0; step_ < kSteps && broken_.empty(); ++step_) step();
    if (broken_.empty()) calm_down();
    if (broken_.empty()) look_at_log();
    close_hub();
    return broken_.empty() ? "" : std::format("step {}: {}", step_, broken_);
  }

 private:
  Result<void> open_hub() {
    hub_ = TRY(hub::Hub::open({.data_folder = folder_.string()},
                              {world::system_files(), clock_, random_}));
    hub_edges_ = TRY(hub::Edges::open(*hub_));
    wire_.use(hub_edges_.get());
    return {};
  }
  void close_hub() {
    wire_.use(nullptr);
    hub_edges_.reset();
    hub_.reset();
  }
  void settle() {
    clock_.advance(Duration::seconds(1));
    if (hub_edges_) hub_edges_->step();
  }
  void must(bool holds, const std::string& what) {
    if (!holds && broken_.empty()) broken_ = what;
  }
  FleetEdge& any_edge() { return *edges_[random_.below(kEdges)]; }
  std::string any_site() { return std::format("hall-{}", random_.below(2)); }

  void step() {
    const double often = random_.uniform() < 0.5 ? 0 : 0.1;
    wire_.set_faults({often, often, often, often, often, often});
    const std::uint64_t what = random_.below(100);
    if (what < 55) {
      edge_turns();
    } else if (what < 75) {
      change_catalog();
    } else if (what < 88) {
      decide_model();
    } else if (what < 92) {
      revoke();
    } else if (what < 97) {
      restart_hub();
    } else {
      clock_.advance(Duration::seconds(static_cast<std::int64_t>(random_.below(9 * 86400))));
    }
    settle();
    must(wire_.broken().empty(), wire_.broken());
    for (const auto& edge : edges_) must(edge->broken.empty(), edge->broken);
    if (step_ % 10 == 9) look_at_catalog();
  }

  // ---- Edges

  void join(FleetEdge& edge) {
    const std::string secret = "lse_" + random_.token(16);
    store::EnrolmentToken token;
    token.name = random_.token(8);
    token.digest = crypt::sha256_hex(as_bytes(secret));
    token.site = edge.name().back() % 2 == 0 ? "hall-0" : "hall-1";
    token.edge = edge.name();
    token.created_by = hub::kHubAuthor;
    token.created = clock_.now();
    token.expires = clock_.now() + Duration::seconds(3600);
    if (!hub_->db().tokens().add_enrolment(token, {})) return;
    const bool had_joined = edge.has_joined();
    const std::string before = had_joined ? edge.fingerprint() : "";
    if (!edge.join(secret, hub_->keys().ca_fingerprint())) {
      // The hub may have let it in and voided what it had; it asks again until it hears.
      edge.is_revoked = had_joined;
      return;
    }
    if (!before.empty()) wire_.revoke(before);
  }
  void edge_turns() {
    for (int i = 0; i < 3; ++i) {
      FleetEdge& edge = any_edge();
      if (!edge.has_joined() || (edge.is_revoked && random_.below(4) == 0)) {
        join(edge);
      } else if (random_.below(5) == 0) {
        edge.power_cut([&] { turn(edge); });
      } else {
        if (random_.below(8) == 0) must(edge.start().has_value(), "a restart fails");
        turn(edge);
      }
    }
  }
  void turn(FleetEdge& edge) {
    const wire::Floor before = edge.floor();
    const auto reported = edge.turn();
    if (reported) reported_[edge.name()] = *reported;
    must(!edge.is_revoked || edge.floor() == before,
         edge.name() + " takes a state under a revoked certificate");
  }
  void revoke() {
    FleetEdge& edge = any_edge();
    if (!edge.has_joined()) return;
    const auto entry =
        hub::audit_entry(clock_.now(), "edge.revoked", "anna", "Edge/" + edge.name());
    const auto done =
        hub_->db().edges().revoke(edge.name(), {clock_.now(), "anna", "lost"}, {&entry, 1});
    if (!done) return;
    wire_.revoke(edge.fingerprint());
    edge.is_revoked = true;
  }
  void restart_hub() {
    if (random_.below(2) == 0 && hub_edges_) hub_edges_->stop();
    close_hub();
    edge_turns_without_hub();
    const auto opened = open_hub();
    must(opened.has_value(), opened ? "" : opened.error().text);
    if (opened) look_at_catalog();
  }
  void edge_turns_without_hub() {
    FleetEdge& edge = any_edge();
    if (edge.has_joined()) edge.power_cut([&] { edge.turn(); });
  }

  // ---- The catalog

  bool put(Kind kind, const std::string& name, std::string spec) {
    store::ObjectWrite write;
    write.object.kind = kind;
    write.object.name = name;
    write.object.spec = std::move(spec);
    auto refs = codec::spec_refs(kind, write.object.spec);
    if (!refs) return false;
    write.object.refs = std::move(refs->refs);
    write.object.terms = std::move(refs->terms);
    const auto applied = hub_->apply({.writes = std::span(&write, 1),
                                      .author = "anna",
                                      .actor = "anna",
                                      .note = {},
                                      .time = clock_.now()});
    if (!applied || !applied->problems.empty()) return false;
    stored_[{kind, name}] = write.object.spec;
    return true;
  }
  void change_catalog() {
    const std::string name = std::format("c{}", random_.below(3));
    if (random_.below(2) == 0) {
      put(Kind::contract, name,
          codec::canonical_json(
              domain::ContractSpec{.owner = "team-" + random_.token(2), .site = any_site()}));
      return;
    }
    // Also with versions that nobody has approved: the hub must hold them back.
    domain::PipelineSpec pipeline{.streams = {"t"}};
    pipeline.site = any_site();
    if (random_.below(4) == 0) pipeline.edge = any_edge().name();
    const std::uint64_t version = random_.below(kVersions + 1);
    if (version > 0) {
      pipeline.model = domain::ModelSpec{};
      pipeline.model->version = std::format("m:{}", version);
    }
    put(Kind::pipeline, name, codec::canonical_json(pipeline));
  }
  void put_version(const std::string& name, const std::string& content, bool with_file) {
    const std::string digest = crypt::sha256_hex(as_bytes(content));
    put(Kind::model_version, name,
        codec::canonical_json(domain::ModelVersionSpec{
            .model = "m", .digest = "sha256:" + digest, .author = "anna"}));
    if (!with_file) return;
    auto writer = hub_->blobs().create(1 << 20);
    if (!writer || !writer->append(as_bytes(content)) || !writer->finish()) return;
    const auto added = hub::audit_entry(clock_.now(), "artifact.added", "anna", "sha256:" + digest,
                                        {{"bytes", std::to_string(content.size())}});
    std::ignore =
        hub_->db().artifacts().add({digest, content.size(), "", "anna", clock_.now()}, {&added, 1});
  }
  // New bytes under a version, or somebody's word on those that are there: the right one's, the
  // author's own, a refusal, or one on other bytes.
  void decide_model() {
    const std::string name = std::format("m:{}", 1 + random_.below(kVersions));
    if (random_.below(2) == 0) {
      put_version(name, "model " + random_.token(8), random_.below(5) != 0);
      return;
    }
    const auto object = hub_->db().catalog().get(Kind::model_version, name);
    if (!object) return;
    const auto spec = *codec::read_spec<domain::ModelVersionSpec>(object->spec);
    store::Approval approval;
    approval.subject = {Kind::model_version, name};
    approval.digest = spec.digest;
    approval.purpose = "\"\"";
    approval.requested_by = "carl";
    approval.requested = clock_.now();
    const std::string subject = "ModelVersion/" + name;
    const auto asked = hub::audit_entry(approval.requested, "approval.requested",
                                        approval.requested_by, subject, {{"digest", spec.digest}});
    const auto id = hub_->db().approvals().request(approval, {&asked, 1});
    if (!id) return;
    approval.id = *id;
    approval.decided = clock_.now();
    const std::uint64_t who = random_.below(4);
    approval.decided_by = who == 0 ? "anna" : who == 1 ? "carl" : "bob";
    const bool says_yes = random_.below(3) != 0;
    approval.state = says_yes ? store::ApprovalState::approved : store::ApprovalState::rejected;
    const auto said =
        hub::audit_entry(*approval.decided, says_yes ? "approval.approved" : "approval.rejected",
                         approval.decided_by, subject, {{"digest", spec.digest}});
    if (!hub_->db().approvals().decide(approval, {&said, 1})) return;
    if (says_yes && who >= 2) approved_.insert(spec.digest);
  }

  // ---- What must hold

  void look_at_catalog() {
    for (const auto& [key, spec] : stored_) {
      const auto object = hub_->db().catalog().get(key.first, key.second);
      must(object && object->spec == spec, key.second + " is not as it was acknowledged");
    }
    for (const auto& [edge, version] : reported_) {
      const auto report = hub_->db().edges().report(edge);
      const auto said = report ? wire::read_message<wire::StateReport>(report->document, "report")
                               : Result<wire::StateReport>(report.error());
      // A later one may have come, and its answer not.
      must(said && said->version >= version, "a report of " + edge + " is lost");
    }
  }
  // Without faults everybody gets where he should be.
  void calm_down() {
    wire_.set_faults({});
    for (int round = 0; round < 8; ++round) {
      settle();
      for (const auto& edge : edges_) {
        if (!edge->has_joined() || edge->is_revoked)
          join(*edge);
        else
          turn(*edge);
        must(edge->broken.empty(), edge->broken);
      }
    }
    must(wire_.broken().empty(), wire_.broken());
    for (const auto& edge : edges_) {
      const auto state = hub_->db().edges().state(edge->name());
      const auto twin = hub_edges_->twin(edge->name());
      // What the lanes have refused stays refused; it says so.
      const bool fits = state && twin &&
                        (twin->state == hub::TwinState::in_sync ||
                         (twin->state == hub::TwinState::failed && twin->why.contains("please")));
      must(fits, std::format("{} ends {}: {}; {}", edge->name(),
                             twin ? domain::to_text(twin->state) : "nowhere",
                             twin ? twin->why : twin.error().text, edge->status()));
    }
    look_at_catalog();
  }
  void look_at_log() {
    const auto verified = hub_->db().verify();
    must(verified.has_value(), verified ? "" : verified.error().text);
  }

  sim::SimClock clock_{kStart};
  sim::SimRandom random_;
  SimWire wire_{clock_, random_};
  Approved approved_;
  const std::filesystem::path folder_;
  std::unique_ptr<hub::Hub> hub_;
  std::unique_ptr<hub::Edges> hub_edges_;
  std::vector<std::unique_ptr<FleetEdge>> edges_;
  std::map<std::pair<Kind, std::string>, std::string> stored_;
  std::map<std::string, std::uint64_t> reported_;
  std::string broken_;
  int step_ = 0;
};

class FleetSeeds : public testing::Test {
 protected:
  FleetSeeds() : folder_(scratch()) {
    std::filesystem::create_directories(folder_);
    make_base();
  }
  ~FleetSeeds() override { std::filesystem::remove_all(folder_); }

  // What all seeds begin with; keys take longer to make than to copy.
  void make_base() {
    sim::SimClock clock{kStart - Duration::seconds(3600)};
    const auto hub = hub::Hub::open({.data_folder = (folder_ / "base").string()},
                                    {world::system_files(), clock, world::system_random()});
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
    for (const char* site : {"hall-0", "hall-1"})
      add(Kind::site, site, codec::canonical_json(domain::SiteSpec{}));
    add(Kind::person, "anna", codec::canonical_json(domain::PersonSpec{}));
    add(Kind::person, "bob",
        codec::canonical_json(domain::PersonSpec{.roles = {{.role = "ot-engineer"}}}));
    add(Kind::model, "m", codec::canonical_json(domain::CatalogModelSpec{.owner = "ds"}));
    for (int i = 1; i <= kVersions; ++i)
      add(Kind::model_version, std::format("m:{}", i),
          codec::canonical_json(domain::ModelVersionSpec{
              .model = "m",
              .digest = "sha256:" + crypt::sha256_hex(as_bytes(std::to_string(i))),
              .author = "anna"}));
    const auto applied = (*hub)->apply(
        {.writes = writes, .author = "anna", .actor = "anna", .note = {}, .time = clock.now()});
    ASSERT_TRUE(applied) << applied.error().text;
    ASSERT_TRUE(applied->problems.empty()) << applied->problems[0].text;
  }
  std::string run(std::uint64_t seed) {
    const std::filesystem::path own = folder_ / "seed";
    std::filesystem::remove_all(own);
    std::filesystem::copy(folder_ / "base", own, std::filesystem::copy_options::recursive);
    return Fleet(seed, own).run();
  }

  const std::filesystem::path folder_;
};

TEST_F(FleetSeeds, HoldWhatIsPromised) {
  const auto one = world::environment("LINESIDE_SEED");
  const std::uint64_t first = one ? std::stoull(*one) : 1;
  const std::uint64_t last = one ? first : kSeeds;
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    const std::string broken = run(seed);
    ASSERT_EQ(broken, "") << "LINESIDE_SEED=" << seed;
  }
}

}  // namespace
}  // namespace lineside
