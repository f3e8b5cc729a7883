#include "wire/desired.h"

#include <format>

#include "base/text.h"
#include "codec/tree.h"
#include "crypt/base64.h"
#include "domain/models.h"

namespace lineside::wire {

namespace {

Result<Bytes> read_base64(std::string_view text, std::string_view what) {
  while (text.ends_with('=')) text.remove_suffix(1);
  const bool is_url = text.find_first_of("-_") != std::string_view::npos;
  return TRY_WITH(is_url ? crypt::from_base64url(text) : crypt::from_base64_unpadded(text), what);
}

// The text of a member. Errors: invalid.
Result<std::string_view> text_of(const codec::Tree& tree, const codec::TreeNode& map,
                                 std::string_view name) {
  const codec::TreeNode* node = tree.find(map, name);
  if (node == nullptr || node->kind != codec::TreeKind::text)
    return invalid(std::format("envelope: expected a text '{}', found none", name));
  return node->text;
}

Result<void> check_artifacts(const DesiredState& state) {
  for (const DesiredArtifact& artifact : state.content.artifacts)
    if (!domain::is_digest(artifact.digest))
      return invalid(
          std::format("malformed: expected a digest, found '{}'", excerpt(artifact.digest, 80)));
  return {};
}

// What must hold of any state that a key of ours has signed.
Result<void> check_meaning(const DesiredState& state, std::string_view edge, Time now) {
  if (state.edge != edge)
    return fail(Code::denied,
                std::format("wrong target: expected a state for edge '{}', found '{}'", edge,
                            excerpt(state.edge)));
  if (state.expires + kSkewMax <= now)
    return fail(Code::denied, std::format("expired: the state held until {}, now is {}",
                                          format_iso(state.expires), format_iso(now)));
  if (state.version == 0 || state.version > kVersionMax)
    return invalid(std::format("malformed: expected a version of 1 to {}, found {}", kVersionMax,
                               state.version));
  if (revision_of(state.content) != state.revision)
    return fail(Code::corrupt, "mixed: the revision is not that of the content");
  return check_artifacts(state);
}

}  // namespace

std::string envelope_json(const crypt::Envelope& envelope) {
  codec::JsonWriter json;
  json.begin_object().member("payload", crypt::to_base64(as_bytes(envelope.payload)));
  json.member("payloadType", envelope.payload_type).key("signatures").begin_array();
  for (const crypt::EnvelopeSignature& signature : envelope.signatures) {
    json.begin_object().member("keyid", signature.keyid);
    json.member("sig", crypt::to_base64(signature.sig)).end_object();
  }
  json.end_array().end_object();
  return json.take();
}

Result<crypt::Envelope> parse_envelope(std::string_view json) {
  std::vector<domain::Problem> problems;
  const auto tree =
      codec::Tree::from_json(json, "envelope", {.bytes = 2 * kMessageBytesMax}, problems);
  if (!tree) return codec::error_of(problems);
  const codec::TreeNode& root = tree->root();
  if (!root.is_map()) return invalid("envelope: expected an object");
  crypt::Envelope envelope;
  envelope.payload_type = TRY(text_of(*tree, root, "payloadType"));
  const Bytes payload = TRY(read_base64(TRY(text_of(*tree, root, "payload")), "envelope: payload"));
  envelope.payload = as_text(payload);
  const codec::TreeNode* signatures = tree->find(root, "signatures");
  if (signatures == nullptr || !signatures->is_list())
    return invalid("envelope: expected a list 'signatures', found none");
  if (signatures->size > crypt::kEnvelopeSignaturesMax)
    return invalid(std::format("envelope: expected at most {} signatures, found {}",
                               crypt::kEnvelopeSignaturesMax, signatures->size));
  for (const auto* node = tree->child(*signatures); node != nullptr; node = tree->next(*node)) {
    if (!node->is_map()) return invalid("envelope: expected an object for each signature");
    crypt::EnvelopeSignature& signature = envelope.signatures.emplace_back();
    signature.sig = TRY(read_base64(TRY(text_of(*tree, *node, "sig")), "envelope: signature"));
    if (tree->find(*node, "keyid") != nullptr)
      signature.keyid = TRY(text_of(*tree, *node, "keyid"));
  }
  return envelope;
}

Result<crypt::Envelope> sign_desired(const DesiredState& state, const crypt::SigningKey& key) {
  return crypt::sign(kDesiredType, write_message(state), key);
}

Result<DesiredState> verify_desired(const crypt::Envelope& envelope,
                                    std::span<const crypt::VerifyKey> keys, std::string_view edge,
                                    Time now, const Floor& floor) {
  // The type is signed with the payload: what another kind of statement says is no desired state.
  if (envelope.payload_type != kDesiredType)
    return fail(Code::denied,
                std::format("wrong signature: expected a payload of type {}, found '{}'",
                            kDesiredType, excerpt(envelope.payload_type, 80)));
  if (auto signers = crypt::verify(envelope, keys, 1); !signers)
    return fail(Code::denied, "wrong signature: " + signers.error().text);
  auto state = read_message<DesiredState>(envelope.payload, "desired state");
  if (!state) return invalid("malformed: " + state.error().text);
  TRY(check_meaning(*state, edge, now));
  if (state->version < floor.version)
    return fail(Code::conflict, std::format("rollback: expected a version from {} on, found {}",
                                            floor.version, state->version));
  if (state->version == floor.version && state->revision != floor.revision)
    return fail(Code::conflict, std::format("equivocation: version {} is another one than that "
                                            "which runs",
                                            state->version));
  return std::move(*state);
}

}  // namespace lineside::wire
