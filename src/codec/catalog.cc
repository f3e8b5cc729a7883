#include "codec/catalog.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <set>
#include <tuple>

#include "base/text.h"
#include "codec/catalog_kinds_internal.h"
#include "codec/tree_internal.h"
#include "codec/tree_walk.h"

namespace lineside::codec {

namespace {

using domain::CatalogObject;
using domain::Kind;
using domain::Problem;

// The members of a document, in the order they are written in.
enum Member : std::size_t { api_version, kind, name, spec, meta };
constexpr std::array<std::string_view, 5> kMembers = {"apiVersion", "kind", "name", "spec", "meta"};
constexpr std::size_t kRequired = 4;
using Found = std::array<const TreeNode*, kMembers.size()>;

bool is_text(const TreeNode& node) {
  return node.kind == TreeKind::plain || node.kind == TreeKind::text;
}

// Nothing: it is no number of a revision.
std::optional<std::int64_t> revision_of(const TreeNode& node) {
  std::int64_t number = 0;
  const std::string_view text = node.text;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool good = node.is_scalar() && error == std::errc() && end == text.data() + text.size();
  return good && number >= 0 ? std::optional(number) : std::nullopt;
}

// Reads the documents of one tree after the other into `out`.
class CatalogReader {
 public:
  explicit CatalogReader(ParsedObjects& out) : out_(out) {}

  void document(const std::shared_ptr<const Tree>& tree, const TreeNode& root,
                const TreePath& path) {
    TreeWalk walk(*tree, out_.problems);
    if (!root.is_map()) {
      walk.mismatch(root, path, "a map of apiVersion, kind, name, spec");
      out_.unnamed.emplace_back();
      return;
    }
    Found found{};
    const TreeNode* kind_node = tree->find(root, kMembers[kind]);
    if (kind_node && kind_node->text == "Training") return;
    const std::size_t before = out_.problems.size();
    walk.match_keys(root, path, kMembers, found);
    check_header(walk, root, path, found);
    if (found[meta]) check_meta(walk, *tree, *found[meta], {&path, kMembers[meta]});
    CatalogObject object;
    object.place = tree->place(root);
    if (found[name] && is_text(*found[name])) object.name = found[name]->text;
    const auto known = found[kind] ? domain::from_text<Kind>(found[kind]->text) : std::nullopt;
    bool good = known && found[spec];
    if (known) object.kind = *known;
    if (good)
      good =
          kind_row(*known).read({*tree, root, *found[spec], path, before}, object, out_.problems);
    ParsedObjects::Source source{tree, &root, path.text()};
    if (!good || out_.problems.size() != before)
      return keep_flawed(std::move(object), known, std::move(source));
    out_.objects.push_back(std::move(object));
    out_.sources.push_back(std::move(source));
  }

  // What is in the rest of the documents nobody knows then.
  bool full() {
    if (out_.problems.size() <= kProblemsMax) return false;
    out_.unnamed.emplace_back();
    return true;
  }

 private:
  void keep_flawed(CatalogObject object, std::optional<Kind> known, ParsedObjects::Source source) {
    if (!known || object.name.empty()) {
      out_.unnamed.push_back({known, std::move(object.name)});
      return;
    }
    out_.flawed.push_back(std::move(object));
    out_.flawed_sources.push_back(std::move(source));
  }

  static void check_header(TreeWalk& walk, const TreeNode& root, const TreePath& path,
                           const Found& found) {
    for (std::size_t i = 0; i < kRequired; ++i)
      if (!found[i])
        walk.problem(root, {&path, kMembers[i]}, "missing field", std::string(kMembers[i]),
                     "nothing");
    if (found[api_version] && found[api_version]->text != domain::kApiVersion)
      walk.mismatch(*found[api_version], {&path, kMembers[api_version]},
                    std::string(domain::kApiVersion));
    if (found[name] && !is_text(*found[name]))
      walk.mismatch(*found[name], {&path, kMembers[name]}, "a text");
    if (found[kind] && !domain::from_text<Kind>(found[kind]->text))
      unknown_kind(walk, *found[kind], {&path, kMembers[kind]});
  }

  // What the hub itself tells of a revision. A number that cannot be read would protect nothing.
  static void check_meta(TreeWalk& walk, const Tree& tree, const TreeNode& node,
                         const TreePath& path) {
    if (!node.is_map()) walk.mismatch(node, path, "a map, as it was told");
    const TreeNode* revision = node.is_map() ? tree.find(node, "revision") : nullptr;
    if (revision && !revision_of(*revision))
      walk.mismatch(*revision, {&path, "revision"}, "the number of a revision");
  }

  static void unknown_kind(TreeWalk& walk, const TreeNode& node, const TreePath& path) {
    static constexpr auto kNames = names(static_cast<const Kind*>(nullptr));
    std::string all;
    for (const std::string_view kind_name : kNames)
      all += (all.empty() ? "one of " : ", ") + std::string(kind_name);
    const auto near = is_text(node) ? nearest(node.text, kNames) : std::nullopt;
    walk.problem(node, path, "unknown kind", near ? "'" + std::string(*near) + "' perhaps" : all,
                 TreeWalk::shown(node));
  }

  ParsedObjects& out_;
};

// The text `value` where `path` leads, through whichever items of the lists on the way.
const TreeNode* pick(const Tree& tree, const TreeNode& node, std::string_view path,
                     std::string_view value) {
  if (node.is_list()) {
    for (const TreeNode* item = tree.child(node); item; item = tree.next(*item))
      if (const TreeNode* found = pick(tree, *item, path, value)) return found;
    return nullptr;
  }
  if (path.empty()) return node.is_scalar() && node.text == value ? &node : nullptr;
  const std::size_t dot = path.find('.');
  const TreeNode* member = tree.find(node, path.substr(0, dot));
  if (!member) return nullptr;
  return pick(tree, *member, dot == std::string_view::npos ? "" : path.substr(dot + 1), value);
}

// At the line it is about; `value` as in place_of().
Problem located(const ParsedObjects& parsed, domain::ObjectProblem found, std::string_view value) {
  Problem problem = std::move(found.problem);
  problem.place = parsed.place_of(found.object, problem.path, value);
  const std::string& parent = parsed.sources[found.object].path;
  if (!parent.empty()) problem.path = parent + "." + problem.path;
  return problem;
}

// A dangling reference ends in the name that dangles.
std::string value_of(const domain::CatalogObject& object, const Problem& problem) {
  for (const domain::Ref& ref : object.refs)
    if (problem.path == "spec." + ref.field && problem.found == "'" + excerpt(ref.name, 60) + "'")
      return ref.name;
  return "";
}

// All objects, flawed ones at the end, as far as they are checked together.
ParsedObjects outline_of(const ParsedObjects& parsed) {
  ParsedObjects whole;
  for (const auto* objects : {&parsed.objects, &parsed.flawed})
    for (const CatalogObject& object : *objects)
      whole.objects.push_back({object.kind, object.name, {}, object.refs, {}, object.place});
  whole.sources = parsed.sources;
  whole.sources.insert(whole.sources.end(), parsed.flawed_sources.begin(),
                       parsed.flawed_sources.end());
  return whole;
}

using PlaceKey = std::tuple<std::string_view, int, int>;
PlaceKey key_of(const domain::Place& place) {
  const int line = place.line > 0 ? place.line : std::numeric_limits<int>::max();
  return {place.file, line, place.column};
}

// Of what is wrong at a place already, nothing more: a name that is none is also of nobody.
std::vector<Problem> elsewhere(const ParsedObjects& whole, std::vector<domain::ObjectProblem> found,
                               const std::vector<Problem>& told) {
  std::set<PlaceKey> places;
  for (const Problem& problem : told) places.insert(key_of(problem.place));
  std::vector<Problem> fresh;
  for (domain::ObjectProblem& one : found) {
    const std::string value = value_of(whole.objects[one.object], one.problem);
    Problem problem = located(whole, std::move(one), value);
    if (!places.contains(key_of(problem.place))) fresh.push_back(std::move(problem));
  }
  return fresh;
}

void check_together(ParsedObjects& parsed) {
  const bool is_sound = parsed.flawed.empty();
  const ParsedObjects outline = is_sound ? ParsedObjects() : outline_of(parsed);
  const ParsedObjects& whole = is_sound ? parsed : outline;
  for (Problem& problem : elsewhere(whole, domain::check(whole.objects), parsed.problems)) {
    if (!room_for_problem(parsed.problems, problem.place.file)) return;
    parsed.problems.push_back(std::move(problem));
  }
}

bool may_be_unnamed(const ParsedObjects& parsed, Kind kind, std::string_view name) {
  return std::ranges::any_of(parsed.unnamed, [&](const ParsedObjects::Unnamed& one) {
    return (!one.kind || *one.kind == kind) && (one.name.empty() || one.name == name);
  });
}

}  // namespace

domain::Place ParsedObjects::place_of(std::size_t object, std::string_view path,
                                      std::string_view value) const {
  const Source& source = sources[object];
  if (!value.empty())
    if (const TreeNode* node = pick(*source.tree, *source.document, path, value))
      return source.tree->place(*node);
  return source.tree->place(source.tree->nearest(*source.document, path));
}

std::optional<std::int64_t> ParsedObjects::told_revision(std::size_t object) const {
  const Source& source = sources[object];
  const TreeNode* meta = source.tree->find(*source.document, "meta");
  if (meta == nullptr || !meta->is_map()) return std::nullopt;
  const TreeNode* revision = source.tree->find(*meta, "revision");
  return revision ? revision_of(*revision) : std::nullopt;
}

namespace {

// Texts and names of members, as their escapes were read. `find` says what is none of a text.
template <class Find>
void check_values(const Tree& tree, const TreeNode& node, const Find& find,
                  std::vector<Problem>& problems) {
  const auto refuse = [&](const domain::Place& place, const OddCharacter& odd) {
    problems.push_back({place, excerpt(node.key), "control character",
                        "none but tabs and line breaks", std::format("U+{:04X}", odd.code)});
  };
  if (const auto odd = find(node.key)) refuse(tree.place_of_key(node), *odd);
  if (is_text(node))
    if (const auto odd = find(node.text)) refuse(tree.place(node), *odd);
  for (const TreeNode* child = tree.child(node); child != nullptr; child = tree.next(*child))
    check_values(tree, *child, find, problems);
}

// JSON; in YAML control characters are refused as a file is read.
void check_controls(const Tree& tree, Texts texts, std::vector<Problem>& problems) {
  check_values(
      tree, tree.root(),
      [&](std::string_view value) {
        const auto control = find_control_in_value(value);
        return control || texts == Texts::kept ? control : find_turning(value);
      },
      problems);
}

// In comments too, for whoever reads them. Columns count bytes.
bool check_turning(const SourceFile& file, std::vector<Problem>& problems) {
  const std::string_view text = file.text;
  const auto odd = find_turning(text);
  if (!odd) return true;
  const std::string_view before = text.substr(0, odd->at);
  const auto line = static_cast<int>(std::ranges::count(before, '\n')) + 1;
  const auto column = static_cast<int>(odd->at - (before.rfind('\n') + 1)) + 1;
  problems.push_back({{file.path, line, column},
                      "",
                      "control character",
                      "none but tabs and line breaks",
                      std::format("U+{:04X}", odd->code)});
  return false;
}

// Empty where one of them is not to be read.
std::vector<Tree> read_yaml(const SourceFile& file, Texts texts, std::vector<Problem>& problems) {
  if (texts == Texts::fresh && !check_turning(file, problems)) return {};
  auto trees = Tree::from_yaml(file.text, file.path, problems);
  if (texts == Texts::kept) return trees;
  const std::size_t before = problems.size();
  for (const Tree& tree : trees) check_values(tree, tree.root(), find_turning, problems);
  if (problems.size() != before) trees.clear();
  return trees;
}

}  // namespace

ParsedObjects parse_objects_yaml(const std::vector<SourceFile>& files, Texts texts) {
  ParsedObjects out;
  CatalogReader reader(out);
  for (const SourceFile& file : files) {
    const std::size_t before = out.problems.size();
    auto trees = read_yaml(file, texts, out.problems);
    if (out.problems.size() != before) out.unnamed.emplace_back();
    for (Tree& tree : trees) {
      if (reader.full()) return out;
      const auto shared = std::make_shared<const Tree>(std::move(tree));
      reader.document(shared, shared->root(), {});
    }
  }
  check_together(out);
  return out;
}

Result<void> check_texts(std::string_view json, std::string_view shown_name) {
  std::vector<Problem> problems;
  const auto tree = Tree::from_json(json, std::string(shown_name), {}, problems);
  if (tree) check_controls(*tree, Texts::fresh, problems);
  if (!problems.empty()) return error_of(problems);
  return {};
}

ParsedObjects parse_objects_json(std::string_view text, std::string_view shown_name,
                                 const TreeLimits& limits, Texts texts) {
  ParsedObjects out;
  auto parsed = Tree::from_json(text, std::string(shown_name), limits, out.problems);
  if (!parsed) return out;
  const auto tree = std::make_shared<const Tree>(std::move(*parsed));
  const TreeNode& root = tree->root();
  check_controls(*tree, texts, out.problems);
  if (!out.problems.empty()) return out;
  const TreeNode* items = tree->find(root, "items");
  const TreePath items_path{nullptr, "items"};
  const TreeNode* list = root.is_list() ? &root : items;
  CatalogReader reader(out);
  if (!list) {
    reader.document(tree, root, {});
  } else {
    TreeWalk walk(*tree, out.problems);
    if (items) {
      static constexpr std::array<std::string_view, 1> kItems = {"items"};
      const TreeNode* found = nullptr;
      walk.match_keys(root, {}, kItems, {&found, 1});
    }
    if (!list->is_list()) walk.mismatch(*list, items_path, "a list");
    out.objects.reserve(list->size);
    out.sources.reserve(list->size);
    TreePath path{items ? &items_path : nullptr, {}, 0};
    for (const TreeNode* node = tree->child(*list); node && !reader.full();
         node = tree->next(*node), ++path.index)
      reader.document(tree, *node, path);
  }
  check_together(out);
  return out;
}

std::vector<Problem> check_known(const ParsedObjects& parsed, const domain::KnownObjects& known) {
  domain::KnownObjects here = known;
  here.exists = [&](Kind kind, std::string_view name) {
    return may_be_unnamed(parsed, kind, name) || (known.exists && known.exists(kind, name));
  };
  here.parent = [&](Kind kind, std::string_view name) {
    const bool is_told = known.parent && !may_be_unnamed(parsed, kind, name);
    return is_told ? known.parent(kind, name) : std::nullopt;
  };
  const ParsedObjects whole = outline_of(parsed);
  std::vector<Problem> problems = parsed.problems;
  auto found = elsewhere(whole, domain::check(whole.objects, here), parsed.problems);
  std::ranges::move(found, std::back_inserter(problems));
  sort_by_place(problems);
  return problems;
}

void sort_by_place(std::vector<Problem>& problems) {
  std::ranges::stable_sort(problems, {},
                           [](const Problem& problem) { return key_of(problem.place); });
}

Result<SpecRefs> spec_refs(Kind kind, std::string_view spec) { return kind_row(kind).refs(spec); }

std::vector<FilterField> filter_fields(Kind kind) {
  std::vector<FilterField> fields;
  kind_row(kind).filters("", fields);
  return fields;
}

}  // namespace lineside::codec
