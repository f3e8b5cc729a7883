// Signed statements: DSSE envelopes as values; their JSON text, with base64, is codec's.
// Source: secure-systems-lab/dsse, protocol 1.0.2.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypt/signature.h"

namespace lineside::crypt {

struct EnvelopeSignature {
  std::string keyid;  // a hint for people and look-ups; decides nothing
  Bytes sig;          // of any length: other kinds of keys may have signed too
  bool operator==(const EnvelopeSignature&) const = default;
};

struct Envelope {
  std::string payload_type;  // "application/vnd.in-toto+json"
  std::string payload;       // bytes; to be used only as they were verified
  std::vector<EnvelopeSignature> signatures;
  bool operator==(const Envelope&) const = default;
};

constexpr std::size_t kEnvelopeSignaturesMax = 32;

// What is signed: "DSSEv1 <length> <payload type> <length> <payload>", lengths in bytes.
std::string pae(std::string_view payload_type, std::string_view payload);

// Adds the key's signature with key_id() as its hint. Errors: exhausted (32 signatures are there);
// those of SigningKey::sign().
Result<void> sign(Envelope& envelope, const SigningKey& key);
Result<Envelope> sign(std::string_view payload_type, std::string_view payload,
                      const SigningKey& key);

// The keys that signed, each once, in the order of `keys`. A key that is given twice, or that
// signed twice, counts once. Errors: denied (fewer than `threshold`), exhausted (more than 32
// signatures); invalid (threshold 0).
Result<std::vector<VerifyKey>> verify(const Envelope& envelope, std::span<const VerifyKey> keys,
                                      std::size_t threshold);

}  // namespace lineside::crypt
