// One table per struct describes its fields once: name, member, limits, unit, doc. YAML, JSON,
// validation messages, SQL rows, OpenAPI and forms all follow from it (codec/ walks the tables).
//
// Beside a struct S stands, found by argument-dependent lookup:
//     constexpr auto fields(const S*) { return std::tuple(field("name", &S::name, "doc"), ...); }
// and beside an enum E:
//     constexpr auto names(const E*) { return std::array<std::string_view, N>{"a", "b"}; }
#pragma once

#include <array>
#include <limits>
#include <optional>
#include <string_view>
#include <tuple>

#include "domain/kinds.h"

namespace lineside::domain {

enum class Need : unsigned char { optional, required };

template <class S, class M>
struct Field {
  std::string_view name;
  M S::* member;
  std::string_view doc;
  Need need = Need::optional;
  double min = -std::numeric_limits<double>::infinity();  // of numbers, or of durations in seconds
  double max = std::numeric_limits<double>::infinity();
  std::string_view unit = {};
  std::optional<Kind> refers_to = {};  // the text, or each text of the list, names one
  bool filterable = false;             // objects can be listed by its value
  bool catalog_only = false;           // means something to the hub's catalog and nothing to edges

  constexpr Field required() const {
    Field copy = *this;
    copy.need = Need::required;
    return copy;
  }
  constexpr Field range(double low, double high) const {
    Field copy = *this;
    copy.min = low;
    copy.max = high;
    return copy;
  }
  constexpr Field in(std::string_view field_unit) const {
    Field copy = *this;
    copy.unit = field_unit;
    return copy;
  }
  constexpr Field refers(Kind kind) const {
    Field copy = *this;
    copy.refers_to = kind;
    return copy;
  }
  constexpr Field filter() const {
    Field copy = *this;
    copy.filterable = true;
    return copy;
  }
  constexpr Field of_catalog() const {
    Field copy = *this;
    copy.catalog_only = true;
    return copy;
  }
};

template <class S, class M>
constexpr Field<S, M> field(std::string_view name, M S::* member, std::string_view doc) {
  return {name, member, doc};
}

template <class S>
concept Described = requires { fields(static_cast<const S*>(nullptr)); };

template <class E>
concept NamedEnum = std::is_enum_v<E> && requires { names(static_cast<const E*>(nullptr)); };

template <NamedEnum E>
constexpr std::string_view to_text(E value) {
  return names(static_cast<const E*>(nullptr))[static_cast<std::size_t>(value)];
}

template <NamedEnum E>
constexpr std::optional<E> from_text(std::string_view text) {
  constexpr auto all = names(static_cast<const E*>(nullptr));
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i] == text) return static_cast<E>(i);
  return std::nullopt;
}

// Calls `visit(field)` for each field of S in table order.
template <Described S, class Visit>
constexpr void each_field(Visit&& visit) {
  std::apply([&](const auto&... field) { (visit(field), ...); },
             fields(static_cast<const S*>(nullptr)));
}

}  // namespace lineside::domain
