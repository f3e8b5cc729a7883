// Admission of model files on the real system: the probe is a child process of this binary.
#pragma once

#include <functional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace lineside::cli {

// For edge::PlanSources::admit. Digests that were admitted are remembered in `memory_folder`, which
// exists or is made; empty: not remembered.
std::function<Result<void>(const std::string& path, ByteView model)> admission(
    std::string memory_folder);

}  // namespace lineside::cli
