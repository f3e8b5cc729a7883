// What others are told of an error of the hub's own.
#pragma once

#include <string_view>

#include "base/result.h"

namespace lineside::hub {

inline constexpr std::string_view kHubFailed = "the hub has failed; its log says why";

// The error without what it says of the server's files and of its database, which goes to the log:
// the same one where it says nothing of them. `data_folder` is the hub's; empty: not known.
Error told_error(const Error& error, std::string_view data_folder);

// Of what a hub cannot start without: where that is damaged, also how to go on.
Error with_way_on(Error error);

}  // namespace lineside::hub
