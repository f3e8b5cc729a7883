#include "codec/manifest.h"

#include <algorithm>
#include <array>
#include <format>
#include <limits>

#include "base/text.h"
#include "codec/follows_internal.h"
#include "codec/mapping_check_internal.h"
#include "codec/tree_walk.h"

namespace lineside::codec {

namespace {

using domain::Problem;

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

const TreePath kSpec{nullptr, "spec"};

// One document as the readers of kinds see it.
struct Reading {
  const Tree& tree;
  TreeWalk& walk;
  const TreeNode& spec;
  std::string name;
};

// Where the catalog places it makes no other manifest of it for an edge.
template <domain::Described S>
void clear_catalog_fields(S& object) {
  domain::each_field<S>([&]<class M>(const domain::Field<S, M>& field) {
    if (field.catalog_only) object.*field.member = M{};
    if constexpr (std::is_same_v<M, std::optional<domain::ModelSpec>>)
      if (object.*field.member) clear_catalog_fields(*(object.*field.member));
  });
}

// Reads `spec` of one document into a new manifest of `list`.
template <class Spec>
void add(Reading& document, std::vector<domain::Manifest<Spec>>& list) {
  domain::Manifest<Spec> manifest;
  manifest.name = document.name;
  manifest.folder = folder_of(document.tree.file());
  manifest.place = document.tree.place(document.tree.root());
  document.walk.read(document.spec, kSpec, manifest.spec);
  clear_catalog_fields(manifest.spec);
  list.push_back(std::move(manifest));
}

using AddDocument = void (*)(Reading&, domain::EdgeConfig&);
struct EdgeKind {
  std::string_view name;
  AddDocument add;
};

// The kinds of manifest an edge takes: one row each.
constexpr std::array<EdgeKind, 3> kEdgeKinds = {{
    {"Connection", [](Reading& r, domain::EdgeConfig& c) { add(r, c.connections); }},
    {"Contract", [](Reading& r, domain::EdgeConfig& c) { add(r, c.contracts); }},
    {"Pipeline", [](Reading& r, domain::EdgeConfig& c) { add(r, c.pipelines); }},
}};

// Whether manifests of this kind may stand beside an edge's, to be read by others.
bool is_for_others(std::string_view kind) {
  return kind == "Training" || domain::from_text<domain::Kind>(kind);
}

void check_header(const Tree& tree, TreeWalk& walk) {
  static constexpr std::array<std::string_view, 5> kKeys = {"apiVersion", "kind", "name", "spec",
                                                            "meta"};
  constexpr std::size_t kIsRequired = 4;  // what a hub adds is nothing to an edge
  const TreeNode& root = tree.root();
  std::array<const TreeNode*, kKeys.size()> found{};
  walk.match_keys(root, {}, kKeys, found);
  for (std::size_t i = 0; i < kIsRequired; ++i)
    if (!found[i])
      walk.problem(root, {nullptr, kKeys[i]}, "missing field", std::string(kKeys[i]), "nothing");
  const TreeNode* version = found[0];
  if (version && (!version->is_scalar() || version->text != domain::kApiVersion))
    walk.problem(*version, {nullptr, "apiVersion"}, "wrong value", std::string(domain::kApiVersion),
                 version->is_scalar() ? TreeWalk::shown(*version) : "no text");
}

void read_document(const Tree& tree, TreeWalk& walk, ParsedConfig& out) {
  const TreeNode& root = tree.root();
  if (!root.is_map())
    return walk.problem(root, {}, "wrong value", "a map of apiVersion, kind, name, spec",
                        "something else");
  check_header(tree, walk);
  const TreeNode* kind = tree.find(root, "kind");
  const TreeNode* spec = tree.find(root, "spec");
  if (!kind || !kind->is_scalar() || !spec) return;
  const TreeNode* name = tree.find(root, "name");
  Reading document{tree, walk, *spec, std::string(name && name->is_scalar() ? name->text : "")};
  std::vector<std::string_view> names;
  for (const EdgeKind& row : kEdgeKinds) {
    if (row.name == kind->text) return row.add(document, out.config);
    names.push_back(row.name);
  }
  if (is_for_others(kind->text)) return;
  const auto near = nearest(kind->text, names);
  walk.problem(*kind, {nullptr, "kind"}, "unknown kind",
               near ? "'" + std::string(*near) + "' perhaps" : "Connection, Contract or Pipeline",
               TreeWalk::shown(*kind));
}

// The places of a node and of all below it.
void remember(const Tree& tree, const TreeNode& node, const std::string& path,
              std::map<std::string, domain::Place>& places) {
  if (!places.emplace(path, tree.place(node)).second) return;
  std::size_t index = 0;
  for (const TreeNode* child = tree.child(node); child; child = tree.next(*child), ++index) {
    if (node.is_list())
      remember(tree, *child, std::format("{}[{}]", path, index), places);
    else if (!child->is_null())
      remember(tree, *child, path + "." + std::string(child->key), places);
  }
}

// The place of `path` or of its nearest parent with a place.
domain::Place nearest_place(const std::map<std::string, domain::Place>& places, std::string path,
                            const domain::Place& otherwise) {
  while (!path.empty()) {
    if (const auto it = places.find(path); it != places.end()) return it->second;
    const std::size_t cut = path.find_last_of(".[");
    if (cut == std::string::npos) break;
    path.resize(cut);
  }
  return otherwise;
}

}  // namespace

domain::Place ParsedConfig::place_of(const domain::Place& document, std::string path) const {
  for (const Document& known : documents)
    if (known.place.file == document.file && known.place.line == document.line)
      return nearest_place(known.fields, std::move(path), document);
  return document;
}

bool ParsedConfig::sound(const domain::Place& document) const {
  return problems_of(document).empty();
}

std::vector<const Problem*> ParsedConfig::problems_of(const domain::Place& document) const {
  int end = std::numeric_limits<int>::max();  // the line where the next document begins
  for (const Document& known : documents)
    if (known.place.file == document.file && known.place.line > document.line)
      end = std::min(end, known.place.line);
  std::vector<const Problem*> found;
  for (const Problem& problem : problems)
    if (problem.place.file == document.file && problem.place.line >= document.line &&
        problem.place.line < end)
      found.push_back(&problem);
  return found;
}

ParsedConfig parse_config(const std::vector<SourceFile>& files) {
  ParsedConfig out;
  std::vector<std::vector<Problem>> of_fields;  // of each document
  for (const SourceFile& file : files) {
    for (const Tree& tree : Tree::from_yaml(file.text, file.path, out.problems)) {
      TreeWalk walk(tree, out.problems);
      const std::size_t before = out.problems.size();
      read_document(tree, walk, out);
      of_fields.emplace_back(out.problems.begin() + static_cast<std::ptrdiff_t>(before),
                             out.problems.end());
      auto& document = out.documents.emplace_back(tree.place(tree.root()));
      if (const TreeNode* spec = tree.find(tree.root(), "spec"))
        remember(tree, *spec, "spec", document.fields);
    }
  }
  std::vector<Problem> found = domain::check(out.config);
  for (const auto& connection : out.config.connections) check_paths(connection, found);
  for (Problem& problem : found) {
    const auto document =
        std::ranges::find_if(out.documents, [&](const ParsedConfig::Document& known) {
          return known.place.file == problem.place.file && known.place.line == problem.place.line;
        });
    const auto index = static_cast<std::size_t>(document - out.documents.begin());
    if (index < of_fields.size() && follows_from(problem, of_fields[index])) continue;
    problem.place = out.place_of(problem.place, problem.path);
    if (!room_for_problem(out.problems, problem.place.file)) break;
    out.problems.push_back(std::move(problem));
  }
  out.more_problems =
      found.size() >= domain::kProblemsMax || out.problems.size() > domain::kProblemsMax;
  return out;
}

}  // namespace lineside::codec
