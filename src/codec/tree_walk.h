// Reads a tree into any struct that has a field table: every mistake at once, each with its place,
// what was expected and what was found; the first 1000 of one list are told. Null counts as absent.
#pragma once

#include <array>
#include <format>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/time.h"
#include "codec/tree.h"
#include "domain/fields.h"
#include "domain/manifest.h"

namespace lineside::codec {

// Of one list, and one that says there are more.
inline constexpr std::size_t kProblemsMax = domain::kProblemsMax;

// Whether one more problem of `file` is to be told; the first that is not leaves a word about it.
bool room_for_problem(std::vector<domain::Problem>& problems, const std::string& file);

// A path as a chain through the stack; it becomes text only for a problem.
struct TreePath {
  static constexpr std::size_t kNoIndex = std::numeric_limits<std::size_t>::max();

  const TreePath* parent = nullptr;
  std::string_view name = {};
  std::size_t index = kNoIndex;  // of a list's item

  std::string text() const;  // "spec.mappings[0].topic"
};

class TreeWalk {
 public:
  TreeWalk(const Tree& tree, std::vector<domain::Problem>& problems)
      : tree_(tree), problems_(problems) {}

  // Whether all of `node` fits; what was read before a mistake is in `out`.
  template <domain::Described S>
  bool read(const TreeNode& node, const TreePath& path, S& out) {
    if (!node.is_map()) return mismatch(node, path, "a map");
    static constexpr auto kNames = names_of<S>();
    std::array<const TreeNode*, kNames.size()> found{};
    const std::size_t before = found_;
    match_keys(node, path, kNames, found);
    std::size_t i = 0;
    domain::each_field<S>(
        [&](const auto& field) { read_field(node, found[i++], path, field, out); });
    return found_ == before;
  }

  // Each key is one of `known`, once; `found` gets the first member of each, or null.
  void match_keys(const TreeNode& map, const TreePath& path,
                  std::span<const std::string_view> known, std::span<const TreeNode*> found);
  void problem(const TreeNode& node, const TreePath& path, std::string text, std::string expected,
               std::string found);
  bool mismatch(const TreeNode& node, const TreePath& path, std::string expected);
  static std::string shown(const TreeNode& node);  // "'text'", "a map"

 private:
  // False: enough are told, so there is no need to find words.
  bool count_problem();
  void unknown_key(const TreeNode& member, const TreePath& path,
                   std::span<const std::string_view> known);
  template <domain::Described S>
  static constexpr auto names_of() {
    return std::apply(
        [](const auto&... field) {
          return std::array<std::string_view, sizeof...(field)>{field.name...};
        },
        fields(static_cast<const S*>(nullptr)));
  }

  template <class S, class M>
  void read_field(const TreeNode& map, const TreeNode* node, const TreePath& parent,
                  const domain::Field<S, M>& field, S& out) {
    const TreePath path{&parent, field.name};
    if (!node || node->is_null()) {
      if (field.need == domain::Need::required)
        problem(map, path, "missing field", std::string(field.doc), "nothing");
      return;
    }
    if (read_value(*node, path, out.*field.member))
      check_range(*node, path, field, out.*field.member);
  }

  template <class S, class M, class V>
  void check_range(const TreeNode& node, const TreePath& path, const domain::Field<S, M>& field,
                   const V& value) {
    double number = 0;
    if constexpr (std::is_same_v<V, Duration>)
      number = value.as_seconds();
    else if constexpr (std::is_arithmetic_v<V> && !std::is_same_v<V, bool>)
      number = static_cast<double>(value);
    else
      return;
    if (number >= field.min && number <= field.max) return;
    problem(node, path, "out of range",
            std::format("{} to {}{}{}", field.min, field.max, field.unit.empty() ? "" : " ",
                        field.unit),
            shown(node));
  }
  template <class S, class M, class V>
  void check_range(const TreeNode& node, const TreePath& path, const domain::Field<S, M>& field,
                   const std::optional<V>& value) {
    if (value) check_range(node, path, field, *value);
  }

  template <class T>
  bool read_value(const TreeNode& node, const TreePath& path, std::optional<T>& out) {
    T value{};
    if (!read_value(node, path, value)) return false;
    out = std::move(value);
    return true;
  }
  template <class T>
  bool read_value(const TreeNode& node, const TreePath& path, std::vector<T>& out) {
    if (!node.is_list()) return mismatch(node, path, "a list");
    bool good = true;
    out.clear();
    out.reserve(node.size);
    for (const TreeNode* item = tree_.child(node); item; item = tree_.next(*item)) {
      T value{};
      good = read_value(*item, TreePath{&path, {}, out.size()}, value) && good;
      out.push_back(std::move(value));
    }
    return good;
  }
  template <domain::Described S>
  bool read_value(const TreeNode& node, const TreePath& path, S& out) {
    return read(node, path, out);
  }
  template <domain::NamedEnum E>
  bool read_value(const TreeNode& node, const TreePath& path, E& out) {
    if (const auto value = is_text(node) ? domain::from_text<E>(node.text) : std::nullopt) {
      out = *value;
      return true;
    }
    static constexpr auto kAll = names(static_cast<const E*>(nullptr));
    return wrong_choice(node, path, kAll);
  }
  bool read_value(const TreeNode& node, const TreePath& path, std::string& out);
  bool read_value(const TreeNode& node, const TreePath& path, bool& out);
  bool read_value(const TreeNode& node, const TreePath& path, double& out);
  bool read_value(const TreeNode& node, const TreePath& path, int& out);
  bool read_value(const TreeNode& node, const TreePath& path, std::int64_t& out);
  bool read_value(const TreeNode& node, const TreePath& path, std::uint64_t& out);
  bool read_value(const TreeNode& node, const TreePath& path, Duration& out);
  bool read_value(const TreeNode& node, const TreePath& path, Time& out);

  static bool is_text(const TreeNode& node) {
    return node.kind == TreeKind::plain || node.kind == TreeKind::text;
  }
  bool wrong_choice(const TreeNode& node, const TreePath& path,
                    std::span<const std::string_view> names);

  const Tree& tree_;
  std::vector<domain::Problem>& problems_;
  std::size_t found_ = 0;  // problems, told or not
};

}  // namespace lineside::codec
