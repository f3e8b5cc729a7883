#include "hub/makers.h"

#include <algorithm>
#include <format>

#include "codec/catalog.h"
#include "codec/json_struct.h"
#include "domain/models.h"
#include "domain/people.h"
#include "hub/audit_entry.h"

namespace lineside::hub {

using domain::Kind;

namespace {

constexpr std::size_t kEntriesMax = 10'000;
constexpr std::size_t kVersionsMax = 1'000;  // with one digest
constexpr std::string_view kProgram = "Token/";
constexpr std::string_view kProgramAuthor = "token/";
constexpr std::string_view kUpdated = "object.updated";
constexpr std::string_view kMade = "version.made";

// The digest of the spec in an entry about an object, with what stands around it; empty: none.
std::string_view spec_digest(std::string_view entry) {
  constexpr std::string_view kSpec = R"("spec":")";
  const std::size_t at = entry.find(kSpec);
  return at == std::string_view::npos ? ""
                                      : entry.substr(at, entry.find('"', at + kSpec.size()) - at);
}

// Whether a revision merely has the stand-in for its author: the log has always had that, so it has
// the same digest twice, which no other change leaves. Who erased has made nothing.
bool is_erasure(const store::AuditEntry& entry, const store::AuditEntry& before) {
  return entry.action == kUpdated && !spec_digest(entry.text).empty() &&
         spec_digest(entry.text) == spec_digest(before.text);
}

}  // namespace

ApprovalPurpose purpose_of(const store::Approval& approval) {
  return codec::read_json<ApprovalPurpose>(approval.purpose, "purpose").value_or(ApprovalPurpose());
}

store::AuditEntry made_entry(const store::CatalogBatch& batch, const std::string& version,
                             const std::string& digest, const std::string& author_commitment) {
  return audit_entry(batch.time, kMade, batch.actor, digest,
                     {{"author", author_commitment}, {"version", version}});
}

// Newest first; empty: any action.
Result<std::vector<store::AuditLeaf>> Makers::entries_of(const std::string& subject,
                                                         const std::string& action) {
  store::AuditQuery query;
  query.subject = subject;
  query.action = action;
  query.limit = kEntriesMax;
  auto leaves = TRY(db_.audit().entries(query));
  too_many_ = too_many_ || leaves.size() == kEntriesMax;
  return leaves;
}

Result<std::vector<store::AuditLeaf>> Makers::add_actors(const std::string& subject) {
  auto leaves = TRY(entries_of(subject, ""));
  for (const store::AuditLeaf& leaf : leaves) TRY(add("", leaf.entry.actor));
  return leaves;
}

Result<void> Makers::add(const std::string& name, const std::string& actor) {
  if (name.starts_with(kProgramAuthor))
    return add("", std::string(kProgram) + name.substr(kProgramAuthor.size()));
  if (!name.empty()) names_.insert(name);
  const bool is_new = !actor.empty() && actors_.insert(actor).second;
  // What a program did is done by whoever holds a secret of it, and by who can get one.
  if (!is_new || !actor.starts_with(kProgram)) return {};
  TRY(add_actors(actor));
  return add_holders(actor.substr(kProgram.size()));
}

// It was to act in their names, whoever kept the secret.
Result<void> Makers::add_holders(const std::string& token) {
  const auto history = db_.catalog().history(Kind::token, token, 0, kEntriesMax);
  if (!history && history.error().code == Code::not_found) return {};
  if (!history) return history.error();
  too_many_ = too_many_ || history->size() == kEntriesMax;
  for (const store::RevisionNote& note : *history) {
    const auto revision = TRY(db_.catalog().get_revision(Kind::token, token, note.number));
    if (revision.spec.empty()) continue;  // a deletion
    TRY(add(TRY_WITH(codec::read_spec<domain::TokenSpec>(revision.spec),
                     std::format("Token '{}'", token))
                .person,
            ""));
  }
  return {};
}

Result<void> Makers::add_revisions(const std::string& version) {
  const auto leaves = TRY(entries_of("ModelVersion/" + version, "object."));
  std::set<std::uint64_t> of_erasures;
  for (std::size_t i = 0; i + 1 < leaves.size(); ++i)
    if (is_erasure(leaves[i].entry, leaves[i + 1].entry)) of_erasures.insert(leaves[i].index);
  for (const store::AuditLeaf& leaf : leaves)
    if (!of_erasures.contains(leaf.index)) TRY(add("", leaf.entry.actor));
  // The log names a program; the revision may name the person for whom it acted.
  const auto history = TRY(db_.catalog().history(Kind::model_version, version, 0, kEntriesMax));
  for (const store::RevisionNote& note : history)
    if (!of_erasures.contains(note.leaf)) TRY(add(note.author, ""));
  const auto object = db_.catalog().get(Kind::model_version, version);
  if (!object && object.error().code != Code::not_found) return object.error();
  if (!object) return {};
  return add(TRY(codec::read_spec<domain::ModelVersionSpec>(object->spec)).author, "");
}

Result<void> Makers::add_version(const std::string& version, const std::string& digest) {
  const auto known = add_revisions(version);
  // One that comes with the batch has no revisions yet.
  if (!known && known.error().code != Code::not_found) return known;
  const auto others = TRY(db_.catalog().list(
      {.kind = Kind::model_version, .filters = {{"digest", digest}}, .limit = kVersionsMax}));
  too_many_ = too_many_ || !others.next.empty();
  for (const store::StoredObject& other : others.objects)
    if (other.name != version) TRY(add_revisions(other.name));
  for (const store::AuditLeaf& leaf : TRY(add_actors(digest))) entries_.push_back(leaf.entry.text);
  return {};
}

Result<void> Makers::add_requester(const store::Approval& approval) {
  const ApprovalPurpose purpose = purpose_of(approval);
  const std::string program = purpose.token.empty() ? "" : std::string(kProgram) + purpose.token;
  return add(approval.requested_by, program);
}

Result<bool> Makers::contains(const std::string& person) const {
  if (too_many_ || names_.contains(person)) return true;
  const auto commitment = TRY(db_.audit().find_commitment(person, person));
  if (!commitment) return false;
  return actors_.contains(*commitment) ||
         std::ranges::any_of(entries_,
                             [&](const std::string& text) { return text.contains(*commitment); });
}

}  // namespace lineside::hub
