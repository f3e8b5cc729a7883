#include "world/same_file.h"

#include <filesystem>
#include <system_error>

namespace lineside::world {

bool same_file(const std::string& one, const std::string& other) {
  std::error_code unknown;
  return std::filesystem::equivalent(one, other, unknown);
}

bool lies_in(const std::string& path, const std::string& folder) {
  std::error_code unknown;
  const auto whole = std::filesystem::absolute(path, unknown);
  auto at = std::filesystem::weakly_canonical(whole, unknown);
  if (at.empty()) at = whole;  // of what may not be followed
  while (!at.empty()) {
    if (same_file(at.string(), folder)) return true;
    const auto above = at.parent_path();
    if (above == at) return false;
    at = above;
  }
  return false;
}

}  // namespace lineside::world
