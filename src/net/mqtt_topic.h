// MQTT topic names and filters (sections 4.7 of both standards).
#pragma once

#include <string_view>

#include "base/result.h"

namespace lineside::net {

// Errors: invalid, with the place. A name has no wildcards; a filter has them only as whole levels,
// '#' only as the last one. Both are 1 to 65,535 bytes of UTF-8 without U+0000.
Result<void> check_topic_name(std::string_view topic);
Result<void> check_topic_filter(std::string_view filter);

// Whether a valid filter matches a valid name; wildcards do not match a first level that begins
// with '$'.
bool topic_matches(std::string_view filter, std::string_view topic);

// Whether every name that `narrow` matches is matched by `wide`.
bool filter_covers(std::string_view wide, std::string_view narrow);

}  // namespace lineside::net
