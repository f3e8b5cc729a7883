// What is wrong with a batch of changes, as the caller is told it.
#include <algorithm>
#include <format>

#include "base/text.h"
#include "hub/api/api_internal.h"

namespace lineside::hub {

using domain::Kind;
using store::WriteProblem;

namespace {

constexpr std::size_t kNearMax = 100;  // names that a misspelt one is compared with
constexpr std::size_t kNearPrefix = 2;

domain::Problem problem_of(const BatchProblems& batch, const WriteProblem& problem) {
  const store::ObjectWrite& write = batch.writes[problem.index];
  domain::Problem told;
  told.place = write.object.place;
  told.path = std::format("{}/{}", to_text(write.object.kind), write.object.name);
  told.text = problem.text;
  if (!problem.field.empty()) told.path = "spec." + problem.field;
  if (batch.parsed != nullptr && problem.index < batch.parsed->objects.size()) {
    const std::string& document = batch.parsed->sources[problem.index].path;
    if (!problem.field.empty() && !document.empty()) told.path = document + "." + told.path;
    told.place = batch.parsed->place_of(problem.index,
                                        problem.field.empty() ? "name" : "spec." + problem.field);
  }
  return told;
}

// As subjects of the audit log name the object.
std::string subject_of(const ApiCall& call, const domain::CatalogObject& object) {
  if (object.kind != Kind::person)
    return std::format("{}/{}", to_text(object.kind), excerpt(object.name, 260));
  const auto commitment = call.db().audit().find_commitment(object.name, object.name);
  return commitment && *commitment ? "Person/" + **commitment : "Person";
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

net::HttpResponse conflict(const ApiCall& call, const BatchProblems& batch,
                           const WriteProblem& problem) {
  codec::JsonWriter json;
  json.begin_object().key("error").begin_object();
  json.member("code", traits(Code::conflict).name).member("text", problem.text).end_object();
  if (problem.latest) write_latest(call, batch, problem, json);
  json.end_object();
  return json_answer(batch.by_header && problem.latest ? 412 : 409, json);
}

// A name of the kind near the one that was written, of those the caller sees.
std::optional<std::string> nearest_object(const ApiCall& call, Kind kind, std::string_view name) {
  store::ObjectQuery query;
  query.kind = kind;
  query.prefix = name.substr(0, kNearPrefix);
  query.limit = kNearMax;
  query.sites = call.grants().visible_sites(kind);
  const auto page = call.db().catalog().list(query);
  if (!page) return std::nullopt;
  std::vector<std::string_view> names;
  for (const store::StoredObject& object : page->objects) names.emplace_back(object.name);
  const auto near = nearest(name, names);
  return near ? std::optional<std::string>(*near) : std::nullopt;
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

}  // namespace

std::vector<domain::Problem> ref_problems(const ApiCall& call, const codec::ParsedObjects& parsed) {
  const store::HubCatalog& catalog = call.db().catalog();
  domain::KnownObjects known;
  known.exists = [&](Kind kind, std::string_view name) {
    const auto object = catalog.get(kind, name);
    return object && (kind == Kind::person || call.grants().sees(kind, object->site));
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
  known.nearest = [&](Kind kind, std::string_view name) {
    return nearest_object(call, kind, name);
  };
  return codec::check_known(parsed, known);
}

Result<net::HttpResponse> problems_response(const ApiCall& call, const BatchProblems& batch) {
  const auto& problems = batch.applied.problems;
  const auto of = [&](Code code) { return std::ranges::find(problems, code, &WriteProblem::code); };
  if (const auto denied = of(Code::denied); denied != problems.end()) {
    std::vector<domain::Problem> told;
    for (const WriteProblem& problem : problems)
      if (problem.code == Code::denied) told.push_back(problem_of(batch, problem));
    call.refused.object = subject_of(call, batch.writes[denied->index].object);
    return error_response(403, fail(Code::denied, denied->text), told, batch.applied.more);
  }
  if (const auto found = of(Code::conflict); found != problems.end())
    return conflict(call, batch, *found);
  // All dangling references at once, with the names that may have been meant.
  std::vector<domain::Problem> told;
  if (batch.parsed != nullptr) told = ref_problems(call, *batch.parsed);
  const auto refs = told.size();
  for (const WriteProblem& problem : problems)
    if (refs == 0 || problem.code != Code::not_found)
      add_elsewhere(told, refs, problem_of(batch, problem));
  codec::sort_by_place(told);
  const std::size_t all = problems.size() + batch.applied.more;
  return error_response(422, invalid(told.front().text), told, all - std::min(all, told.size()));
}

}  // namespace lineside::hub
