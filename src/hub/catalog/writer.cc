#include "hub/catalog/writer.h"

#include <algorithm>
#include <array>
#include <format>
#include <map>
#include <mutex>
#include <optional>
#include <set>

#include "base/log.h"
#include "base/text.h"
#include "codec/catalog.h"
#include "hub/access/sessions.h"
#include "hub/catalog/unit_rule.h"
#include "hub/edges/device_rule.h"
#include "store/hub_erase.h"

namespace lineside::hub {

using domain::Kind;
using store::Applied;
using store::ObjectChange;
using store::ObjectWrite;
using store::WriteProblem;

namespace {

std::string shown(const ObjectWrite& write) {
  return std::format("{}/{}", to_text(write.object.kind), excerpt(write.object.name, 260));
}

// What happens to access with a change, in its transaction.
Result<void> follow(store::HubDb& db, const ObjectWrite& write) {
  const std::string& name = write.object.name;
  if (write.object.kind == Kind::token && write.deletes) return remove_secret(db.tokens(), name);
  if (write.object.kind != Kind::person) return {};
  if (!write.deletes) {
    const auto spec = TRY(codec::read_spec<domain::PersonSpec>(write.object.spec));
    if (spec.active) return {};
  }
  TRY(db.logins().end_sessions(name, {}));
  // The invitation too; programs of his are refused in the middle of a call, as he is.
  for (const store::ApiToken& secret : TRY(db.tokens().list(name)))
    TRY(remove_secret(db.tokens(), secret.name));
  if (!write.deletes) return {};
  const auto removed = db.logins().remove(name, {});
  if (!removed && removed.error().code != Code::not_found) return removed;
  return {};
}

Error last_admin_stays(const ObjectWrite& write) {
  return fail(Code::conflict, shown(write) +
                                  ": expected somebody who stays able to do "
                                  "everything everywhere, is active and has a password; "
                                  "this would take it from the last one");
}

bool is_about_admins(const ObjectWrite& write) {
  return write.object.kind == Kind::person || write.object.kind == Kind::role;
}

// Says where an edge is, or names one.
bool is_about_places(const ObjectWrite& write) {
  return write.object.kind == Kind::device || write.object.kind == Kind::connection ||
         write.object.kind == Kind::pipeline;
}

// Who may do everything everywhere, as the catalog is and as it will be after a batch.
class AdminBook {
 public:
  AdminBook(store::HubDb& db, const std::vector<ObjectWrite>& writes) : db_(db) {
    for (const ObjectWrite& write : writes)
      if (is_about_admins(write)) writes_[{write.object.kind, write.object.name}] = &write;
  }

  Result<bool> takes_one_away(const ObjectWrite& write) const {
    const std::string& name = write.object.name;
    if (write.object.kind == Kind::role)
      return TRY(allows_all(name, When::now)) && !TRY(allows_all(name, When::afterwards));
    return TRY(is_admin(name, When::now)) && !TRY(is_admin(name, When::afterwards));
  }

  // Somebody who can sign in; by the roles that allow everything, of which there are few.
  Result<bool> is_anybody_left() const {
    for (const auto& [object, write] : writes_)
      if (object.kind == Kind::person && TRY(is_admin(object.name, When::afterwards)) &&
          db_.logins().login(object.name))
        return true;
    store::ObjectQuery roles{.kind = Kind::role};
    do {
      const auto page = TRY(db_.catalog().list(roles));
      for (const store::StoredObject& role : page.objects)
        if (TRY(allows_all(role.name, When::afterwards)) && TRY(has_admin(role.name))) return true;
      roles.cursor = page.next;
    } while (!roles.cursor.empty());
    return false;
  }

 private:
  enum class When : unsigned char { now, afterwards };

  // The spec of an object; nothing: it is not there.
  Result<std::optional<std::string>> spec_of(Kind kind, const std::string& name, When when) const {
    const auto write = writes_.find({kind, name});
    if (when == When::afterwards && write != writes_.end()) {
      if (write->second->deletes) return std::optional<std::string>();
      return std::optional(write->second->object.spec);
    }
    auto object = db_.catalog().get(kind, name);
    if (object) return std::optional(std::move(object->spec));
    if (object.error().code == Code::not_found) return std::optional<std::string>();
    return object.error();
  }

  Result<bool> allows_all(const std::string& name, When when) const {
    const auto spec = TRY(spec_of(Kind::role, name, when));
    if (!spec) return false;
    const auto role = TRY(codec::read_spec<domain::RoleSpec>(*spec));
    const std::set<domain::Permission> all(role.permissions.begin(), role.permissions.end());
    return all.size() == domain::kPermissions;
  }

  Result<bool> is_admin(const std::string& name, When when) const {
    const auto spec = TRY(spec_of(Kind::person, name, when));
    if (!spec) return false;
    const auto person = TRY(codec::read_spec<domain::PersonSpec>(*spec));
    if (!person.active) return false;
    for (const domain::RoleGrant& grant : person.roles)
      if (grant.site.empty() && TRY(allows_all(grant.role, when))) return true;
    return false;
  }

  // Of those whom the catalog has in the role, whether one stays able to and can sign in.
  Result<bool> has_admin(const std::string& role) const {
    store::ObjectQuery people{.kind = Kind::person, .filters = {{"roles.role", role}}};
    do {
      const auto page = TRY(db_.catalog().list(people));
      for (const store::StoredObject& person : page.objects)
        if (TRY(is_admin(person.name, When::afterwards)) && db_.logins().login(person.name))
          return true;
      people.cursor = page.next;
    } while (!people.cursor.empty());
    return false;
  }

  store::HubDb& db_;
  std::map<store::ObjectName, const ObjectWrite*> writes_;
};

}  // namespace

// A reference to what the caller may not see dangles for him, like one to what is not there.
Result<Applied> CatalogWriter::check_seen(const Caller& caller,
                                          const std::vector<ObjectWrite>& writes) const {
  Applied unseen;
  if (caller.grants->sees_everything()) return unseen;
  std::set<store::ObjectName> known;
  for (const ObjectWrite& write : writes)
    if (!write.deletes) known.insert({write.object.kind, write.object.name});
  for (std::size_t i = 0; i < writes.size(); ++i) {
    for (const domain::Ref& ref : writes[i].object.refs) {
      const store::ObjectName target{ref.kind, ref.name};
      // People are named as authors and holders by who does not see them.
      if (ref.kind == Kind::person || known.contains(target)) continue;
      if (TRY(sees_object(hub_.db().catalog(), *caller.grants, ref.kind, ref.name)))
        known.insert(target);
      else if (unseen.problems.size() < domain::kProblemsMax)
        unseen.problems.push_back(
            {i, Code::not_found, "refers to what does not exist", ref.field, {}});
      else
        ++unseen.more;
    }
  }
  return unseen;
}

Result<std::vector<WriteProblem>> CatalogWriter::check_units(
    const Caller& caller, const std::vector<ObjectWrite>& writes) const {
  std::vector<const domain::CatalogObject*> objects;
  std::vector<std::size_t> indexes;
  for (std::size_t i = 0; i < writes.size(); ++i) {
    if (writes[i].deletes) continue;
    objects.push_back(&writes[i].object);
    indexes.push_back(i);
  }
  std::vector<WriteProblem> problems;
  for (const UnitProblem& one :
       TRY(find_unit_problems(hub_.db().catalog(), *caller.grants, objects)))
    problems.push_back({indexes[one.object], Code::invalid, to_text(one), one.field, {}});
  return problems;
}

// Who brings a file as a model version stays known, whatever becomes of the version.
Result<void> CatalogWriter::note_makers(const store::CatalogBatch& batch,
                                        const std::vector<MadeVersion>& made) {
  std::vector<store::AuditEntry> entries;
  for (const MadeVersion& version : made) {
    std::string author = version.author;
    if (!store::is_pseudonym(author))
      author = TRY(hub_.db().audit().commitment(version.author, version.author));
    entries.push_back(made_entry(batch, version.name, version.digest, author));
  }
  if (entries.empty()) return {};
  TRY(hub_.db().audit().append(entries));
  return {};
}

Result<Applied> CatalogWriter::apply(const Caller& caller, const store::CatalogBatch& batch,
                                     const std::vector<MadeVersion>& made) {
  if (batch.dry_run) return hub_.apply(batch);
  Applied applied;
  TRY(hub_.db().together([&]() -> Result<void> {
    TRY(expect_caller(hub_.db(), caller));
    applied = TRY(hub_.db().catalog().apply(batch));
    if (!applied.problems.empty()) return {};
    for (const MadeVersion& version : made) TRY(approvals_.expect(version.name, version.approvals));
    for (const ObjectWrite& write : batch.writes) TRY(follow(hub_.db(), write));
    return note_makers(batch, made);
  }));
  if (const auto told = hub_.tell_changes(); !told) log::error("hub", "{}", told.error().text);
  return applied;
}

// ---- The last admin ----------------------------------------------------------------------------

// Nobody grants what he has not: without anybody who may do everything everywhere, some rights
// could never be given again.
Result<std::optional<store::ObjectName>> CatalogWriter::find_last_admin(
    const std::vector<ObjectWrite>& writes) const {
  const AdminBook book(hub_.db(), writes);
  std::optional<store::ObjectName> last;
  for (const ObjectWrite& write : writes)
    if (is_about_admins(write) && TRY(book.takes_one_away(write)))
      last = store::ObjectName{write.object.kind, write.object.name};
  if (last && TRY(book.is_anybody_left())) last.reset();
  return last;
}

// What refers to an object, for those alone who may see all of that; of a person how to go on.
void CatalogWriter::tell_referrers(const Caller& caller, const std::vector<ObjectWrite>& writes,
                                   const std::set<store::ObjectName>& ruled, Applied& applied) {
  for (WriteProblem& problem : applied.problems) {
    const ObjectWrite& write = writes[problem.index];
    if (ruled.contains({write.object.kind, write.object.name})) continue;
    if (problem.code != Code::conflict || problem.is_stale || !write.deletes) continue;
    if (!caller.grants->sees_everything())
      problem.text = shown(write) + " is referred to by others";
    if (write.object.kind == Kind::person)
      problem.text +=
          "; delete the tokens that act for the person, and erase who is the author of model "
          "versions instead of deleting: they go on with a stand-in for the name";
  }
}

Result<Applied> CatalogWriter::write(const Caller& caller, const std::vector<ObjectWrite>& writes,
                                     const WriteHow& how) {
  auto unseen = TRY(check_seen(caller, writes));
  if (!unseen.problems.empty()) return unseen;
  std::unique_lock<std::mutex> places(places_mutex_, std::defer_lock);
  if (std::ranges::any_of(writes, is_about_places)) places.lock();
  const auto rules = TRY(WriteRules::prepare(
      {hub_.db().catalog(), grants_, approvals_, hub_.db().audit()}, caller, writes));
  const bool is_about_people = std::ranges::any_of(writes, is_about_admins);
  std::unique_lock<std::mutex> lock(people_mutex_, std::defer_lock);
  std::optional<store::ObjectName> admin;
  if (is_about_people) {
    lock.lock();
    admin = TRY(find_last_admin(writes));
  }
  store::CatalogBatch batch;
  batch.writes = writes;
  batch.author = caller.author();
  batch.actor = TRY(actor_of(hub_.db().audit(), caller));
  batch.note = how.note;
  batch.time = hub_.world().clock.now();
  // The rest is told in the same round.
  const auto units = TRY(check_units(caller, writes));
  batch.dry_run = how.dry_run || !units.empty();
  if (!caller.grants->sees_everything())
    batch.sees = [&](Kind kind, std::string_view site) { return caller.grants->sees(kind, site); };
  std::set<store::ObjectName> ruled;  // refused by a rule, whoever refers to it
  batch.permit = [&](const ObjectWrite& write,
                     const store::ObjectOutcome& outcome) -> Result<void> {
    TRY(rules.permit(write, outcome));
    if (auto allowed = permit_device(hub_.db().edges(), rules, write, outcome); !allowed) {
      ruled.insert({write.object.kind, write.object.name});
      return allowed;
    }
    if (!admin || *admin != store::ObjectName{write.object.kind, write.object.name}) return {};
    ruled.insert(*admin);
    return last_admin_stays(write);
  };
  auto applied = TRY(apply(caller, batch, rules.made_versions()));
  if (!units.empty()) applied.outcomes.clear();
  applied.problems.insert(applied.problems.end(), units.begin(), units.end());
  const bool stored = applied.problems.empty() && !how.dry_run;
  tell_referrers(caller, writes, ruled, applied);
  if (stored && lineage_.is_on()) tell_lineage(rules);
  return applied;
}

// ---- Erasing -----------------------------------------------------------------------------------

namespace {

// The versions of an author, with the stand-in for the name and nothing else changed.
Result<void> add_versions_of(const store::HubCatalog& catalog, const std::string& author,
                             std::string_view pseudonym, std::vector<ObjectWrite>& writes) {
  store::ObjectQuery query{.kind = Kind::model_version, .filters = {{"author", author}}};
  do {
    const auto page = TRY(catalog.list(query));
    for (const store::StoredObject& version : page.objects) {
      ObjectWrite write{.object = {}, .deletes = false, .expected = version.revision.number};
      write.object.kind = version.kind;
      write.object.name = version.name;
      write.object.spec = store::with_pseudonym(version.kind, version.spec, pseudonym);
      auto refs = TRY(codec::spec_refs(version.kind, version.spec));
      std::erase_if(refs.refs, [](const domain::Ref& ref) { return ref.kind == Kind::person; });
      write.object.refs = std::move(refs.refs);
      write.object.terms = std::move(refs.terms);
      writes.push_back(std::move(write));
    }
    query.cursor = page.next;
  } while (!query.cursor.empty());
  return {};
}

}  // namespace

Result<void> CatalogWriter::erase(const Caller& caller, const Erasure& erasure) {
  store::HubDb& db = hub_.db();
  const std::lock_guard lock(people_mutex_);
  const auto living = db.catalog().get(Kind::person, erasure.person);
  if (!living && living.error().code != Code::not_found) return living.error();
  // Another one may have erased the person, and a commitment would then be made anew.
  const std::string commitment = TRY(known_commitment(db.audit(), erasure.person));
  if (living.has_value() != erasure.is_living)
    return fail(Code::conflict, std::format("Person '{}' was changed meanwhile; try again",
                                            excerpt(erasure.person)));
  if (living) {
    TRY(erase_living(caller, erasure, commitment));
  } else {
    TRY(db.together([&]() -> Result<void> {
      TRY(expect_caller(db, caller));
      return db.erase_person(erasure.person, erasure.entries);
    }));
  }
  hub_.feed().forget();  // the name is in it
  return {};
}

// What the person has made goes on, and is nobody else's work for it: hub/makers.h.
Result<void> CatalogWriter::erase_living(const Caller& caller, const Erasure& erasure,
                                         const std::string& commitment) {
  store::HubDb& db = hub_.db();
  const std::string& person = erasure.person;
  std::vector<ObjectWrite> deletion(1);
  deletion.front().object.kind = Kind::person;
  deletion.front().object.name = person;
  deletion.front().deletes = true;
  const auto rules =
      TRY(WriteRules::prepare({db.catalog(), grants_, approvals_, db.audit()}, caller, deletion));
  const auto admin = TRY(find_last_admin(deletion));
  std::vector<ObjectWrite> writes = deletion;
  TRY(add_versions_of(db.catalog(), person, store::pseudonym_of(commitment), writes));
  store::CatalogBatch batch;
  batch.writes = writes;
  batch.author = caller.author();
  batch.actor = TRY(actor_of(db.audit(), caller));
  batch.note = "somebody was erased";
  batch.time = hub_.world().clock.now();
  std::set<store::ObjectName> ruled;
  batch.permit = [&](const ObjectWrite& write, const store::ObjectOutcome& outcome) {
    if (!write.deletes) return Result<void>();  // follows from the erasure
    if (admin) ruled.insert(*admin);
    return admin ? Result<void>(last_admin_stays(write)) : rules.permit(write, outcome);
  };
  TRY(db.together([&]() -> Result<void> {
    TRY(expect_caller(db, caller));
    auto applied = TRY(db.catalog().apply(batch));
    tell_referrers(caller, writes, ruled, applied);
    if (!applied.problems.empty())
      return fail(applied.problems.front().code, applied.problems.front().text);
    TRY(follow(db, deletion.front()));
    return db.erase_person(person, erasure.entries);
  }));
  if (const auto told = hub_.tell_changes(); !told) log::error("hub", "{}", told.error().text);
  return {};
}

// ---- Lineage -----------------------------------------------------------------------------------

namespace {

constexpr std::string_view kDataset = "Dataset/";

Result<std::string> digest_of(const store::HubCatalog& catalog, std::string_view dataset) {
  const auto object = TRY(catalog.get(Kind::dataset, dataset));
  return TRY(codec::read_spec<domain::DatasetSpec>(object.spec)).digest;
}

// Those of its datasets. What cannot be read is named all the same: the run has taken place.
LineageRun with_digests(const store::HubCatalog& catalog, LineageRun run) {
  for (LineageDataset& input : run.inputs) {
    if (!input.name.starts_with(kDataset)) continue;
    auto digest = digest_of(catalog, std::string_view(input.name).substr(kDataset.size()));
    if (digest)
      input.version = *std::move(digest);
    else
      log::error("hub", "lineage of {}: {}", input.name, digest.error().text);
  }
  return run;
}

}  // namespace

// It is stored, whoever hears of it.
void CatalogWriter::tell_lineage(const WriteRules& rules) {
  for (const std::string& version : rules.trained_versions())
    if (const auto done = tell_training(version); !done)
      log::error("hub", "lineage of {}: {}", version, done.error().text);
  for (const ServiceChange& change : rules.service_changes()) {
    if (change.version.empty()) continue;
    if (const auto done = tell_deployment(change); !done)
      log::error("hub", "lineage of {}: {}", change.pipeline, done.error().text);
  }
}

Result<void> CatalogWriter::tell_deployment(const ServiceChange& change) {
  const auto object = TRY(hub_.db().catalog().get(Kind::model_version, change.version));
  const auto spec = TRY(codec::read_spec<domain::ModelVersionSpec>(object.spec));
  return tell_run(
      with_digests(hub_.db().catalog(), deployment_run(change.pipeline, change.version, spec)));
}

Result<void> CatalogWriter::tell_training(const std::string& version) {
  const auto object = TRY(hub_.db().catalog().get(Kind::model_version, version));
  const auto spec = TRY(codec::read_spec<domain::ModelVersionSpec>(object.spec));
  std::vector<LineageDataset> trained_on;
  for (const std::string& name : spec.trained_on)
    trained_on.push_back({std::string(kDataset) + name, ""});
  return tell_run(with_digests(hub_.db().catalog(), training_run(version, spec, trained_on)));
}

Result<void> CatalogWriter::tell_run(LineageRun run) {
  std::array<std::byte, 16> random{};
  hub_.world().random.fill(random);
  run.run_id = uuid_of(random);
  run.time = hub_.world().clock.now();
  return lineage_.append(run);
}

}  // namespace lineside::hub
