// Checkpoints and proofs that anybody may hand in, and keys that people paste: each is read or
// refused with a text, and what was read is written as the same text.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "base/text.h"
#include "crypt/checkpoint.h"

namespace {

using namespace lineside;
using namespace lineside::crypt;

template <class T, class Write>
void check_same(const Result<T>& read, std::string_view text, Write write) {
  if (read) {
    CHECK(write(*read) == text);
    return;
  }
  CHECK(read.error().code == Code::invalid || read.error().code == Code::unsupported);
  CHECK(!read.error().text.empty() && is_utf8(read.error().text));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_same(parse_note(text), text, format_note);
  check_same(parse_checkpoint(text), text, format_checkpoint);
  check_same(parse_log_proof(text), text, format_log_proof);
  check_same(NoteKey::parse(text), text, [](const NoteKey& key) { return key.to_text(); });
  const NoteKey key{.name = "fuzz", .key = {}};
  CHECK(!open_checkpoint(text, key));
  const auto proof = parse_log_proof(text);
  if (proof) CHECK(!verify_log_proof(*proof, Digest(), key));
  return 0;
}
