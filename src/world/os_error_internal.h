// What a failed system call means to the rest of the program; the only such table.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace lineside::world {

// "cannot <action> <path>: <text of the errno>".
Error os_error(int number, std::string_view action, std::string_view path);

}  // namespace lineside::world
