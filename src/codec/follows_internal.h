// Which problems say nothing new.
#pragma once

#include <algorithm>
#include <span>
#include <string_view>

#include "domain/manifest.h"

namespace lineside::codec {

// Whether `path` is `parent` or a field of it.
inline bool within(std::string_view path, std::string_view parent) {
  if (!path.starts_with(parent)) return false;
  return path.size() == parent.size() || path[parent.size()] == '.' || path[parent.size()] == '[';
}

// A rule across fields says nothing new about a field that did not parse in the first place.
inline bool follows_from(const domain::Problem& problem,
                         std::span<const domain::Problem> of_fields) {
  // What did not parse stands in a list as a value that it may hold elsewhere.
  std::string_view path = problem.path;
  if (problem.text == "given twice") path = path.substr(0, path.rfind('['));
  return std::ranges::any_of(of_fields, [&](const domain::Problem& known) {
    return known.place.file == problem.place.file &&
           (within(known.path, path) || within(path, known.path));
  });
}

}  // namespace lineside::codec
