#include "crypt/dsse.h"

#include <algorithm>
#include <format>

namespace lineside::crypt {

namespace {

Error too_many(std::size_t found) {
  return fail(Code::exhausted, std::format("envelope: expected at most {} signatures, found {}",
                                           kEnvelopeSignaturesMax, found));
}

}  // namespace

std::string pae(std::string_view payload_type, std::string_view payload) {
  return std::format("DSSEv1 {} {} {} {}", payload_type.size(), payload_type, payload.size(),
                     payload);
}

Result<void> sign(Envelope& envelope, const SigningKey& key) {
  if (envelope.signatures.size() >= kEnvelopeSignaturesMax)
    return too_many(envelope.signatures.size() + 1);
  const std::string message = pae(envelope.payload_type, envelope.payload);
  const Signature signature = TRY(key.sign(as_bytes(message)));
  envelope.signatures.push_back(
      {.keyid = key_id(key.verify_key()), .sig = Bytes(signature.begin(), signature.end())});
  return {};
}

Result<Envelope> sign(std::string_view payload_type, std::string_view payload,
                      const SigningKey& key) {
  Envelope envelope{.payload_type = std::string(payload_type), .payload = std::string(payload)};
  TRY(sign(envelope, key));
  return envelope;
}

Result<std::vector<VerifyKey>> verify(const Envelope& envelope, std::span<const VerifyKey> keys,
                                      std::size_t threshold) {
  if (threshold == 0) return invalid("envelope: expected a threshold of at least 1, found 0");
  if (envelope.signatures.size() > kEnvelopeSignaturesMax)
    return too_many(envelope.signatures.size());
  const std::string message = pae(envelope.payload_type, envelope.payload);
  const auto has_signed = [&](const VerifyKey& key) {
    return std::ranges::any_of(envelope.signatures, [&](const EnvelopeSignature& signature) {
      return key.verify(as_bytes(message), signature.sig);
    });
  };
  std::vector<VerifyKey> signers;
  for (const VerifyKey& key : keys) {
    if (!std::ranges::contains(signers, key) && has_signed(key)) signers.push_back(key);
  }
  if (signers.size() < threshold)
    return fail(Code::denied,
                std::format("envelope: expected signatures by {} of {} keys, found {}", threshold,
                            keys.size(), signers.size()));
  return signers;
}

}  // namespace lineside::crypt
