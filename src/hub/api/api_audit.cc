#include <charconv>
#include <format>
#include <map>
#include <set>

#include "base/text.h"
#include "crypt/checkpoint.h"
#include "crypt/merkle.h"
#include "hub/api/api_internal.h"

namespace lineside::hub {

using domain::Permission;

namespace {

constexpr std::uint64_t kIndexMax = std::uint64_t{1} << 60;
constexpr std::string_view kProofSuffix = ".tlog-proof";
constexpr std::size_t kLeavesMax = 10'000;

constexpr std::string_view kPerson = "Person/";

bool may_see_people(const ApiCall& call) {
  return call.grants().may_somewhere(Permission::read_people);
}

// The person as the leaf has him, a commitment: the store tells a change of a Person by his name.
std::string subject_in_log(const store::AuditEntry& entry) {
  constexpr std::string_view kAuditObject = R"("object":")";  // in canonical JSON: no text has that
  const std::size_t at = entry.text.find(kAuditObject);
  if (!entry.subject.starts_with(kPerson) || at == std::string::npos) return entry.subject;
  const std::size_t first = at + kAuditObject.size();
  return entry.text.substr(first, entry.text.find('"', first) - first);
}

// With the names behind commitments, for who may see people.
Result<std::vector<AuditView>> views_of(const ApiCall& call,
                                        const std::vector<store::AuditLeaf>& leaves) {
  const auto person_of = [](std::string_view subject) {
    return std::string(subject.starts_with(kPerson) ? subject.substr(kPerson.size()) : "");
  };
  std::map<std::string, std::string> people;
  if (may_see_people(call)) {
    std::set<std::string> commitments;
    for (const store::AuditLeaf& leaf : leaves)
      commitments.insert({leaf.entry.actor, person_of(subject_in_log(leaf.entry))});
    people = TRY(call.db().audit().people_of(commitments));
  }
  std::vector<AuditView> views;
  for (const store::AuditLeaf& leaf : leaves) {
    AuditView view{.index = leaf.index, .time = leaf.entry.time};
    view.action = leaf.entry.action;
    view.actor = leaf.entry.actor;
    if (const auto person = people.find(view.actor); person != people.end())
      view.actor_name = person->second;
    view.subject = subject_in_log(leaf.entry);
    if (const auto person = people.find(person_of(view.subject)); person != people.end())
      view.subject = std::string(kPerson) + person->second;
    view.entry = leaf.entry.text;
    views.push_back(std::move(view));
  }
  return views;
}

Result<std::uint64_t> parse_index(std::string_view text) {
  std::uint64_t index = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  if (error != std::errc() || end != text.data() + text.size() || index > kIndexMax)
    return invalid(std::format("expected an index, found '{}'", excerpt(text, 40)));
  return index;
}

std::vector<std::string> hex_of(const std::vector<crypt::Digest>& path) {
  std::vector<std::string> texts;
  for (const crypt::Digest& hash : path) texts.push_back(to_hex(hash));
  return texts;
}

// A person by name, for who may see people, or what entries say as it is.
Result<std::string> actor_parameter(const ApiCall& call, std::string_view name) {
  const std::string text(call.parameter(name));
  if (text.empty() || !may_see_people(call)) return text;
  const auto commitment = TRY(call.db().audit().find_commitment(text, text));
  return commitment.value_or(text);
}

Result<std::optional<Time>> bound_of_time(const ApiCall& call, std::string_view name) {
  const auto text = call.request.target.parameter(name);
  if (!text) return std::optional<Time>();
  const Time time = TRY_WITH(parse_iso(*text), name);
  return std::optional<Time>(time);
}

// Whether the subject asks for a person by name: who may not see people learns of none so. A name
// may look like a commitment.
Result<bool> asks_for_person(const ApiCall& call, std::string_view subject) {
  constexpr std::size_t kCommitmentDigits = 64;
  if (!subject.starts_with(kPerson) || may_see_people(call)) return false;
  const std::string_view asked = subject.substr(kPerson.size());
  if (asked.size() != kCommitmentDigits) return true;
  return TRY(call.db().audit().find_commitment(asked, asked)).has_value();
}

// Whose entries the caller may read; absent: all, also those of no site.
std::optional<std::set<std::string>> auditable_sites(const ApiCall& call) {
  const Extent& where = call.grants().extent(Permission::read_audit);
  if (where.everywhere) return std::nullopt;
  return std::set<std::string>(where.sites.begin(), where.sites.end());
}

// As C2SP tlog-proof: an inclusion proof in the tree of the checkpoint that comes with it.
ApiAnswer proof_text(const ApiCall& call, std::uint64_t index,
                     const store::StoredCheckpoint& tree) {
  crypt::LogProof proof;
  proof.index = index;
  proof.path = TRY(call.db().audit().inclusion(index, tree.size));
  proof.checkpoint = tree.note;
  return text_response(crypt::format_log_proof(proof));
}

}  // namespace

ApiAnswer show_checkpoint(const ApiCall& call) {
  const store::StoredCheckpoint checkpoint = call.db().audit().checkpoint();
  if (checkpoint.note.empty()) return fail(Code::not_found, "the log is empty");
  return text_response(checkpoint.note);
}

ApiAnswer show_audit_key(const ApiCall& call) {
  return text_response(call.hub().keys().audit_note_key().to_text() + "\n");
}

ApiAnswer list_entries(const ApiCall& call) {
  store::AuditQuery query;
  query.from = TRY(bound_of_time(call, "from"));
  query.until = TRY(bound_of_time(call, "until"));
  query.action = call.parameter("action");
  query.actor = TRY(actor_parameter(call, "actor"));
  query.subject = call.parameter("subject");
  query.limit = TRY(call.limit());
  if (TRY(asks_for_person(call, query.subject))) return response_of(Items<AuditView>());
  if (call.request.target.parameter("before"))
    query.before = TRY(call.number("before", 0, 0, kIndexMax));
  query.sites = auditable_sites(call);
  const auto page = TRY(call.db().audit().page(query));
  Items<AuditView> view;
  view.items = TRY(views_of(call, page.leaves));
  if (page.next) view.next = std::to_string(*page.next);
  return response_of(view);
}

ApiAnswer show_entry(const ApiCall& call) {
  const std::uint64_t index = TRY(parse_index(call.route.captured.front()));
  const auto leaf = TRY(call.db().audit().leaf(index));
  if (!call.grants().may(Permission::read_audit, leaf.entry.site))
    return fail(Code::denied, "expected permission read_audit at the site of the entry's subject");
  AuditView view = TRY(views_of(call, {leaf})).front();
  view.leaf_hash = to_hex(crypt::leaf_hash(as_bytes(leaf.entry.text)));
  return response_of(view);
}

ApiAnswer show_proof(const ApiCall& call) {
  std::string_view text = call.route.captured.front();
  const bool as_text = text.ends_with(kProofSuffix);
  if (as_text) text.remove_suffix(kProofSuffix.size());
  const std::uint64_t index = TRY(parse_index(text));
  store::HubAudit& audit = call.db().audit();
  const auto leaf = TRY(audit.leaf(index));
  store::StoredCheckpoint tree = audit.checkpoint();
  const std::uint64_t size = TRY(call.number("size", tree.size, 1, kIndexMax));
  if (size != tree.size) {
    tree = TRY(audit.checkpoint_covering(size));
    // A proof as text is of a tree that was signed.
    if (tree.size != size && !as_text) {
      tree = {.size = size, .note = ""};
      tree.root = TRY(audit.root(size));
    }
  }
  if (as_text) return proof_text(call, index, tree);
  ProofView view;
  view.index = index;
  view.size = tree.size;
  view.leaf_hash = to_hex(crypt::leaf_hash(as_bytes(leaf.entry.text)));
  view.path = hex_of(TRY(audit.inclusion(index, tree.size)));
  view.root = to_hex(tree.root);
  view.checkpoint = tree.note;
  return response_of(view);
}

ApiAnswer show_consistency(const ApiCall& call) {
  const std::uint64_t newest = call.db().audit().checkpoint().size;
  ConsistencyView view;
  view.from = TRY(call.number("from", 0, 0, kIndexMax));
  view.to = TRY(call.number("to", newest, 0, kIndexMax));
  view.path = hex_of(TRY(call.db().audit().consistency(view.from, view.to)));
  return response_of(view);
}

// All of it or nothing, as its route says: a log with gaps proves nothing.
ApiAnswer list_leaves(const ApiCall& call) {
  const std::uint64_t first = TRY(call.number("first", 0, 0, kIndexMax));
  const std::size_t limit = TRY(call.limit(1000, kLeavesMax));
  const auto leaves = TRY(call.db().audit().leaves(first, limit));
  std::string text;
  for (const store::AuditLeaf& leaf : leaves) text.append(leaf.entry.text).append("\n");
  return text_response(std::move(text), "application/x-ndjson");
}

}  // namespace lineside::hub
