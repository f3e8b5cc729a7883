// What an edge remembers of the hub it has joined: joined/identity.json and joined/credential.pem,
// its certificate with the key behind it. Both are of mode 0600 and replaced at once or not at all.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "wire/hub_link.h"
#include "world/files.h"

namespace lineside::wire {

// Nothing: the edge has joined no hub. Errors: of the files, corrupt.
Result<std::optional<Joined>> load_joined(const std::string& data_folder, world::Files& files);
// Before what a join has brought is saved. Versions of desired states count for one hub and name:
// where another key signs than did, or for another name, what was in force is forgotten with its
// version, which would be a floor for what has nothing to do with it. Errors: of the files.
Result<void> forget_other(const std::string& data_folder, const Joined& joined,
                          world::Files& files);
// The identity last: with it the edge has joined. That of another hub goes first, so that none ever
// stands beside a key that is not its own; with the credential that is there the hub has only
// moved, and the edge stays joined. Where it fails at a first join nothing stays.
Result<void> save_joined(const std::string& data_folder, const Joined& joined, world::Files& files);

}  // namespace lineside::wire
