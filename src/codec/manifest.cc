#include "codec/manifest.h"

#include <algorithm>
#include <array>
#include <limits>

#include "codec/yaml_internal.h"

namespace lineside::codec {

namespace {

using domain::Problem;

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

// Reads `spec` of one document into a new manifest of `list`.
template <class Spec>
void add(const YAML::Node& node, YamlWalk& walk, const std::string& file,
         std::vector<domain::Manifest<Spec>>& list) {
  domain::Manifest<Spec> manifest;
  manifest.name = node["name"].IsDefined() && node["name"].IsScalar() ? node["name"].Scalar() : "";
  manifest.folder = folder_of(file);
  manifest.place = walk.place(node);
  walk.remember("spec", node["spec"]);
  walk.read(node["spec"], "spec", manifest.spec);
  list.push_back(std::move(manifest));
}

using AddDocument = void (*)(const YAML::Node&, YamlWalk&, const std::string&, domain::EdgeConfig&);
struct Kind {
  std::string_view name;
  AddDocument add;
};

// The kinds of manifest an edge takes: one row each.
constexpr std::array<Kind, 3> kKinds = {{
    {"Connection", [](const YAML::Node& n, YamlWalk& w, const std::string& f,
                      domain::EdgeConfig& c) { add(n, w, f, c.connections); }},
    {"Contract", [](const YAML::Node& n, YamlWalk& w, const std::string& f,
                    domain::EdgeConfig& c) { add(n, w, f, c.contracts); }},
    {"Pipeline", [](const YAML::Node& n, YamlWalk& w, const std::string& f,
                    domain::EdgeConfig& c) { add(n, w, f, c.pipelines); }},
}};

// Kinds that stand beside an edge's manifests but are read by other verbs.
constexpr std::array<std::string_view, 1> kOtherKinds = {"Training"};

void check_header(const YAML::Node& node, YamlWalk& walk) {
  static constexpr std::array<std::string_view, 4> kKeys = {"apiVersion", "kind", "name", "spec"};
  for (const std::string_view key : kKeys)
    if (!node[std::string(key)].IsDefined())
      walk.problem(node, std::string(key), "missing field", std::string(key), "nothing");
  for (const auto& entry : node) {
    const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "";
    if (std::ranges::find(kKeys, key) != kKeys.end()) continue;
    walk.problem(entry.first, key, "unknown field", "apiVersion, kind, name, spec",
                 "'" + excerpt(key, 60) + "'");
  }
  const YAML::Node version = node["apiVersion"];
  if (version.IsDefined() && (!version.IsScalar() || version.Scalar() != domain::kApiVersion))
    walk.problem(version, "apiVersion", "wrong value", std::string(domain::kApiVersion),
                 version.IsScalar() ? "'" + excerpt(version.Scalar(), 60) + "'" : "no text");
}

void read_document(const YAML::Node& node, YamlWalk& walk, const std::string& file,
                   ParsedConfig& out) {
  if (!node.IsMap())
    return walk.problem(node, "", "wrong value", "a map of apiVersion, kind, name, spec",
                        node.IsNull() ? "nothing" : "something else");
  check_header(node, walk);
  const YAML::Node kind = node["kind"];
  if (!kind.IsDefined() || !kind.IsScalar() || !node["spec"].IsDefined()) return;
  if (std::ranges::find(kOtherKinds, kind.Scalar()) != kOtherKinds.end()) return;
  std::vector<std::string_view> names;
  for (const Kind& row : kKinds) {
    if (row.name == kind.Scalar()) return row.add(node, walk, file, out.config);
    names.push_back(row.name);
  }
  const auto near = nearest(kind.Scalar(), names);
  walk.problem(kind, "kind", "unknown kind",
               near ? "'" + std::string(*near) + "' perhaps" : "Connection, Contract or Pipeline",
               "'" + excerpt(kind.Scalar(), 60) + "'");
}

// Whether `path` is `parent` or a field of it.
bool within(std::string_view path, std::string_view parent) {
  if (!path.starts_with(parent)) return false;
  return path.size() == parent.size() || path[parent.size()] == '.' || path[parent.size()] == '[';
}

// A rule across fields says nothing new about a field that did not parse in the first place.
bool follows_from(const Problem& problem, const std::vector<Problem>& of_fields) {
  return std::ranges::any_of(of_fields, [&](const Problem& known) {
    return known.place.file == problem.place.file &&
           (within(known.path, problem.path) || within(problem.path, known.path));
  });
}

}  // namespace

domain::Place ParsedConfig::place_of(const domain::Place& document, std::string path) const {
  for (const Document& known : documents)
    if (known.place.file == document.file && known.place.line == document.line)
      return nearest_place(known.fields, std::move(path), document);
  return document;
}

bool ParsedConfig::sound(const domain::Place& document) const {
  int end = std::numeric_limits<int>::max();  // the line where the next document begins
  for (const Document& known : documents)
    if (known.place.file == document.file && known.place.line > document.line)
      end = std::min(end, known.place.line);
  return std::ranges::none_of(problems, [&](const Problem& problem) {
    return problem.place.file == document.file && problem.place.line >= document.line &&
           problem.place.line < end;
  });
}

ParsedConfig parse_config(const std::vector<SourceFile>& files) {
  ParsedConfig out;
  for (const SourceFile& file : files) {
    for (const YAML::Node& node : load_documents(file.path, file.text, out.problems)) {
      if (node.IsNull()) continue;
      YamlWalk walk(file.path, out.problems);
      read_document(node, walk, file.path, out);
      out.documents.push_back({walk.place(node), walk.places()});
    }
  }
  const std::vector<Problem> of_fields = out.problems;
  for (Problem problem : domain::check(out.config)) {
    problem.place = out.place_of(problem.place, problem.path);
    if (!follows_from(problem, of_fields)) out.problems.push_back(std::move(problem));
  }
  return out;
}

}  // namespace lineside::codec
