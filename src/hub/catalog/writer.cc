#include "hub/catalog/writer.h"

#include <algorithm>
#include <array>
#include <format>
#include <set>

#include "base/log.h"
#include "base/text.h"
#include "codec/catalog.h"

namespace lineside::hub {

using domain::Kind;
using store::Applied;
using store::ObjectChange;
using store::ObjectWrite;
using store::WriteProblem;

namespace {

constexpr std::size_t kRefProblemsMax = 1000;

std::string shown(const ObjectWrite& write) {
  return std::format("{}/{}", to_text(write.object.kind), excerpt(write.object.name, 260));
}

// What happens to access with a change, in its transaction.
Result<void> follow(store::HubDb& db, const ObjectWrite& write) {
  const std::string& name = write.object.name;
  if (write.object.kind == Kind::token && write.deletes) {
    const auto removed = db.tokens().remove(name, {});
    if (!removed && removed.error().code != Code::not_found) return removed;
  }
  if (write.object.kind != Kind::person) return {};
  if (write.deletes) {
    TRY(db.logins().end_sessions(name, {}));
    const auto removed = db.logins().remove(name, {});
    if (!removed && removed.error().code != Code::not_found) return removed;
    return {};
  }
  const auto spec = TRY(codec::read_spec<domain::PersonSpec>(write.object.spec));
  return spec.active ? Result<void>() : db.logins().end_sessions(name, {});
}

bool is_followed(const ObjectWrite& write) {
  return write.object.kind == Kind::person || (write.object.kind == Kind::token && write.deletes);
}

}  // namespace

Result<bool> CatalogWriter::sees(const Caller& caller, Kind kind, const std::string& name) const {
  const auto object = hub_.db().catalog().get(kind, name);
  if (object) return caller.grants->sees(kind, object->site);
  if (object.error().code != Code::not_found) return object.error();
  return false;
}

// A reference to what the caller may not see dangles for him, like one to what is not there; and
// what he may not see he does not change, nor learns whether he would.
Result<std::vector<WriteProblem>> CatalogWriter::check_seen(
    const Caller& caller, const std::vector<ObjectWrite>& writes) const {
  std::vector<WriteProblem> problems;
  if (caller.grants->sees_everything()) return problems;
  std::set<store::ObjectName> known;
  for (std::size_t i = 0; i < writes.size(); ++i) {
    const domain::CatalogObject& object = writes[i].object;
    if (!writes[i].deletes) known.insert({object.kind, object.name});
    const auto stored = hub_.db().catalog().get(object.kind, object.name);
    if (!stored && stored.error().code != Code::not_found) return stored.error();
    if (stored && !caller.grants->sees(object.kind, stored->site))
      problems.push_back({i, Code::denied, "no right to change " + shown(writes[i]), "", {}});
  }
  for (std::size_t i = 0; i < writes.size() && problems.size() < kRefProblemsMax; ++i) {
    for (const domain::Ref& ref : writes[i].object.refs) {
      const store::ObjectName target{ref.kind, ref.name};
      // People are named as authors and holders by who does not see them.
      if (ref.kind == Kind::person || known.contains(target)) continue;
      if (TRY(sees(caller, ref.kind, ref.name)))
        known.insert(target);
      else
        problems.push_back({i, Code::not_found, "refers to what does not exist", ref.field, {}});
    }
  }
  return problems;
}

Result<Applied> CatalogWriter::apply(const store::CatalogBatch& batch) {
  if (batch.dry_run || std::ranges::none_of(batch.writes, is_followed)) return hub_.apply(batch);
  Applied applied;
  TRY(hub_.db().together([&]() -> Result<void> {
    applied = TRY(hub_.db().catalog().apply(batch));
    if (!applied.problems.empty()) return {};
    for (const ObjectWrite& write : batch.writes) TRY(follow(hub_.db(), write));
    return {};
  }));
  if (const auto told = hub_.tell_changes(); !told) log::error("hub", "{}", told.error().text);
  return applied;
}

// What refers to an object, for those alone who may see all of that.
void CatalogWriter::hide_referrers(const Caller& caller, const std::vector<ObjectWrite>& writes,
                                   Applied& applied) {
  if (caller.grants->sees_everything()) return;
  for (WriteProblem& problem : applied.problems) {
    const ObjectWrite& write = writes[problem.index];
    if (problem.code == Code::conflict && !problem.latest && write.deletes)
      problem.text = shown(write) + " is referred to by others";
  }
}

Result<Applied> CatalogWriter::write(const Caller& caller, const std::vector<ObjectWrite>& writes,
                                     const WriteHow& how) {
  auto unseen = TRY(check_seen(caller, writes));
  if (!unseen.empty()) return Applied{{}, std::move(unseen)};
  const auto rules =
      TRY(WriteRules::prepare({hub_.db().catalog(), grants_, approvals_}, caller, writes));
  store::CatalogBatch batch;
  batch.writes = writes;
  batch.author = caller.author();
  batch.actor = TRY(actor_of(hub_.db().audit(), caller));
  batch.note = how.note;
  batch.time = hub_.world().clock.now();
  batch.dry_run = how.dry_run;
  batch.permit = [&rules](const ObjectWrite& write, const store::ObjectOutcome& outcome) {
    return rules.permit(write, outcome);
  };
  auto applied = TRY(apply(batch));
  const bool stored = applied.problems.empty() && !how.dry_run;
  hide_referrers(caller, writes, applied);
  if (stored && lineage_.is_on()) tell_lineage(rules.service_changes());
  return applied;
}

// It is in service, whoever hears of it.
void CatalogWriter::tell_lineage(const std::vector<ServiceChange>& changes) {
  for (const ServiceChange& change : changes) {
    if (change.version.empty()) continue;
    const auto object = hub_.db().catalog().get(Kind::model_version, change.version);
    const auto spec = object ? codec::read_spec<domain::ModelVersionSpec>(object->spec)
                             : Result<domain::ModelVersionSpec>(object.error());
    if (!spec) {
      log::error("hub", "lineage of {}: {}", change.pipeline, spec.error().text);
      continue;
    }
    std::array<std::byte, 16> random{};
    hub_.world().random.fill(random);
    const auto done = lineage_.append({uuid_of(random), change.pipeline, change.version,
                                       spec->digest, spec->trained_on, hub_.world().clock.now()});
    if (!done) log::error("hub", "lineage of {}: {}", change.pipeline, done.error().text);
  }
}

}  // namespace lineside::hub
