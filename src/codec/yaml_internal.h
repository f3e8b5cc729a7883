// Reads a YAML node into any struct that has a field table. Only codec's .cc files include this.
#pragma once

#include <cmath>
#include <format>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <yaml-cpp/yaml.h>

#include "base/text.h"
#include "domain/fields.h"
#include "domain/manifest.h"

namespace lineside::codec {

// Collects problems and remembers where each path stands.
class YamlWalk {
 public:
  YamlWalk(std::string file, std::vector<domain::Problem>& problems)
      : file_(std::move(file)), problems_(problems) {}

  domain::Place place(const YAML::Node& node) const {
    const YAML::Mark mark = node.Mark();
    if (mark.is_null()) return {file_, 0, 0};
    return {file_, mark.line + 1, mark.column + 1};
  }
  void problem(const YAML::Node& node, std::string path, std::string text, std::string expected,
               std::string found) {
    problems_.push_back(
        {place(node), std::move(path), std::move(text), std::move(expected), std::move(found)});
  }
  void remember(const std::string& path, const YAML::Node& node) { places_[path] = place(node); }
  const std::map<std::string, domain::Place>& places() const { return places_; }

  template <domain::Described S>
  bool read(const YAML::Node& node, const std::string& path, S& out) {
    if (!node.IsMap()) return mismatch(node, path, "a map");
    const std::size_t before = problems_.size();
    std::vector<std::string_view> known;
    domain::each_field<S>([&](const auto& field) { known.push_back(field.name); });
    check_keys(node, path, known);
    domain::each_field<S>([&](const auto& field) { read_field(node, path, field, out); });
    return problems_.size() == before;
  }

 private:
  template <class S, class M>
  void read_field(const YAML::Node& node, const std::string& path, const domain::Field<S, M>& field,
                  S& out) {
    const std::string name(field.name);
    const std::string field_path = path + "." + name;
    const YAML::Node child = node[name];
    if (!child.IsDefined() || child.IsNull()) {
      if (field.need == domain::Need::required)
        problem(node, field_path, "missing field", std::string(field.doc), "nothing");
      return;
    }
    remember(field_path, child);
    if (!read_value(child, field_path, out.*field.member)) return;
    check_range(child, field_path, field, out.*field.member);
  }

  template <class S, class M, class V>
  void check_range(const YAML::Node& node, const std::string& path,
                   const domain::Field<S, M>& field, const V& value) {
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
            scalar(node));
  }
  template <class S, class M, class V>
  void check_range(const YAML::Node& node, const std::string& path,
                   const domain::Field<S, M>& field, const std::optional<V>& value) {
    if (value) check_range(node, path, field, *value);
  }

  template <class T>
  bool read_value(const YAML::Node& node, const std::string& path, std::optional<T>& out) {
    T value{};
    if (!read_value(node, path, value)) return false;
    out = std::move(value);
    return true;
  }
  template <class T>
  bool read_value(const YAML::Node& node, const std::string& path, std::vector<T>& out) {
    if (!node.IsSequence()) return mismatch(node, path, "a list");
    bool good = true;
    for (std::size_t i = 0; i < node.size(); ++i) {
      if (++items_ > kItemsMax) return too_many(node, path);
      const std::string item_path = std::format("{}[{}]", path, i);
      remember(item_path, node[i]);
      T item{};
      good = read_value(node[i], item_path, item) && good;
      out.push_back(std::move(item));
    }
    return good;
  }
  template <domain::Described S>
  bool read_value(const YAML::Node& node, const std::string& path, S& out) {
    return read(node, path, out);
  }
  template <domain::NamedEnum E>
  bool read_value(const YAML::Node& node, const std::string& path, E& out) {
    if (const auto value = node.IsScalar() ? domain::from_text<E>(node.Scalar()) : std::nullopt) {
      out = *value;
      return true;
    }
    constexpr auto all = names(static_cast<const E*>(nullptr));
    return mismatch(node, path, choices(all));
  }
  bool read_value(const YAML::Node& node, const std::string& path, std::string& out);
  bool read_value(const YAML::Node& node, const std::string& path, bool& out);
  bool read_value(const YAML::Node& node, const std::string& path, double& out);
  bool read_value(const YAML::Node& node, const std::string& path, int& out);
  bool read_value(const YAML::Node& node, const std::string& path, std::int64_t& out);
  bool read_value(const YAML::Node& node, const std::string& path, Duration& out);

  void check_keys(const YAML::Node& map, const std::string& path,
                  std::span<const std::string_view> known);
  bool too_many(const YAML::Node& node, const std::string& path);
  bool mismatch(const YAML::Node& node, const std::string& path, std::string expected);
  static std::string choices(std::span<const std::string_view> names);
  static std::string scalar(const YAML::Node& node);

  static constexpr std::size_t kItemsMax = 100'000;  // of one document: aliases multiply

  std::string file_;
  std::size_t items_ = 0;
  std::vector<domain::Problem>& problems_;
  std::map<std::string, domain::Place> places_;
};

// The place of `path` or of its nearest parent with a place.
domain::Place nearest_place(const std::map<std::string, domain::Place>& places, std::string path,
                            const domain::Place& otherwise);

// The documents of one file, or one problem that says why there are none.
std::vector<YAML::Node> load_documents(const std::string& path, const std::string& text,
                                       std::vector<domain::Problem>& problems);

}  // namespace lineside::codec
