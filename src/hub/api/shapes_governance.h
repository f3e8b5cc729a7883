// Bodies of requests and answers about audit log, approvals and artifacts, as shapes_access.h.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "base/time.h"
#include "domain/fields.h"
#include "store/hub_approvals.h"

namespace lineside::hub {

using domain::field;

struct AuditView {
  std::uint64_t index = 0;
  Time time;
  std::string action;
  std::string actor;
  std::optional<std::string> actor_name;
  std::string subject;
  std::string entry;
  std::optional<std::string> leaf_hash;
};
constexpr auto fields(const AuditView*) {
  return std::tuple(
      field("index", &AuditView::index, "in the log").required(),
      field("time", &AuditView::time, "when").required(),
      field("action", &AuditView::action, "what was done").required(),
      field("actor", &AuditView::actor, "by whom; a person as a commitment").required(),
      field("actor_name", &AuditView::actor_name,
            "the person behind a commitment; null: none, erased, or not for the caller to see"),
      field("subject", &AuditView::subject,
            "to what; a person by name only for who may see people, else as a commitment")
          .required(),
      field("entry", &AuditView::entry, "the bytes of the leaf").required(),
      field("leaf_hash", &AuditView::leaf_hash, "SHA-256(0x00 || entry) in hex"));
}

struct ProofView {
  std::uint64_t index = 0;
  std::uint64_t size = 0;
  std::string leaf_hash;
  std::vector<std::string> path;
  std::string root;
  std::string checkpoint;
};
constexpr auto fields(const ProofView*) {
  return std::tuple(
      field("index", &ProofView::index, "of the leaf").required(),
      field("size", &ProofView::size, "of the tree the path leads to").required(),
      field("leaf_hash", &ProofView::leaf_hash, "in hex").required(),
      field("path", &ProofView::path, "hashes from the leaf up, in hex").required(),
      field("root", &ProofView::root, "of the tree, in hex").required(),
      field("checkpoint", &ProofView::checkpoint, "signed note of that tree; empty: none is kept")
          .required());
}

struct ConsistencyView {
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  std::vector<std::string> path;
};
constexpr auto fields(const ConsistencyView*) {
  return std::tuple(field("from", &ConsistencyView::from, "size of the older tree").required(),
                    field("to", &ConsistencyView::to, "size of the newer tree").required(),
                    field("path", &ConsistencyView::path, "hashes in hex").required());
}

struct ApprovalBody {
  std::string model_version;
  std::string reason;
};
constexpr auto fields(const ApprovalBody*) {
  return std::tuple(
      field("model_version", &ApprovalBody::model_version, "what is to go into service").required(),
      field("reason", &ApprovalBody::reason, "what for"));
}

enum class Verdict : unsigned char { approved, rejected };
constexpr auto names(const Verdict*) {
  return std::array<std::string_view, 2>{"approved", "rejected"};
}

struct DecisionBody {
  Verdict decision = Verdict::rejected;
  std::string digest;
  std::string reason;
};
constexpr auto fields(const DecisionBody*) {
  return std::tuple(
      field("decision", &DecisionBody::decision, "approved or rejected").required(),
      field("digest", &DecisionBody::digest, "sha256:<64 hex> of what was looked at").required(),
      field("reason", &DecisionBody::reason, "why"));
}

struct ApprovalView {
  std::int64_t id = 0;
  domain::Kind kind = domain::Kind::model_version;
  std::string name;
  std::string digest;
  std::string purpose;
  std::string requested_by;
  Time requested;
  store::ApprovalState state = store::ApprovalState::requested;
  std::string decided_by;
  std::optional<Time> decided;
  std::string reason;
  bool may_decide = false;
  std::string why_not;
};
constexpr auto fields(const ApprovalView*) {
  return std::tuple(
      field("id", &ApprovalView::id, "its number").required(),
      field("kind", &ApprovalView::kind, "of what it is about").required(),
      field("name", &ApprovalView::name, "of what it is about").required(),
      field("digest", &ApprovalView::digest, "exactly this is approved").required(),
      field("purpose", &ApprovalView::purpose, "what for").required(),
      field("requested_by", &ApprovalView::requested_by, "who asked").required(),
      field("requested", &ApprovalView::requested, "when").required(),
      field("state", &ApprovalView::state, "what became of it").required(),
      field("decided_by", &ApprovalView::decided_by, "who decided; empty: nobody yet").required(),
      field("decided", &ApprovalView::decided, "when; null: not yet"),
      field("reason", &ApprovalView::reason, "of the decision").required(),
      field("may_decide", &ApprovalView::may_decide, "whether the caller may").required(),
      field("why_not", &ApprovalView::why_not, "else the reason").required());
}

struct ApprovalItems {
  std::vector<ApprovalView> items;
  std::optional<std::string> next;
  std::optional<std::uint64_t> damaged;
};
constexpr auto fields(const ApprovalItems*) {
  return std::tuple(
      field("items", &ApprovalItems::items, "in order").required(),
      field("next", &ApprovalItems::next, "of the next page; null: this is the last one"),
      field("damaged", &ApprovalItems::damaged,
            "how many are left out, for what is stored of them is damaged; null: none"));
}

struct ArtifactView {
  std::string digest;
  std::uint64_t bytes = 0;
};
constexpr auto fields(const ArtifactView*) {
  return std::tuple(field("digest", &ArtifactView::digest, "sha256:<64 hex>").required(),
                    field("bytes", &ArtifactView::bytes, "its size").required());
}

}  // namespace lineside::hub
