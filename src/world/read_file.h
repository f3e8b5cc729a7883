// Files of others, which are read and left as they are.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "world/files.h"

namespace lineside::world {

// A file of the real file system that is there, for reading alone: it takes no right to write, and
// the calls that change it fail. Errors: as those of Files::read(), of any size.
Result<std::unique_ptr<File>> open_to_read(const std::string& path);

}  // namespace lineside::world
