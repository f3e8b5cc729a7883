#include "hub/catalog/near_names.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace lineside::hub {

namespace {

using domain::Kind;

constexpr std::size_t kNameMax = 64;  // of what is looked up letter by letter
constexpr std::size_t kPrefixesMax = 12;
constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789-_.";

std::string lower_of(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

// In whatever case.
std::optional<std::string> nearest_of(std::string_view name,
                                      const std::vector<std::string>& names) {
  std::vector<std::string> lower;
  lower.reserve(names.size());
  for (const std::string& one : names) lower.push_back(lower_of(one));
  const std::vector<std::string_view> views(lower.begin(), lower.end());
  const auto near = nearest(lower_of(name), views);
  if (!near) return std::nullopt;
  const auto at = std::ranges::find(views, *near) - views.begin();
  return names[static_cast<std::size_t>(at)];
}

// What of each is left without their common beginning and end.
std::pair<std::string_view, std::string_view> different_parts(std::string_view a,
                                                              std::string_view b) {
  const auto begin = static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
  a.remove_prefix(begin);
  b.remove_prefix(begin);
  while (!a.empty() && !b.empty() && a.back() == b.back()) {
    a.remove_suffix(1);
    b.remove_suffix(1);
  }
  return {a, b};
}

}  // namespace

std::optional<std::string> NearNames::find_slip(Kind kind, std::string_view name) {
  auto near = find(kind, name);
  if (!near) return std::nullopt;
  const std::string asked = lower_of(name);
  const std::string found = lower_of(*near);
  const auto [wrong, right] = different_parts(asked, found);
  return std::max(wrong.size(), right.size()) <= kSlipMax ? near : std::nullopt;
}

std::optional<std::string> NearNames::find(Kind kind, std::string_view name) {
  if (const auto* names = whole(kind)) return nearest_of(name, *names);
  if (name.size() <= kNameMax && looked_up_ < kLookedUpMax) {
    ++looked_up_;
    if (auto near = one_letter_away(kind, name)) return near;
  }
  return neighbour(kind, name);
}

const std::vector<std::string>* NearNames::whole(Kind kind) {
  const auto [known, is_new] = whole_.try_emplace(kind);
  if (!is_new) return known->second ? &*known->second : nullptr;
  const auto count = catalog_.count({.kind = kind});
  if (!count || count->count > kWholeMax) return nullptr;
  std::vector<std::string> names;
  store::ObjectQuery query{.kind = kind, .sites = grants_.visible_sites(kind), .limit = kWholeMax};
  do {
    const auto page = catalog_.list(query);
    if (!page) return nullptr;
    for (const store::StoredObject& object : page->objects) names.push_back(object.name);
    query.cursor = page->next;
  } while (!query.cursor.empty() && names.size() <= kWholeMax);
  known->second = std::move(names);
  return &*known->second;
}

bool NearNames::is_there(Kind kind, const std::string& name) const {
  return sees_object(catalog_, grants_, kind, name).value_or(false);
}

// Another case, two letters swapped, one too many, a wrong one, one too few: the likeliest first.
std::optional<std::string> NearNames::one_letter_away(Kind kind, std::string_view name) const {
  const std::string whole(name);
  const auto try_name = [&](std::string candidate) -> std::optional<std::string> {
    if (candidate == name || candidate.empty() || !is_there(kind, candidate)) return std::nullopt;
    return candidate;
  };
  if (auto near = try_name(lower_of(name))) return near;
  for (std::size_t i = 0; i + 1 < whole.size(); ++i) {
    std::string swapped = whole;
    std::swap(swapped[i], swapped[i + 1]);
    if (auto near = try_name(std::move(swapped))) return near;
  }
  for (std::size_t i = 0; i < whole.size(); ++i)
    if (auto near = try_name(whole.substr(0, i) + whole.substr(i + 1))) return near;
  for (std::size_t i = 0; i < whole.size(); ++i)
    for (const char letter : kLetters) {
      std::string changed = whole;
      changed[i] = letter;
      if (auto near = try_name(std::move(changed))) return near;
    }
  for (std::size_t i = 0; i <= whole.size(); ++i)
    for (const char letter : kLetters)
      if (auto near = try_name(whole.substr(0, i) + letter + whole.substr(i))) return near;
  return std::nullopt;
}

// Of names that begin as it does for as long as possible.
std::optional<std::string> NearNames::neighbour(Kind kind, std::string_view name) const {
  store::ObjectQuery query{
      .kind = kind, .sites = grants_.visible_sites(kind), .limit = kNeighbours};
  for (std::size_t i = 0; i < kPrefixesMax && i + 1 < name.size(); ++i) {
    query.prefix = name.substr(0, name.size() - 1 - i);
    const auto page = catalog_.list(query);
    if (!page) return std::nullopt;
    std::vector<std::string> names;
    for (const store::StoredObject& object : page->objects) names.push_back(object.name);
    if (auto near = nearest_of(name, names)) return near;
  }
  return std::nullopt;
}

}  // namespace lineside::hub
