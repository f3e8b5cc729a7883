#include "domain/catalog.h"

#include <algorithm>
#include <array>
#include <format>
#include <unordered_map>

#include "base/text.h"
#include "domain/reading.h"

namespace lineside::domain {

namespace {

constexpr std::size_t kDanglingMax = 1000;
constexpr std::size_t kSuggestedMax = 50;     // edit distances cost: only so many names get one,
constexpr std::size_t kCandidatesMax = 2000;  // out of so many names

struct Key {
  Kind kind;
  std::string_view name;
  bool operator==(const Key&) const = default;
};
struct KeyHash {
  std::size_t operator()(const Key& key) const {
    return std::hash<std::string_view>()(key.name) * 31 + static_cast<std::size_t>(key.kind);
  }
};

const Ref* parent_of(const CatalogObject& object) {
  if (object.kind != Kind::site && object.kind != Kind::asset) return nullptr;
  const auto ref = std::ranges::find(object.refs, "parent", &Ref::field);
  return ref == object.refs.end() ? nullptr : &*ref;
}

class CatalogCheck {
 public:
  CatalogCheck(std::span<const CatalogObject> objects, const KnownObjects* known)
      : objects_(objects), known_(known), walks_(objects.size()) {}

  std::vector<ObjectProblem> run() {
    check_names();
    for (std::size_t i = 0; i < objects_.size(); ++i) check_cycle(i);
    if (known_) check_refs();
    return std::move(out_);
  }

 private:
  void add(std::size_t object, std::string path, std::string text, std::string expected,
           std::string found) {
    out_.push_back({object,
                    {objects_[object].place, std::move(path), std::move(text), std::move(expected),
                     std::move(found)}});
  }

  void check_names() {
    index_.reserve(objects_.size());
    for (std::size_t i = 0; i < objects_.size(); ++i) {
      const CatalogObject& object = objects_[i];
      const auto [it, fresh] = index_.try_emplace(Key{object.kind, object.name}, i);
      if (fresh) continue;
      const Place& first = objects_[it->second].place;
      add(i, "name", "given twice",
          std::format("one {} '{}'", to_text(object.kind), excerpt(object.name, 60)),
          std::format("another at {}:{}", first.file, first.line));
    }
  }

  // Follows the parents of one object; each object is walked through once in all.
  void check_cycle(std::size_t start) {
    std::size_t at = start;
    while (walks_[at] == 0) {
      walks_[at] = start + 1;
      const Ref* parent = parent_of(objects_[at]);
      if (!parent || parent->name == objects_[at].name) return;  // a Manifest's own check says so
      const auto next = ancestor(parent->kind, parent->name);
      if (!next) return;
      at = *next;
    }
    if (walks_[at] == start + 1) report_cycle(at);
  }

  // The parent as it will be.
  std::optional<std::string> above(Kind kind, const std::string& name) const {
    if (const auto it = index_.find(Key{kind, name}); it != index_.end()) {
      const Ref* parent = parent_of(objects_[it->second]);
      return parent ? std::optional(parent->name) : std::nullopt;
    }
    return known_ && known_->parent ? known_->parent(kind, name) : std::nullopt;
  }

  // The nearest of the objects from `name` upwards, through known objects. What is known has no
  // cycle, so a step limit is for a catalog that is damaged.
  std::optional<std::size_t> ancestor(Kind kind, const std::string& name) const {
    constexpr int kStepsMax = 10'000;
    std::string at = name;
    for (int step = 0; step < kStepsMax; ++step) {
      if (const auto it = index_.find(Key{kind, at}); it != index_.end()) return it->second;
      auto parent = above(kind, at);
      if (!parent) return std::nullopt;
      at = std::move(*parent);
    }
    return std::nullopt;
  }

  void report_cycle(std::size_t start) {
    constexpr std::size_t kShownMax = 10;
    const Kind kind = objects_[start].kind;
    std::string names = objects_[start].name;
    std::string at = names;
    std::size_t first = start;
    std::size_t count = 0;
    do {
      at = above(kind, at).value_or(objects_[start].name);
      if (const auto it = index_.find(Key{kind, at}); it != index_.end())
        first = std::min(first, it->second);
      if (++count <= kShownMax) names += " -> " + at;
    } while (at != objects_[start].name);
    if (count > kShownMax) names += " -> ...";
    add(first, "spec.parent", "a cycle of parents", "a parent that is not below it", names);
  }

  void check_refs() {
    std::size_t dangling = 0;
    for (std::size_t i = 0; i < objects_.size(); ++i) {
      for (const Ref& ref : objects_[i].refs) {
        if (index_.contains(Key{ref.kind, ref.name})) continue;
        if (known_->exists && known_->exists(ref.kind, ref.name)) continue;
        if (++dangling > kDanglingMax) return;
        const auto near = near_name(ref);
        add(i, "spec." + ref.field, std::format("unknown {}", to_text(ref.kind)),
            near ? "'" + *near + "' perhaps" : std::format("an existing {}", to_text(ref.kind)),
            "'" + excerpt(ref.name, 60) + "'");
      }
    }
  }

  const std::optional<std::string>& near_name(const Ref& ref) {
    const Key key{ref.kind, ref.name};
    const auto known = near_.find(key);
    if (known != near_.end()) return known->second;
    return near_[key] = near_.size() < kSuggestedMax ? find_near(ref) : std::nullopt;
  }

  std::optional<std::string> find_near(const Ref& ref) {
    auto& names = names_[static_cast<std::size_t>(ref.kind)];
    if (names.empty())
      for (const CatalogObject& object : objects_)
        if (object.kind == ref.kind && names.size() < kCandidatesMax) names.push_back(object.name);
    if (const auto near = nearest(ref.name, names)) return std::string(*near);
    return known_->nearest ? known_->nearest(ref.kind, ref.name) : std::nullopt;
  }

  std::span<const CatalogObject> objects_;
  const KnownObjects* known_;
  std::vector<std::size_t> walks_;  // 1 + the object whose walk came through, 0: none yet
  std::unordered_map<Key, std::size_t, KeyHash> index_;
  std::unordered_map<Key, std::optional<std::string>, KeyHash> near_;  // of those that dangle
  std::array<std::vector<std::string_view>, kKinds> names_;
  std::vector<ObjectProblem> out_;
};

}  // namespace

bool is_object_name(Kind kind, std::string_view name) {
  if (kind != Kind::stream) return is_name(name);
  const std::size_t slash = name.find('/');
  return slash != std::string_view::npos && is_name(name.substr(0, slash)) &&
         is_name(name.substr(slash + 1));
}

std::vector<ObjectProblem> check(std::span<const CatalogObject> objects) {
  return CatalogCheck(objects, nullptr).run();
}

std::vector<ObjectProblem> check(std::span<const CatalogObject> objects,
                                 const KnownObjects& known) {
  return CatalogCheck(objects, &known).run();
}

}  // namespace lineside::domain
