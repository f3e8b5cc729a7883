// What an edge and its hub say to each other: HTTPS below /wire/v1, JSON by these field tables.
// The edge only dials out. Everything but joining is under the edge's client certificate, which
// names it by a URI. docs/formats/wire.md.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "codec/json_struct.h"
#include "codec/json_writer.h"
#include "domain/alert.h"
#include "domain/fields.h"
#include "domain/kinds.h"
#include "wire/runs.h"

namespace lineside::wire {

inline constexpr std::int64_t kProtocol = 1;  // `v` of every message

inline constexpr std::string_view kJoinPath = "/wire/v1/join";
inline constexpr std::string_view kRenewPath = "/wire/v1/renew";
inline constexpr std::string_view kStatePath = "/wire/v1/state";
inline constexpr std::string_view kArtifactsPath = "/wire/v1/artifacts/";
inline constexpr std::string_view kReportPath = "/wire/v1/report";
inline constexpr std::string_view kDiscoveredPath = "/wire/v1/discovered";
inline constexpr std::string_view kBatchPath = "/wire/v1/batch";

inline constexpr Duration kWaitMax = Duration::seconds(60);  // of GET /state
inline constexpr std::size_t kDiscoveredMax = 1000;          // streams of one message
inline constexpr std::size_t kBatchMax = 500;                // alerts and verdicts of one message
inline constexpr std::size_t kProblemsMax = 50;              // texts of one report
inline constexpr std::size_t kProblemBytes = 500;            // of one of them, from where it is cut
inline constexpr std::size_t kMessageBytesMax = std::size_t{4} << 20;

// "urn:lineside:edge:NAME", the URI of an edge's certificate; and back, nothing for another URI.
std::string edge_uri(std::string_view edge);
std::optional<std::string> edge_of_uri(std::string_view uri);

// `v` as first field of each message.
template <class S>
constexpr auto protocol_field() {
  return domain::field("v", &S::v, "version of the protocol").required().range(1, 1);
}

// ---- Joining and renewing: POST /join, POST /renew ----------------------------------------------

struct JoinRequest {
  std::int64_t v = kProtocol;
  std::string token;    // "lse_...", shown once when the enrolment was made
  std::string csr;      // PEM; only its key counts
  std::string edge;     // the wish for a name; empty: the token's, or one that the hub makes up
  std::string version;  // of Lineside
};
constexpr auto fields(const JoinRequest*) {
  using domain::field;
  return std::tuple(protocol_field<JoinRequest>(),
                    field("token", &JoinRequest::token, "enrolment token").required(),
                    field("csr", &JoinRequest::csr, "certificate request, PEM").required(),
                    field("edge", &JoinRequest::edge, "name the edge wants"),
                    field("version", &JoinRequest::version, "version of Lineside"));
}

struct JoinAnswer {
  std::int64_t v = kProtocol;
  std::string edge;         // the name it has got
  std::string certificate;  // PEM
  std::string ca;           // PEM, one or more: whom the hub's and the edges' certificates lead to
  std::string hub;          // the hub's name
  std::vector<std::string> state_keys;  // PEM: who signs desired states
  Time renew_after;
};
constexpr auto fields(const JoinAnswer*) {
  using domain::field;
  return std::tuple(
      protocol_field<JoinAnswer>(), field("edge", &JoinAnswer::edge, "name of the edge").required(),
      field("certificate", &JoinAnswer::certificate, "the edge's certificate, PEM").required(),
      field("ca", &JoinAnswer::ca, "the hub's authority, PEM").required(),
      field("hub", &JoinAnswer::hub, "name of the hub").required(),
      field("state_keys", &JoinAnswer::state_keys, "keys that sign desired states").required(),
      field("renew_after", &JoinAnswer::renew_after, "when to ask for the next one").required());
}

struct RenewRequest {
  std::int64_t v = kProtocol;
  std::string csr;
};
constexpr auto fields(const RenewRequest*) {
  return std::tuple(
      protocol_field<RenewRequest>(),
      domain::field("csr", &RenewRequest::csr, "certificate request, PEM").required());
}

// Under the certificate that is in force, so keys of the hub may change with it.
struct RenewAnswer {
  std::int64_t v = kProtocol;
  std::string certificate;
  std::string ca;
  std::vector<std::string> state_keys;
  Time renew_after;
};
constexpr auto fields(const RenewAnswer*) {
  using domain::field;
  return std::tuple(
      protocol_field<RenewAnswer>(),
      field("certificate", &RenewAnswer::certificate, "the edge's certificate, PEM").required(),
      field("ca", &RenewAnswer::ca, "the hub's authority, PEM").required(),
      field("state_keys", &RenewAnswer::state_keys, "keys that sign desired states").required(),
      field("renew_after", &RenewAnswer::renew_after, "when to ask for the next one").required());
}

// ---- The desired state: GET /state?after=VERSION&wait=SECONDS -----------------------------------

struct DesiredManifest {
  domain::Kind kind = domain::Kind::pipeline;
  std::string name;
  std::string spec;  // canonical JSON, as text: what the edge runs is byte for byte what was signed
  bool operator==(const DesiredManifest&) const = default;
};
constexpr auto fields(const DesiredManifest*) {
  using domain::field;
  return std::tuple(field("kind", &DesiredManifest::kind, "kind of object").required(),
                    field("name", &DesiredManifest::name, "name of the object").required(),
                    field("spec", &DesiredManifest::spec, "canonical JSON as text").required());
}

struct DesiredArtifact {
  std::string digest;  // "sha256:<64 hex>"
  std::int64_t bytes = 0;
  bool operator==(const DesiredArtifact&) const = default;
};
constexpr auto fields(const DesiredArtifact*) {
  using domain::field;
  return std::tuple(
      field("digest", &DesiredArtifact::digest, "sha256:<64 hex>").required(),
      field("bytes", &DesiredArtifact::bytes, "exact size").required().range(0, 1 << 30).in("B"));
}

// What an edge shall run. Manifests are Connections, Contracts and Pipelines; a pipeline's model
// carries the digest of an artifact of this state, and no file: where it lies is the edge's affair.
struct DesiredContent {
  std::vector<DesiredManifest> manifests;  // by kind and name
  std::vector<DesiredArtifact> artifacts;  // by digest
  bool operator==(const DesiredContent&) const = default;
};
constexpr auto fields(const DesiredContent*) {
  using domain::field;
  return std::tuple(field("manifests", &DesiredContent::manifests, "what it shall run"),
                    field("artifacts", &DesiredContent::artifacts, "files that they need"));
}

struct DesiredState {
  std::int64_t v = kProtocol;
  std::string edge;           // whom it is for
  std::uint64_t version = 0;  // counts up whenever the content changes, never back
  Time issued;
  Time expires;          // not to be taken up after it; what runs goes on
  std::string revision;  // revision_of(content)
  DesiredContent content;
};
constexpr auto fields(const DesiredState*) {
  using domain::field;
  return std::tuple(protocol_field<DesiredState>(),
                    field("edge", &DesiredState::edge, "whom it is for").required(),
                    field("version", &DesiredState::version, "counts up").required(),
                    field("issued", &DesiredState::issued, "when it was signed").required(),
                    field("expires", &DesiredState::expires, "not to be taken up after").required(),
                    field("revision", &DesiredState::revision, "digest of the content").required(),
                    field("content", &DesiredState::content, "what it shall run").required());
}

// SHA-256 over the content's canonical JSON, 64 hex digits.
std::string revision_of(const DesiredContent& content);

// ---- What the edge says: POST /report, /discovered, /batch; each answered by 204 ----------------

enum class ReportState : unsigned char {
  applied,   // runs `version`
  failed,    // runs something older than what it had applied, because that does not load
  applying,  // works on a newer one
  keeping,   // has refused a newer one and goes on with `version`
  stopped,   // its last word: who runs it has stopped it; a hub from before it refuses the report
};
constexpr auto names(const ReportState*) {
  return std::array<std::string_view, 5>{"applied", "failed", "applying", "keeping", "stopped"};
}

struct StateReport {
  std::int64_t v = kProtocol;
  std::string edge;
  std::uint64_t version = 0;  // of the desired state that runs; 0: none
  std::string revision;       // of it
  std::uint64_t offered = 0;  // the version that `state` and `problems` are about
  ReportState state = ReportState::applied;
  std::vector<std::string> problems;
  Runs runs;
  Time seen;  // the edge's clock
};
constexpr auto fields(const StateReport*) {
  using domain::field;
  return std::tuple(
      protocol_field<StateReport>(), field("edge", &StateReport::edge, "who says so").required(),
      field("version", &StateReport::version, "version that runs").required(),
      field("revision", &StateReport::revision, "digest of what runs"),
      field("offered", &StateReport::offered, "version that state and problems are about"),
      field("state", &StateReport::state, "applied, failed, applying, keeping or stopped")
          .required(),
      field("problems", &StateReport::problems, "why"),
      field("runs", &StateReport::runs, "what it runs").required(),
      field("seen", &StateReport::seen, "the edge's clock").required());
}

struct DiscoveredStream {
  std::string asset;
  std::string stream;
  std::string unit;
  std::string connection;  // by which it came; empty: not known
};
constexpr auto fields(const DiscoveredStream*) {
  using domain::field;
  return std::tuple(field("asset", &DiscoveredStream::asset, "machine").required(),
                    field("stream", &DiscoveredStream::stream, "stream of the machine").required(),
                    field("unit", &DiscoveredStream::unit, "unit as mapped"),
                    field("connection", &DiscoveredStream::connection, "by which it came"));
}

// Streams that have appeared. Saying it again changes nothing.
struct Discovered {
  std::int64_t v = kProtocol;
  std::vector<DiscoveredStream> streams;
};
constexpr auto fields(const Discovered*) {
  return std::tuple(protocol_field<Discovered>(),
                    domain::field("streams", &Discovered::streams, "what has appeared").required());
}

// Of the edge's outbox. Saying it again changes nothing: an alert by its id and `updated`, a
// verdict by its alert, author and time.
struct Batch {
  std::int64_t v = kProtocol;
  std::vector<domain::Alert> alerts;
  std::vector<domain::Verdict> verdicts;
};
constexpr auto fields(const Batch*) {
  using domain::field;
  return std::tuple(protocol_field<Batch>(),
                    field("alerts", &Batch::alerts, "alerts as they are now"),
                    field("verdicts", &Batch::verdicts, "what operators said"));
}

template <domain::Described S>
std::string write_message(const S& message) {
  codec::JsonWriter json;
  json.value(message);
  return json.take();
}
// Errors: invalid, with every mistake; `what` stands for the file.
template <domain::Described S>
Result<S> read_message(std::string_view text, std::string_view what) {
  return codec::read_json<S>(text, what, {.bytes = kMessageBytesMax});
}

}  // namespace lineside::wire
