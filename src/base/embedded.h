// Files that the build puts into the binary (cmake/embed.cmake).
#pragma once

#include <span>
#include <string_view>

namespace lineside {

struct EmbeddedFile {
  std::string_view name;  // path relative to the embedded folder
  std::string_view content;
};

}  // namespace lineside
