// Joining a hub: what `lineside edge join` does.
#pragma once

#include <string>

#include "base/result.h"
#include "wire/hub_link.h"

namespace lineside::cli {

// The edge whose state is in `data_folder` is the hub's from then on. SIGINT and SIGTERM end the
// process at any moment before it is, and are caught from then on. Errors: conflict (an edge runs
// there), those of wire::join() and of the files, each with what to do about it.
Result<wire::Identity> join_hub(const wire::JoinOrder& order, const std::string& data_folder);

// The hub that was joined is at `url` from then on; the edge's name and certificate stay. Errors:
// conflict (an edge runs there), those of the files.
Result<void> note_address(wire::Joined& joined, const std::string& url,
                          const std::string& data_folder);

}  // namespace lineside::cli
