// The paths by which mappings name a value in a JSON document: the part of JSONPath (RFC 9535) that
// yields at most one value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace lineside::codec {

// A member's name, or an element's index from 0.
using JsonStep = std::variant<std::string, std::uint32_t>;

inline constexpr std::size_t kJsonPathStepsMax = 16;

// "$.a.b", "$.a[2]", "$['a b'].c", "$" (the document itself: no steps).
// Errors: invalid, with the text and the place where it stops to fit.
Result<std::vector<JsonStep>> parse_json_path(std::string_view text);

}  // namespace lineside::codec
