// Desired states as they travel: signed, in DSSE envelopes, and what an edge checks before it acts.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "crypt/dsse.h"
#include "wire/messages.h"

namespace lineside::wire {

inline constexpr std::string_view kDesiredType = "application/vnd.lineside.desired-state+json";
// Beyond it a report would be refused, and every true state would be a rollback.
inline constexpr std::uint64_t kVersionMax = 1ULL << 53U;
inline constexpr Duration kSkewMax = Duration::seconds(300);  // of an edge's clock

// {"payload", "payloadType", "signatures": [{"keyid", "sig"}]}, bytes in base64.
// Source: secure-systems-lab/dsse, envelope.md, protocol 1.0.2.
std::string envelope_json(const crypt::Envelope& envelope);
// Takes both alphabets of base64, padded or not, and passes over fields it does not know, as the
// source asks for. Errors: invalid.
Result<crypt::Envelope> parse_envelope(std::string_view json);

Result<crypt::Envelope> sign_desired(const DesiredState& state, const crypt::SigningKey& key);

// What an edge has applied last; nothing older is taken up again.
struct Floor {
  std::uint64_t version = 0;  // 0: nothing yet
  std::string revision;
  bool operator==(const Floor&) const = default;
};

// The state, if `edge` may act on it at `now`. The floor's own version with its own revision is no
// error: there is nothing to do then. Errors, whose texts begin with the class of the attack:
//   denied   "wrong signature": by none of `keys`, or the payload is something else
//   denied   "wrong target": it is for another edge
//   denied   "expired": for longer than kSkewMax
//   conflict "rollback": a version below the floor
//   conflict "equivocation": the floor's version with another revision
//   corrupt  "mixed": the revision is not that of the content
//   invalid  "malformed": signed, and yet no desired state; a version beyond kVersionMax
Result<DesiredState> verify_desired(const crypt::Envelope& envelope,
                                    std::span<const crypt::VerifyKey> keys, std::string_view edge,
                                    Time now, const Floor& floor);

}  // namespace lineside::wire
