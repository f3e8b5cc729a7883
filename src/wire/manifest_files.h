// The manifests of a desired state as an edge writes them into a folder of its own.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "wire/messages.h"

namespace lineside::wire {

struct ManifestFile {
  std::string name;
  std::string text;
};
// The models' files are in ../artifacts. Errors: corrupt (a state that no hub of ours makes:
// "mixed", "malformed").
Result<std::vector<ManifestFile>> manifest_files(const DesiredContent& content);

}  // namespace lineside::wire
