// Alerts as bytes, for snapshots only: a snapshot that this version cannot read is passed over.
#pragma once

#include "base/bytes.h"
#include "domain/alert.h"

namespace lineside::edge {

void put_alert(ByteWriter& out, const domain::Alert& alert);
// All defaults once the reader has run short.
domain::Alert get_alert(ByteReader& in);

// The identity of an alert: first 32 hex digits of SHA-256 over the parts, each behind its length.
std::string alert_id(const domain::Alert& alert);

}  // namespace lineside::edge
