// What is wrong with a batch of changes, as the caller is told it.
#include <algorithm>
#include <format>

#include "base/text.h"
#include "hub/api/api_internal.h"
#include "hub/catalog/near_names.h"
#include "hub/catalog/unit_rule.h"
#include "store/hub_erase.h"

namespace lineside::hub {

using domain::Kind;
using store::WriteProblem;

namespace {

// Where what is at `path` in a written object is, and as which path it is told; empty: the whole.
void place_in(const codec::ParsedObjects& parsed, std::size_t object, const std::string& path,
              domain::Problem& told) {
  const std::string& document = parsed.sources[object].path;
  if (!path.empty()) told.path = document.empty() ? path : document + "." + path;
  told.place = parsed.place_of(object, path.empty() ? "name" : path);
}

// What of the object the problem is about; empty: the whole.
std::string path_of(const WriteProblem& problem) {
  if (problem.is_stale) return "meta.revision";
  return problem.field.empty() ? "" : "spec." + problem.field;
}

domain::Problem problem_of(const BatchProblems& batch, const WriteProblem& problem) {
  const store::ObjectWrite& write = batch.writes[problem.index];
  domain::Problem told;
  told.place = write.object.place;
  told.path = std::format("{}/{}", to_text(write.object.kind), write.object.name);
  told.text = problem.text;
  const std::string path = path_of(problem);
  if (!path.empty()) told.path = path;
  if (batch.parsed != nullptr && problem.index < batch.parsed->objects.size())
    place_in(*batch.parsed, problem.index, path, told);
  return told;
}

// As subjects of the audit log name the object.
std::string subject_of(const ApiCall& call, const domain::CatalogObject& object) {
  if (object.kind != Kind::person)
    return std::format("{}/{}", to_text(object.kind), excerpt(object.name, 260));
  if (!may_find_in_log(*call.caller)) return "Person";
  const auto commitment = call.db().audit().find_commitment(object.name, object.name);
  return commitment && *commitment ? "Person/" + **commitment : "Person";
}

// Whether the problem is that the object is not there, or would be another one's if it were: so far
// nobody can tell whether it is there and hidden.
bool is_missed(const ApiCall& call, const BatchProblems& batch, const WriteProblem& problem) {
  const bool is_own = problem.field.empty() && problem.is_unseen;
  const bool is_such =
      problem.code == Code::denied || problem.code == Code::not_found || problem.is_stale;
  return is_own && is_such && call.may_hide(batch.writes[problem.index].object.kind);
}

void write_latest(const ApiCall& call, const BatchProblems& batch, const WriteProblem& problem,
                  codec::JsonWriter& json) {
  const store::ObjectWrite& write = batch.writes[problem.index];
  const store::RevisionNote& latest = *problem.latest;
  json.key("latest").begin_object().member("kind", to_text(write.object.kind));
  json.member("name", write.object.name).member("revision", latest.number);
  json.member("author", latest.author).member("time", latest.time);
  json.key("changed").begin_array();
  const auto seen = call.db().catalog().get_revision(write.object.kind, write.object.name,
                                                     write.expected.value_or(0));
  const auto now =
      call.db().catalog().get_revision(write.object.kind, write.object.name, latest.number);
  // What it was elsewhere is not for everybody who may see it here.
  if (seen && now && sees_at(call, write.object.kind, seen->revision.site))
    if (const auto differences = codec::diff_specs(seen->spec, now->spec))
      for (const codec::Difference& difference : *differences) json.value(difference.path);
  json.end_array().end_object();
}

// Whether the caller may see what the other writer made, or where there was what he deleted.
bool sees_latest(const ApiCall& call, const BatchProblems& batch, const WriteProblem& problem) {
  const domain::CatalogObject& object = batch.writes[problem.index].object;
  return problem.latest && sees_at(call, object.kind, problem.latest->site);
}

// All of them, and of the first that somebody else has changed what is there now. Of what was there
// and where the caller sees nothing the answer is that of what never was.
net::HttpResponse conflict(const ApiCall& call, const BatchProblems& batch) {
  std::vector<domain::Problem> told;
  const WriteProblem* first = nullptr;
  const WriteProblem* changed = nullptr;
  bool is_stale = false;
  for (const WriteProblem& problem : batch.applied.problems) {
    if (problem.code != Code::conflict) continue;
    told.push_back(problem_of(batch, problem));
    if (first == nullptr) first = &problem;
    is_stale = is_stale || problem.is_stale;
    if (changed == nullptr && sees_latest(call, batch, problem)) changed = &problem;
  }
  const std::string text =
      told.size() == 1 ? first->text
                       : std::format("{} conflicts, the first: {}", told.size(), first->text);
  codec::sort_by_place(told);
  codec::JsonWriter json;
  json.begin_object().key("error").begin_object();
  json.member("code", traits(Code::conflict).name).member("text", text).end_object();
  write_problems(json, told, batch.applied.more);
  if (changed != nullptr) write_latest(call, batch, *changed, json);
  json.end_object();
  return json_answer(batch.by_header && is_stale ? 412 : 409, json);
}

// What the store finds wrong where the first `count` say so already is the same cycle.
void add_elsewhere(std::vector<domain::Problem>& told, std::size_t count, domain::Problem problem) {
  const auto is_there = [&](const domain::Problem& one) {
    return one.place.line == problem.place.line && one.place.column == problem.place.column;
  };
  if (problem.place.line > 0 &&
      std::any_of(told.begin(), told.begin() + static_cast<std::ptrdiff_t>(count), is_there))
    return;
  told.push_back(std::move(problem));
}

void add_unit_problems(const ApiCall& call, const codec::ParsedObjects& parsed,
                       std::vector<domain::Problem>& told) {
  std::vector<const domain::CatalogObject*> objects;
  for (const domain::CatalogObject& object : parsed.objects) objects.push_back(&object);
  const auto units = find_unit_problems(call.db().catalog(), call.grants(), objects);
  if (!units) return;  // whoever writes is told
  for (const UnitProblem& unit : *units) {
    domain::Problem problem{.place = {},
                            .path = {},
                            .text = "wrong unit",
                            .expected = unit.expected,
                            .found = unit.found};
    place_in(parsed, unit.object, "spec." + unit.field, problem);
    told.push_back(std::move(problem));
  }
}

}  // namespace

std::vector<domain::Problem> ref_problems(const ApiCall& call, const codec::ParsedObjects& parsed) {
  const store::HubCatalog& catalog = call.db().catalog();
  const bool tells_people = call.grants().sees(Kind::person, "");
  domain::KnownObjects known;
  known.exists = [&](Kind kind, std::string_view name) {
    // Whether it may stand there the store says.
    if (kind == Kind::person && (!tells_people || store::is_pseudonym(name))) return true;
    return sees_object(catalog, call.grants(), kind, std::string(name)).value_or(false);
  };
  known.parent = [&](Kind kind, std::string_view name) -> std::optional<std::string> {
    // Nor does a cycle tell what is above or below an object that is not to be seen.
    if (!known.exists(kind, name)) return std::nullopt;
    const auto links = catalog.references(kind, name);
    if (!links) return std::nullopt;
    const auto parent = std::ranges::find(*links, "parent", &store::ObjectLink::field);
    if (parent == links->end()) return std::nullopt;
    return parent->other.name;
  };
  NearNames near(catalog, call.grants());
  known.nearest = [&](Kind kind, std::string_view name) { return near.find(kind, name); };
  auto told = codec::check_known(parsed, known);
  add_unit_problems(call, parsed, told);
  codec::sort_by_place(told);
  return told;
}

Result<net::HttpResponse> problems_response(const ApiCall& call, const BatchProblems& batch) {
  const auto& problems = batch.applied.problems;
  const auto of = [&](Code code) { return std::ranges::find(problems, code, &WriteProblem::code); };
  const auto missed = std::ranges::find_if(
      problems, [&](const WriteProblem& problem) { return is_missed(call, batch, problem); });
  call.refused.unseen = missed != problems.end();
  if (call.refused.unseen)
    call.refused.object = subject_of(call, batch.writes[missed->index].object);
  if (const auto denied = of(Code::denied); denied != problems.end()) {
    std::vector<domain::Problem> told;
    for (const WriteProblem& problem : problems)
      if (problem.code == Code::denied) told.push_back(problem_of(batch, problem));
    call.refused.look = call.flag("dry_run").value_or(false);
    if (!call.refused.unseen)
      call.refused.object = subject_of(call, batch.writes[denied->index].object);
    return error_response(403, fail(Code::denied, denied->text), told, batch.applied.more);
  }
  if (of(Code::conflict) != problems.end()) return conflict(call, batch);
  // All dangling references at once, with the names that may have been meant.
  std::vector<domain::Problem> told;
  const bool deletes = batch.writes.front().deletes;
  if (batch.parsed != nullptr && !deletes) told = ref_problems(call, *batch.parsed);
  const auto refs = told.size();
  for (const WriteProblem& problem : problems)
    if (refs == 0 || problem.code != Code::not_found)
      add_elsewhere(told, refs, problem_of(batch, problem));
  codec::sort_by_place(told);
  const std::size_t all = problems.size() + batch.applied.more;
  return error_response(422, invalid(told.front().text), told, all - std::min(all, told.size()));
}

}  // namespace lineside::hub
