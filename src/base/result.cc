#include "base/result.h"

#include <array>

#include "base/check.h"

namespace lineside {

namespace {

constexpr std::array<CodeTraits, 11> kTraits = {{
    {"invalid", 400, 2, false},
    {"not_found", 404, 3, false},
    {"conflict", 409, 4, false},
    {"denied", 403, 5, false},
    {"unauthenticated", 401, 6, false},
    {"exhausted", 507, 7, true},
    {"unavailable", 503, 8, true},
    {"timeout", 504, 9, true},
    {"corrupt", 422, 10, false},
    {"unsupported", 501, 11, false},
    {"internal", 500, 1, false},
}};

}  // namespace

const CodeTraits& traits(Code code) {
  const auto index = static_cast<std::size_t>(code);
  CHECK(index < kTraits.size());
  return kTraits[index];
}

Error Error::with(std::string_view context) const {
  return Error{code, std::string(context) + ": " + text};
}

}  // namespace lineside
