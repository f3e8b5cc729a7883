#include "cli/manifest_files.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <format>

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

// Which object a problem of the hub is about, and the path in its document: "items[3].spec.parent",
// or "Site/berlin" for the whole.
domain::Problem at_source(const codec::ParsedObjects& parsed, domain::Problem problem) {
  std::optional<std::size_t> object = find_object(parsed, problem.path);
  std::string path = object ? "name" : "";
  if (problem.path.starts_with(kItem)) {
    std::size_t index = 0;
    const char* const end = problem.path.data() + problem.path.size();
    const auto [stop, error] = std::from_chars(problem.path.data() + kItem.size(), end, index);
    if (error == std::errc() && std::string_view(stop, end).starts_with("].")) {
      object = index;
      path = std::string(stop + 2, end);
      problem.path = path;
    }
  }
  std::string_view value = problem.found;
  if (value.size() > 1 && value.starts_with('\'') && value.ends_with('\''))
    value = value.substr(1, value.size() - 2);
  if (object && *object < parsed.objects.size())
    problem.place = parsed.place_of(*object, path, value);
  return problem;
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
  for (std::size_t i = 0; i < parsed.objects.size(); ++i) {
    json.begin_object();
    codec::manifest_members(parsed.objects[i], json);
    if (const auto revision = parsed.told_revision(i))
      json.key("meta").begin_object().member("revision", *revision).end_object();
    json.end_object();
  }
  json.end_array().end_object();
  return json.take();
}

Result<Answer> answer_about(const codec::ParsedObjects& parsed, std::string_view body) {
  Answer answer = TRY(Answer::parse_lists(body));
  const std::size_t told = answer.items(answer.root()).size();
  if (told == parsed.objects.size()) return answer;
  return fail(Code::corrupt, std::format("the hub's answer is about {} of {} objects", told,
                                         parsed.objects.size()));
}

int report_problems(std::string_view verb, const codec::ParsedObjects& parsed) {
  for (const domain::Problem& problem : parsed.problems)
    std::fputs((problem_line(problem) + "\n").c_str(), stderr);
  return report(verb, invalid(std::format("{} problem{}, nothing was sent", parsed.problems.size(),
                                          parsed.problems.size() == 1 ? "" : "s")));
}

int report_refusal(std::string_view verb, const codec::ParsedObjects& parsed,
                   const HubClient& client, const Error& error) {
  for (const domain::Problem& problem : client.problems())
    std::fputs((problem_line(at_source(parsed, problem)) + "\n").c_str(), stderr);
  if (const auto object = find_object(parsed, client.changed_object())) {
    const domain::Place place = parsed.place_of(*object, "meta.revision");
    std::fputs((problem_line({place, client.changed_object(), error.text, "", ""}) + "\n").c_str(),
               stderr);
  }
  return report(verb, error);
}

}  // namespace lineside::cli
