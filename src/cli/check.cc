#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <format>
#include <functional>
#include <map>
#include <tuple>
#include <utility>

#include "base/text.h"
#include "cli/admit.h"
#include "cli/answer.h"
#include "cli/manifest_files.h"
#include "cli/options.h"
#include "cli/telling.h"
#include "cli/verbs.h"
#include "codec/catalog.h"
#include "codec/json_writer.h"
#include "codec/manifest.h"
#include "edge/plan.h"

namespace lineside::cli {

namespace {

using domain::Kind;

constexpr std::size_t kFileNameMax = 300;
constexpr std::size_t kLineMax = 10'000;  // bytes; more than a path is long

struct Checked {
  edge::LoadedPlan loaded;
  std::vector<std::string> problems;  // of the plan and of what is for a hub, a line each
  // What these lines were made of, as far as it is known.
  std::map<std::string, domain::Problem, std::less<>> origins;
  std::array<std::size_t, domain::kKinds> counts{};  // objects of each kind
  std::vector<std::string> in_hub;       // sentences about models that cannot be looked at here
  std::vector<std::string> sub_folders;  // with manifests, which an edge does not take
};

bool is_of_edge(std::string_view kind) {
  return kind == to_text(Kind::connection) || kind == to_text(Kind::contract) ||
         kind == to_text(Kind::pipeline);
}

// Finds out in which document a problem is.
class Documents {
 public:
  explicit Documents(const std::vector<codec::SourceFile>& files) {
    std::vector<domain::Problem> told_elsewhere;
    for (const codec::SourceFile& file : files) {
      for (const codec::Tree& tree : codec::Tree::from_yaml(file.text, file.path, told_elsewhere)) {
        const auto* kind = tree.find(tree.root(), "kind");
        const bool is_named = kind != nullptr && kind->is_scalar();
        begins_[{file.path, tree.place(tree.root()).line}] = is_named ? kind->text : "";
      }
    }
  }

  // Whether it is one that the plan is made of: then the plan says what is wrong with it.
  bool is_of_plan(const domain::Place& place) const {
    const auto after = begins_.upper_bound({place.file, place.line});
    if (after == begins_.begin()) return false;
    const auto& [begin, kind] = *std::prev(after);
    return begin.first == place.file && is_of_edge(kind);
  }

 private:
  std::map<std::pair<std::string, int>, std::string> begins_;  // kind by file and line
};

// "file:line:column: path: ", with which the plan's lines begin too.
std::string head_of(const domain::Place& place, const std::string& path) {
  const std::string head = std::format("{}:{}:{}: ", place.file, place.line, place.column);
  return path.empty() ? head : head + path + ": ";
}

// A version is a file of the hub: that there is none beside the pipeline is nothing that is wrong
// with the folder.
void pass_over_versions(const codec::ParsedObjects& parsed, Checked& checked) {
  for (std::size_t i = 0; i < parsed.objects.size(); ++i) {
    const domain::CatalogObject& object = parsed.objects[i];
    const auto ref = std::ranges::find(object.refs, "model.version", &domain::Ref::field);
    if (object.kind != Kind::pipeline || ref == object.refs.end()) continue;
    checked.in_hub.push_back(
        std::format("pipeline {}: model version {} is the hub's, its file was "
                    "not looked at",
                    excerpt(object.name, kFileNameMax), excerpt(ref->name, kFileNameMax)));
    const std::string head = head_of(parsed.place_of(i, "spec.model.file"), "spec.model.file");
    std::erase_if(checked.problems,
                  [&](const std::string& line) { return line.starts_with(head); });
  }
}

// All manifests by their paths: those of the plan, and those below it, which `lineside apply` takes
// too.
std::vector<codec::SourceFile> find_all(const std::string& folder, Checked& checked) {
  std::vector<codec::SourceFile> files = checked.loaded.manifests;
  auto below = read_sub_folders(folder);
  if (!below) {
    checked.problems.push_back(below.error().text);
    return files;
  }
  for (codec::SourceFile& file : *below) {
    checked.sub_folders.push_back(file.path.substr(0, file.path.rfind('/')));
    files.push_back(std::move(file));
  }
  std::ranges::sort(checked.sub_folders);
  const auto again = std::ranges::unique(checked.sub_folders);
  checked.sub_folders.erase(again.begin(), again.end());
  std::ranges::stable_sort(files, {}, &codec::SourceFile::path);
  return files;
}

// "FILE:LINE:COLUMN: what", which is all that is known of what the texts of manifests do not show:
// that a model does not fit, or a file is not there.
domain::Problem problem_in(std::string_view line, const std::vector<codec::SourceFile>& files) {
  domain::Problem problem{.text = std::string(line)};
  for (const codec::SourceFile& file : files) {
    if (!line.starts_with(file.path + ":")) continue;
    const char* const end = line.data() + line.size();
    const char* at = line.data() + file.path.size() + 1;
    domain::Place place{.file = file.path};
    const auto number = std::from_chars(at, end, place.line);
    if (number.ec != std::errc() || number.ptr == end || *number.ptr != ':') continue;
    const auto column = std::from_chars(number.ptr + 1, end, place.column);
    if (column.ec != std::errc() || !std::string_view(column.ptr, end).starts_with(": ")) continue;
    problem.place = place;
    problem.text = std::string(column.ptr + 2, end);
    return problem;
  }
  return problem;
}

domain::Problem problem_of(const Checked& checked, const std::string& line) {
  const auto origin = checked.origins.find(line);
  return origin != checked.origins.end() ? origin->second
                                         : problem_in(line, checked.loaded.manifests);
}

// By files and lines; what has no place, such as that there are more, stays last.
void sort_problems(Checked& checked) {
  using Key = std::tuple<bool, std::string, bool, int, int>;
  std::vector<std::pair<Key, std::string>> keyed;
  for (std::string& line : checked.problems) {
    const domain::Place place = problem_of(checked, line).place;
    Key key(place.file.empty(), place.file, place.line == 0, place.line, place.column);
    keyed.emplace_back(std::move(key), std::move(line));
  }
  std::ranges::stable_sort(keyed, {}, &std::pair<Key, std::string>::first);
  for (std::size_t i = 0; i < keyed.size(); ++i) checked.problems[i] = std::move(keyed[i].second);
}

Checked check_folder(const std::string& folder) {
  Checked checked;
  checked.loaded = edge::load_plan({world::system_files(), folder, admission("")});
  checked.problems = checked.loaded.problems;
  auto parsed = codec::parse_objects_yaml(find_all(folder, checked));
  for (const auto* objects : {&parsed.objects, &parsed.flawed})
    for (const domain::CatalogObject& object : *objects)
      ++checked.counts[static_cast<std::size_t>(object.kind)];
  pass_over_versions(parsed, checked);
  pass_over_versions({.objects = parsed.flawed, .problems = {}, .sources = parsed.flawed_sources},
                     checked);
  codec::sort_by_place(parsed.problems);
  const Documents documents(checked.loaded.manifests);
  for (const domain::Problem& problem : parsed.problems) {
    if (documents.is_of_plan(problem.place)) continue;
    // Said of all kinds, where the plan knows three.
    const std::string head = head_of(problem.place, problem.path);
    std::erase_if(checked.problems,
                  [&](const std::string& line) { return line.starts_with(head); });
    checked.problems.push_back(domain::to_text(problem));
    checked.origins.try_emplace(checked.problems.back(), problem);
  }
  // The plan has told its own as lines.
  if (!checked.problems.empty())
    for (domain::Problem& problem : codec::parse_config(checked.loaded.manifests).problems)
      checked.origins.try_emplace(domain::to_text(problem), std::move(problem));
  sort_problems(checked);
  return checked;
}

void write_problems(const Checked& checked, codec::JsonWriter& json) {
  json.key("problems").begin_array();
  for (const std::string& line : checked.problems) write_mistake(json, problem_of(checked, line));
  json.end_array();
}

void print_json(const Checked& checked) {
  codec::JsonWriter json;
  json.begin_object().member("ok", checked.problems.empty());
  write_problems(checked, json);
  json.key("objects").begin_object();
  for (std::size_t i = 0; i < domain::kKinds; ++i)
    if (checked.counts[i] > 0)
      json.member(to_text(static_cast<Kind>(i)), static_cast<std::uint64_t>(checked.counts[i]));
  json.end_object().member("in_hub", checked.in_hub);
  json.member("sub_folders", checked.sub_folders);
  if (checked.loaded.plan && checked.problems.empty()) {
    const edge::Plan& plan = *checked.loaded.plan;
    json.member("revision", plan.revision).key("pipelines").begin_array();
    for (const edge::PlannedPipeline& pipeline : plan.pipelines) {
      json.begin_object().member("name", pipeline.name).member("version", pipeline.version);
      json.member("model", pipeline.model_digest).member("outputs", pipeline.outputs).end_object();
    }
    json.end_array();
  }
  json.end_object();
  print(json.take() + "\n");
}

// "Site 1, Asset 2".
std::string counts_of(const Checked& checked) {
  std::string text;
  for (std::size_t i = 0; i < domain::kKinds; ++i)
    if (checked.counts[i] > 0)
      text += std::format("{}{} {}", text.empty() ? "" : ", ", to_text(static_cast<Kind>(i)),
                          checked.counts[i]);
  return text.empty() ? "no objects" : text;
}

// Empty: there are none.
std::string told_of_sub_folders(const Checked& checked) {
  std::string names;
  for (const std::string& name : checked.sub_folders)
    names += (names.empty() ? "" : ", ") + excerpt(name, kFileNameMax);
  return names.empty() ? "" : std::format("not taken by an edge, only by a hub: {}\n", names);
}

// What two signatures differ in is told in indented lines; no name of a file begins a line.
std::string shown(std::string_view problem) {
  std::string text;
  for (const std::string_view line : split(problem, '\n')) {
    const bool is_first = line.data() == problem.data();
    if (!is_first) text += line.starts_with("  ") ? "\n" : "\\n";
    text += excerpt(line, kLineMax);
  }
  return text;
}

void print_text(const Checked& checked) {
  const std::string sub_folders = told_of_sub_folders(checked);
  std::fputs(sub_folders.c_str(), checked.problems.empty() ? stdout : stderr);
  if (!checked.problems.empty()) {
    for (const std::string& problem : checked.problems)
      std::fputs((shown(problem) + "\n").c_str(), stderr);
    std::fputs(std::format("looked at: {}\n", counts_of(checked)).c_str(), stderr);
    return;
  }
  for (const std::string& sentence : checked.in_hub) print(sentence + "\n");
  const auto& plan = checked.loaded.plan;
  std::puts(std::format("good: {}{}", counts_of(checked),
                        plan ? "; revision " + plan->revision.substr(0, 19) : "")
                .c_str());
}

}  // namespace

int run_check(const Arguments& arguments) {
  std::string folder;
  bool json = false;
  Options options("check", "Validates the manifests of a folder, and the models they name.");
  options.required("folder", folder, "folder with *.yaml manifests");
  options.flag("--json", json, "one JSON object on standard output");
  if (const auto code = options.parse(arguments)) return *code;
  if (const auto there = world::system_files().list(folder); !there)
    return report(Telling{"check", json}, there.error());
  const Checked checked = check_folder(folder);
  json ? print_json(checked) : print_text(checked);
  return checked.problems.empty() ? 0 : traits(Code::invalid).exit_code;
}

}  // namespace lineside::cli
