// Units that streams of the catalog may carry.
//
// Codes of UCUM (The Unified Code for Units of Measure, version 2.2, case sensitive) composed by
// its grammar: terms with '.' and '/', prefixes before metric units, exponents, {annotations}; and
// the plain spellings usual on the floor (degC, rpm, psi, lbm). Not every UCUM unit is known.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lineside::domain {

bool is_unit(std::string_view text);  // false for empty text

// The unit that a misspelt one perhaps means: "°C" -> "Cel", "Kpa" -> "kPa".
std::optional<std::string> nearest_unit(std::string_view text);

}  // namespace lineside::domain
