// What only the readers of payloads know of a mapping: whether its paths and its zone are some.
#pragma once

#include <vector>

#include "domain/manifest.h"

namespace lineside::codec {

// Problems carry the manifest's place.
void check_paths(const domain::Manifest<domain::ConnectionSpec>& manifest,
                 std::vector<domain::Problem>& out);

}  // namespace lineside::codec
