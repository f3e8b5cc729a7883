// What this binary is.
#pragma once

#include <string_view>

namespace lineside {

inline constexpr std::string_view kVersion = "0.1.0";

// `git describe --always --dirty` of the tree it was built from, or "unknown".
std::string_view code_revision();

}  // namespace lineside
