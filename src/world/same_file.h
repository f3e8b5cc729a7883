// Where paths lead, links followed.
#pragma once

#include <string>

namespace lineside::world {

// Whether they lead to one file. On the real file system, by links too; false where one of them is
// not there.
bool same_file(const std::string& one, const std::string& other);

// Whether `path`, which need not be there yet, leads to `folder` or to something below it.
bool lies_in(const std::string& path, const std::string& folder);

}  // namespace lineside::world
