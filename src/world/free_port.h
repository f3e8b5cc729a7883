// A TCP port of the loopback address that nobody uses now.
#pragma once

#include <cstdint>

#include "base/result.h"

namespace lineside::world {

// For children that cannot choose a port of their own. Somebody else may take it before they do.
Result<std::uint16_t> free_loopback_port();
// Whether nobody uses that one now.
bool is_free_loopback_port(std::uint16_t port);

}  // namespace lineside::world
