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

// Makes the folder hold these manifests and no other that an edge would read. What it has found
// otherwise, a sentence each; a file that says the same in other words is only written anew.
// Errors: of the files.
Result<std::vector<std::string>> restore_manifests(const std::string& folder,
                                                   const std::vector<ManifestFile>& wanted,
                                                   world::Files& files);

}  // namespace lineside::wire
