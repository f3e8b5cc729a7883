#include "cli/manifest_files.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <format>
#include <set>
#include <tuple>

#include "base/text.h"
#include "domain/fields.h"
#include "world/files.h"

namespace lineside::cli {

namespace {

constexpr int kDepthMax = 32;  // of folders; a link may lead round in a circle
constexpr std::string_view kItem = "items[";

Result<void> read_file(const std::string& path, std::vector<codec::SourceFile>& files) {
  const Bytes bytes = TRY(world::system_files().read(path));
  files.push_back({path, std::string(as_text(bytes))});
  return {};
}

Result<void> read_below(const std::string& folder, int depth,
                        std::vector<codec::SourceFile>& files) {
  if (depth > kDepthMax) return invalid(folder + ": folders are nested too deeply");
  for (const std::string& name : TRY(world::system_files().list(folder))) {
    if (name.starts_with(".")) continue;
    if (name.ends_with("/"))
      TRY(read_below(folder + "/" + name.substr(0, name.size() - 1), depth + 1, files));
    else if (name.ends_with(".yaml") || name.ends_with(".yml"))
      TRY(read_file(folder + "/" + name, files));
  }
  return {};
}

std::optional<std::size_t> find_object(const codec::ParsedObjects& parsed, std::string_view name) {
  for (std::size_t i = 0; i < parsed.objects.size(); ++i)
    if (std::format("{}/{}", to_text(parsed.objects[i].kind), parsed.objects[i].name) == name)
      return i;
  return std::nullopt;
}

// "items[3].spec.parent" in its two parts.
struct ItemPath {
  std::size_t index = 0;
  std::string path;
};
std::optional<ItemPath> item_path(std::string_view text) {
  if (!text.starts_with(kItem)) return std::nullopt;
  ItemPath found;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + kItem.size(), end, found.index);
  if (error != std::errc() || !std::string_view(stop, end).starts_with("].")) return std::nullopt;
  found.path = std::string(stop + 2, end);
  return found;
}

// Without the quotes around it.
std::string_view value_in(std::string_view found) {
  const bool is_quoted = found.size() > 1 && found.starts_with('\'') && found.ends_with('\'');
  return is_quoted ? found.substr(1, found.size() - 2) : found;
}

// Which object a problem of the hub is about, and the path in its document: "items[3].spec.parent",
// or "Site/berlin" for the whole.
domain::Problem at_source(const codec::ParsedObjects& parsed, domain::Problem problem) {
  std::optional<std::size_t> object = find_object(parsed, problem.path);
  std::string path = object ? "name" : "";
  if (const auto item = item_path(problem.path)) {
    object = item->index;
    path = item->path;
    problem.path = path;
  }
  if (object && *object < parsed.objects.size())
    problem.place = parsed.place_of(*object, path, value_in(problem.found));
  return problem;
}

// As objects without an apiVersion: whatever the hub makes of the rest, it takes none of them.
void write_flawed(const codec::ParsedObjects& parsed, codec::JsonWriter& json) {
  for (const domain::CatalogObject& object : parsed.flawed) {
    json.begin_object().member("kind", object.kind).member("name", object.name);
    json.key("spec").raw(object.spec.empty() ? "{}" : object.spec).end_object();
  }
  for (const codec::ParsedObjects::Unnamed& one : parsed.unnamed) {
    json.begin_object();
    if (one.kind) json.member("kind", *one.kind);
    if (!one.name.empty()) json.member("name", one.name);
    json.end_object();
  }
}

// What the hub says of a flawed object's references. What else it says of it is about what was
// sent, not about what is in the file.
std::optional<domain::Problem> of_flawed(const codec::ParsedObjects& parsed,
                                         domain::Problem problem) {
  const auto item = item_path(problem.path);
  if (!item || item->index < parsed.objects.size()) return std::nullopt;
  const std::size_t index = item->index - parsed.objects.size();
  if (index >= parsed.flawed.size()) return std::nullopt;
  for (const domain::Ref& ref : parsed.flawed[index].refs) {
    if (item->path != "spec." + ref.field || problem.found != "'" + excerpt(ref.name, 60) + "'")
      continue;
    const codec::ParsedObjects flawed{
        .objects = parsed.flawed, .problems = {}, .sources = parsed.flawed_sources};
    problem.path = item->path;
    problem.place = flawed.place_of(index, problem.path, ref.name);
    return problem;
  }
  return std::nullopt;
}

void print_problems(std::vector<domain::Problem> problems) {
  codec::sort_by_place(problems);
  for (const domain::Problem& problem : problems)
    std::fputs((problem_line(problem) + "\n").c_str(), stderr);
}

std::string counted(std::size_t problems) {
  return std::format("{} problem{}", problems, problems == 1 ? "" : "s");
}

void write_items(const codec::ParsedObjects& parsed, codec::JsonWriter& json) {
  for (std::size_t i = 0; i < parsed.objects.size(); ++i) {
    json.begin_object();
    codec::manifest_members(parsed.objects[i], json);
    if (const auto revision = parsed.told_revision(i))
      json.key("meta").begin_object().member("revision", *revision).end_object();
    json.end_object();
  }
}

}  // namespace

Result<codec::ParsedObjects> read_manifests(const std::vector<std::string>& paths) {
  std::vector<codec::SourceFile> files;
  for (std::string path : paths) {
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    const bool is_folder = world::system_files().list(path).has_value();
    TRY(is_folder ? read_below(path, 0, files) : read_file(path, files));
  }
  auto parsed = codec::parse_objects_yaml(files);
  if (parsed.objects.empty() && parsed.problems.empty())
    return invalid("expected manifests of the catalog, found none in " + paths.front() +
                   (paths.size() > 1 ? " and the others" : ""));
  return parsed;
}

std::string request_body(const codec::ParsedObjects& parsed) {
  codec::JsonWriter json;
  json.begin_object().key("items").begin_array();
  write_items(parsed, json);
  json.end_array().end_object();
  return json.take();
}

Result<std::vector<domain::Problem>> ask_about_flawed(HubClient& client,
                                                      const codec::ParsedObjects& parsed) {
  codec::JsonWriter json;
  json.begin_object().key("items").begin_array();
  write_items(parsed, json);
  write_flawed(parsed, json);
  json.end_array().end_object();
  const auto answer = client.send("POST", api_path({"apply"}) + "?dry_run=true", json.take());
  std::vector<domain::Problem> found;
  if (answer) return found;
  if (answer.error().code != Code::invalid) return answer.error();
  std::set<std::tuple<std::string, int, int>> told;
  const auto key_of = [](const domain::Problem& problem) {
    return std::tuple(problem.place.file, problem.place.line, problem.place.column);
  };
  for (const domain::Problem& problem : parsed.problems) told.insert(key_of(problem));
  for (const domain::Problem& problem : client.problems()) {
    const auto item = item_path(problem.path);
    const bool is_sound = !item || item->index < parsed.objects.size();
    auto placed = is_sound ? std::optional(at_source(parsed, problem)) : of_flawed(parsed, problem);
    if (placed && !told.contains(key_of(*placed))) found.push_back(*std::move(placed));
  }
  return found;
}

Result<Answer> answer_about(const codec::ParsedObjects& parsed, std::string_view body) {
  Answer answer = TRY(Answer::parse_lists(body));
  const std::size_t told = answer.items(answer.root()).size();
  for (const codec::TreeNode* item : answer.items(answer.root()))
    if (answer.text(*item, "change").empty())
      return no_hub("expected a member 'change' of each object, found none");
  if (told == parsed.objects.size()) return answer;
  return fail(Code::corrupt, std::format("the hub's answer is about {} of {} objects", told,
                                         parsed.objects.size()));
}

int report_problems(std::string_view verb, const codec::ParsedObjects& parsed) {
  print_problems(parsed.problems);
  return report(verb, invalid(counted(parsed.problems.size()) + ", nothing was sent"));
}

int report_problems(std::string_view verb, const codec::ParsedObjects& parsed,
                    const Result<std::vector<domain::Problem>>& found) {
  std::vector<domain::Problem> problems = parsed.problems;
  if (found) problems.insert(problems.end(), found->begin(), found->end());
  const std::string count = counted(problems.size());
  print_problems(std::move(problems));
  if (found) return report(verb, invalid(count + ", nothing was stored"));
  return report(verb, invalid(std::format("{}, nothing was stored; what the files refer to was not "
                                          "looked up: {}",
                                          count, found.error().text)));
}

int report_refusal(std::string_view verb, const codec::ParsedObjects& parsed,
                   const HubClient& client, const Error& error) {
  std::vector<domain::Problem> problems;
  for (const domain::Problem& problem : client.problems())
    problems.push_back(at_source(parsed, problem));
  print_problems(std::move(problems));
  if (const auto object = find_object(parsed, client.changed_object())) {
    const domain::Place place = parsed.place_of(*object, "meta.revision");
    std::fputs((problem_line({place, client.changed_object(), error.text, "", ""}) + "\n").c_str(),
               stderr);
  }
  return report(verb, error);
}

}  // namespace lineside::cli
