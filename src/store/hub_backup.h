// Backup and restore of a hub's files, for who is not the hub itself. HubDb::backup() is for who
// is. docs/formats/hub-db.md.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/hub_db.h"

namespace lineside::store {

struct HubFiles {
  std::string database;   // a file
  std::string artifacts;  // a folder as store/blobs.h makes it
};

struct HubCopied {
  HubVerified verified;          // of the copy
  std::uint64_t artifacts = 0;   // that are in the copy now, each hashed
  std::uint64_t mended = 0;      // of them: a damaged one was in their place
  std::vector<std::string> bad;  // what of the artifacts could not be copied, and why
};

// Copies the state of one moment, also while a hub writes, and verifies the copy before it replaces
// `to.database`; then the artifacts it knows that are not in `to.artifacts` yet. Those that are
// there are hashed, and copied anew where they are not what their names say. Artifacts that are
// gone or damaged are told, and do not make the rest worthless. Errors: not_found (no database),
// invalid (another program's; `to` lies in the folder of `from.database`, also by links),
// unsupported (of another version), corrupt, those of Files.
Result<HubCopied> back_up_hub(const HubFiles& from, const HubFiles& to,
                              const OnVerifyProgress& progress = {});

// The opposite; `to` is not there yet, and no hub runs on it. Brings a database of an older version
// to the current one. Errors: as above, and conflict where `to.database` is there; then, and after
// any other error, there is no database at `to`. As long as it has not ended, `to.database` +
// ".tmp" is there; it stays where it was killed, and where an error leaves artifacts, and is made
// anew.
Result<HubCopied> restore_hub(const HubFiles& from, const HubFiles& to,
                              const OnVerifyProgress& progress = {});

// A database that nobody trusts, as it is; a hub may write meanwhile. As HubDb::verify().
// Errors: also not_found, unsupported (of another version).
Result<HubVerified> verify_hub_file(const std::string& path, const OnVerifyProgress& progress = {});

}  // namespace lineside::store
