// Objects of the catalog as people name them on the command line.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "domain/kinds.h"

namespace lineside::cli {

// "DeviceType", "device-type", "device-types", "devicetypes": in any case, singular or plural,
// with or without a dash. Errors: invalid, with what may have been meant, or where
// a hub shows it that is no object of its catalog.
Result<domain::Kind> kind_named(std::string_view text);

// The kind of the object that is asked for by both. Errors: those of kind_named(); invalid (the
// empty name, which would ask for all of them).
Result<domain::Kind> kind_of_object(std::string_view kind, std::string_view name);

// "/api/v1/streams/press/pressure", and what follows.
std::string object_path(domain::Kind kind, std::string_view name, std::string_view rest = "");

}  // namespace lineside::cli
