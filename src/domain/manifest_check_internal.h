// Collects the problems of one manifest.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "domain/kinds.h"
#include "domain/manifest.h"

namespace lineside::domain {

class ManifestCheck {
 public:
  ManifestCheck(Place place, std::vector<Problem>& out) : place_(std::move(place)), out_(out) {}

  // Nothing beyond kProblemsMax.
  void add(std::string path, std::string text, std::string expected, std::string found);
  void name(const std::string& path, const std::string& value);
  void object_name(Kind kind, const std::string& name);
  void unique(const std::string& path, const std::string& value, std::set<std::string>& seen);
  void unique(const std::string& path, const std::vector<std::string>& values);
  void not_empty(const std::string& path, std::size_t size);
  // Empty, or a digest.
  void digest(const std::string& path, const std::string& value);
  // Empty, or one that domain/units.h knows.
  void unit(const std::string& path, const std::string& value);
  void not_itself(const std::string& path, const std::string& name, const std::string& value);

 private:
  Place place_;
  std::vector<Problem>& out_;
};

}  // namespace lineside::domain
