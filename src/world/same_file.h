// Whether two paths lead to one file.
#pragma once

#include <string>

namespace lineside::world {

// On the real file system, by links too; false where one of them is not there.
bool same_file(const std::string& one, const std::string& other);

}  // namespace lineside::world
