#include "world/same_file.h"

#include <filesystem>
#include <system_error>

namespace lineside::world {

bool same_file(const std::string& one, const std::string& other) {
  std::error_code unknown;
  return std::filesystem::equivalent(one, other, unknown);
}

}  // namespace lineside::world
