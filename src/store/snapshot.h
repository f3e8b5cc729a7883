// Snapshots of a lane's state, so that a start replays the end of the journal and not all of it.
// Files `snapshot-<position, 20 digits>.bin` in a directory of the lane; docs/formats/journal.md.
#pragma once

#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "store/journal.h"
#include "world/files.h"

namespace lineside::store {

struct Snapshot {
  std::string definition;  // digest of what gives the state its meaning (pipelines, streams)
  Position position = 0;   // the state holds the readings before it
  Bytes state;             // opaque
};

// Written atomically; the newest two positions stay, older files are deleted.
Result<void> save_snapshot(world::Files& files, const std::string& directory,
                           const Snapshot& snapshot);

// The newest whole snapshot of this definition at or before `limit`, if there is one. Others, and
// damaged ones, are passed over (damaged ones with a line in the log).
Result<std::optional<Snapshot>> load_snapshot(const world::Files& files,
                                              const std::string& directory,
                                              const std::string& definition, Position limit);

}  // namespace lineside::store
