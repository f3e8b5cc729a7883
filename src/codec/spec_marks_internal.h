// What the field table of a struct marks with refers() and filter(), in it and in structs within.
#pragma once

#include <format>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

#include "base/time.h"
#include "codec/catalog.h"
#include "domain/fields.h"

namespace lineside::codec {

namespace marks {

// T without optional and vector around it.
template <class T>
struct Plain {
  using type = T;
};
template <class T>
struct Plain<std::optional<T>> : Plain<T> {};
template <class T>
struct Plain<std::vector<T>> : Plain<T> {};
template <class T>
using PlainOf = typename Plain<T>::type;

// Whether S has a mark at all: most structs inside others do not, and are not looked through.
template <domain::Described S>
constexpr bool any() {
  bool found = false;
  domain::each_field<S>([&]<class M>(const domain::Field<S, M>& field) {
    found = found || field.refers_to || field.filterable;
    if constexpr (domain::Described<PlainOf<M>>) found = found || any<PlainOf<M>>();
  });
  return found;
}

inline std::string text_of(const std::string& value) { return value; }
template <class T>
std::string text_of(const T& value) {
  if constexpr (domain::NamedEnum<T>)
    return std::string(domain::to_text(value));
  else if constexpr (std::is_same_v<T, Time>)
    return format_iso(value);
  else if constexpr (std::is_same_v<T, Duration>)
    return format_duration(value);
  else
    return std::format("{}", value);
}

// Calls `visit` with each value in `value`.
template <class T, class Visit>
void each_value(const T& value, Visit&& visit) {
  visit(value);
}
template <class T, class Visit>
void each_value(const std::optional<T>& value, Visit&& visit) {
  if (value) visit(*value);
}
template <class T, class Visit>
void each_value(const std::vector<T>& values, Visit&& visit) {
  for (const T& value : values) visit(value);
}

template <domain::Described S>
void collect(const S& object, const std::string& prefix, SpecRefs& out) {
  domain::each_field<S>([&]<class M>(const domain::Field<S, M>& field) {
    using Value = PlainOf<M>;
    if constexpr (domain::Described<Value>) {
      if constexpr (any<Value>()) {
        const std::string inner = prefix + std::string(field.name) + ".";
        each_value(object.*field.member, [&](const Value& value) { collect(value, inner, out); });
      }
    } else if (field.refers_to || field.filterable) {
      each_value(object.*field.member, [&](const Value& value) {
        std::string text = text_of(value);
        if (text.empty()) return;
        std::string name = prefix + std::string(field.name);
        if (field.refers_to)
          out.refs.push_back({std::move(name), *field.refers_to, std::move(text)});
        else
          out.terms.push_back({std::move(name), std::move(text)});
      });
    }
  });
}

// Keeps the first of equal ones.
template <class T>
void keep_first(std::vector<T>& list) {
  std::set<T> seen;
  std::erase_if(list, [&](const T& item) { return !seen.insert(item).second; });
}

template <domain::Described S>
constexpr bool has_lists() {
  bool found = false;
  domain::each_field<S>([&]<class M>(const domain::Field<S, M>& field) {
    found = found || (!std::is_same_v<PlainOf<M>, M> && (field.refers_to || field.filterable));
    if constexpr (domain::Described<PlainOf<M>>) found = found || any<PlainOf<M>>();
  });
  return found;
}

// All texts that text_of() has for a T; empty: any number of them.
template <class T>
std::vector<std::string_view> values_of() {
  std::vector<std::string_view> values;
  if constexpr (domain::NamedEnum<T>) {
    for (const std::string_view name : names(static_cast<const T*>(nullptr)))
      if (!name.empty()) values.push_back(name);
  } else if constexpr (std::is_same_v<T, bool>) {
    values = {"true", "false"};
  }
  return values;
}

template <domain::Described S>
void list_filters(const std::string& prefix, std::vector<FilterField>& out) {
  domain::each_field<S>([&]<class M>(const domain::Field<S, M>& field) {
    const std::string name = prefix + std::string(field.name);
    if constexpr (domain::Described<PlainOf<M>>)
      list_filters<PlainOf<M>>(name + ".", out);
    else if (field.refers_to || field.filterable)
      out.push_back({name, field.refers_to, field.doc, values_of<PlainOf<M>>()});
  });
}

}  // namespace marks

template <domain::Described S>
SpecRefs marks_of(const S& spec) {
  SpecRefs out;
  marks::collect(spec, "", out);
  if constexpr (marks::has_lists<S>()) {
    marks::keep_first(out.refs);
    marks::keep_first(out.terms);
  }
  return out;
}

}  // namespace lineside::codec
