// Files that are for their owner alone.
#pragma once

#include <string>

#include "base/result.h"

namespace lineside::world {

// Errors: denied where the group or others have any right to the file of the real file system, with
// its mode and the one expected, 0600. One that is not there is no error.
Result<void> check_private(const std::string& path);

}  // namespace lineside::world
