// The signature as text entries of a model's metadata: docs/formats/model.md.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "infer/runner.h"

namespace lineside::infer {

// `entry` yields the value of a metadata key, or nothing. Errors: unsupported, for another version
// of the format, lists that are missing or do not fit `width` features and `outputs` outputs, and
// references that are no numbers.
Result<Signature> read_signature(
    const std::function<std::optional<std::string>(const char*)>& entry, std::size_t width,
    std::size_t outputs);

}  // namespace lineside::infer
