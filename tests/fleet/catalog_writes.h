// What the tests of fleets write into a hub's catalog, without the API.
#pragma once

#include <string>

#include "domain/manifest.h"
#include "hub/hub.h"

namespace lineside {

// By its spec in canonical JSON; a failure of the test if it is refused.
void put_object(hub::Hub& hub, domain::Kind kind, const std::string& name, std::string spec);

// Version "m:1" of model "m", of which these bytes are the file: made by anna, asked for by carl,
// approved by bob.
void put_approved_model(hub::Hub& hub, const std::string& content);

}  // namespace lineside
