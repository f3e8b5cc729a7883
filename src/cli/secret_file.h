// Secrets that the command line is given: in files, for what stands on it others can see.
#pragma once

#include <string>

#include "base/result.h"

namespace lineside::cli {

// The first line of the file; empty for an empty path. Its content is in no error. Errors: those of
// Files; invalid (the line is empty).
Result<std::string> read_secret(const std::string& path);

}  // namespace lineside::cli
