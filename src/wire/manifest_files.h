// The manifests of a desired state as an edge writes them into a folder of its own.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "wire/messages.h"
#include "world/files.h"

namespace lineside::wire {

struct ManifestFile {
  std::string name;
  std::string text;
};
// The models' files are in ../artifacts. Errors: corrupt (a state that no hub of ours makes:
// "mixed", "malformed").
Result<std::vector<ManifestFile>> manifest_files(const DesiredContent& content);

// A file, or a folder with all that is in it; of a link the link alone. Errors: of the files.
Result<void> remove_whole(std::string path, world::Files& files);

// Makes the folder hold these manifests, no other that an edge would read and no folder. What it
// has found otherwise, a sentence each; a file that says the same in other words is only written
// anew, and a folder that is not to be deleted stays where it is in no manifest's place. Errors: of
// the files.
Result<std::vector<std::string>> restore_manifests(const std::string& folder,
                                                   const std::vector<ManifestFile>& wanted,
                                                   world::Files& files);

}  // namespace lineside::wire
