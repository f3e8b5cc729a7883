// What a hub or an edge may be sent: envelopes and messages are read or refused with a text, and
// what was read is written as something that reads the same.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "base/text.h"
#include "wire/desired.h"
#include "wire/messages.h"

namespace {

using namespace lineside;
using namespace lineside::wire;

void check_refusal(const Error& error) {
  CHECK(error.code == Code::invalid);
  CHECK(!error.text.empty() && is_utf8(error.text));
}

template <class Message>
void check_message(std::string_view text) {
  const auto read = read_message<Message>(text, "fuzz");
  if (!read) return check_refusal(read.error());
  const std::string written = write_message(*read);
  const auto again = read_message<Message>(written, "fuzz");
  CHECK(again && write_message(*again) == written);
}

void check_envelope(std::string_view text) {
  const auto read = parse_envelope(text);
  if (!read) return check_refusal(read.error());
  const auto again = parse_envelope(envelope_json(*read));
  CHECK(again && *again == *read);
  // No key of ours has signed it.
  static const crypt::VerifyKey key =
      crypt::SigningKey::from_seed(as_bytes(std::string(32, 'k')))->verify_key();
  CHECK(!verify_desired(*read, std::span(&key, 1), "edge", {}, {}));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_envelope(text);
  check_message<JoinRequest>(text);
  check_message<RenewRequest>(text);
  check_message<DesiredState>(text);
  check_message<StateReport>(text);
  check_message<Discovered>(text);
  check_message<Batch>(text);
  return 0;
}
