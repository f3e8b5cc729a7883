#include "crypt/checkpoint.h"

#include <algorithm>
#include <format>
#include <limits>

#include "base/text.h"
#include "crypt/base64.h"
#include "crypt/decimal_internal.h"
#include "crypt/merkle.h"

namespace lineside::crypt {

namespace {

constexpr std::string_view kProofHead = "c2sp.org/tlog-proof@v1";
constexpr std::size_t kPathMax = 64;
constexpr std::uint64_t kSizeMax = std::numeric_limits<std::uint64_t>::max();

// The first line of `rest` without its line feed, which is taken too. Nothing when there is none.
std::optional<std::string_view> take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return line;
}

Result<Digest> read_hash(std::string_view text) {
  const Bytes bytes = TRY(from_base64(text));
  Digest hash;
  if (bytes.size() != hash.size())
    return invalid(std::format("expected a hash of 32 bytes, found {}", bytes.size()));
  std::ranges::copy(bytes, hash.begin());
  return hash;
}

Result<Checkpoint> read_checkpoint(std::string_view text) {
  const auto origin = take_line(text);
  const auto size = take_line(text);
  const auto root = take_line(text);
  if (!origin || !size || !root || origin->empty())
    return invalid("expected lines of origin, size and root");
  const auto number = read_decimal(*size, kSizeMax);
  if (!number) return invalid(std::format("size: expected a number, found \"{}\"", excerpt(*size)));
  Checkpoint checkpoint{.origin = std::string(*origin), .size = *number};
  checkpoint.root = TRY_WITH(read_hash(*root), "root");
  while (!text.empty()) {
    const auto line = take_line(text);
    if (!line || line->empty()) return invalid("expected whole lines, none empty, after the root");
    checkpoint.extensions.emplace_back(*line);
  }
  return checkpoint;
}

Result<LogProof> read_log_proof(std::string_view text) {
  if (text.size() > kNoteBytesMax)
    return invalid(std::format("expected at most {} bytes, found {}", kNoteBytesMax, text.size()));
  if (take_line(text) != kProofHead)
    return invalid(std::format("expected a first line \"{}\"", kProofHead));
  constexpr std::string_view kExtra = "extra ";
  constexpr std::string_view kIndex = "index ";
  LogProof proof;
  auto line = take_line(text);
  if (line && line->starts_with(kExtra)) {
    proof.extra = TRY_WITH(from_base64(line->substr(kExtra.size())), "extra");
    if (proof.extra.empty()) return invalid("extra: expected bytes or no such line");
    line = take_line(text);
  }
  if (!line || !line->starts_with(kIndex)) return invalid("expected a line \"index <number>\"");
  const auto index = read_decimal(line->substr(kIndex.size()), kSizeMax);
  if (!index) return invalid("index: expected a number");
  proof.index = *index;
  for (line = take_line(text); line && !line->empty(); line = take_line(text)) {
    if (proof.path.size() == kPathMax)
      return invalid(std::format("expected at most {} hashes, found more", kPathMax));
    proof.path.push_back(TRY_WITH(read_hash(*line), "path"));
  }
  if (!line || text.empty()) return invalid("expected an empty line and a checkpoint at the end");
  proof.checkpoint = text;
  return proof;
}

}  // namespace

std::string format_checkpoint(const Checkpoint& checkpoint) {
  std::string text =
      std::format("{}\n{}\n{}\n", checkpoint.origin, checkpoint.size, to_base64(checkpoint.root));
  for (const std::string& line : checkpoint.extensions) text += line + '\n';
  return text;
}

Result<Checkpoint> parse_checkpoint(std::string_view text) {
  return TRY_WITH(read_checkpoint(text), "checkpoint");
}

Result<std::string> sign_checkpoint(const Checkpoint& checkpoint, const SigningKey& key) {
  Note note{.text = format_checkpoint(checkpoint)};
  // What an origin or an extension with a line feed would say is another checkpoint.
  const Result<Checkpoint> read = parse_checkpoint(note.text);
  if (!read || *read != checkpoint)
    return invalid("checkpoint: expected an origin and extensions of one line each");
  TRY(sign_note(note, checkpoint.origin, key));
  return format_note(note);
}

Result<Checkpoint> open_checkpoint(std::string_view note, const NoteKey& key) {
  const Note parsed = TRY(parse_note(note));
  TRY(verify_note(parsed, key));
  Checkpoint checkpoint = TRY(parse_checkpoint(parsed.text));
  if (checkpoint.origin != key.name)
    return fail(Code::denied, std::format("checkpoint: expected one of log {}, found {}", key.name,
                                          excerpt(checkpoint.origin)));
  return checkpoint;
}

std::string format_log_proof(const LogProof& proof) {
  std::string text = std::string(kProofHead) + '\n';
  if (!proof.extra.empty()) text += std::format("extra {}\n", to_base64(proof.extra));
  text += std::format("index {}\n", proof.index);
  for (const Digest& hash : proof.path) text += to_base64(hash) + '\n';
  return text + '\n' + proof.checkpoint;
}

Result<LogProof> parse_log_proof(std::string_view text) {
  return TRY_WITH(read_log_proof(text), "log proof");
}

Result<Checkpoint> verify_log_proof(const LogProof& proof, const Digest& leaf_hash,
                                    const NoteKey& key) {
  Checkpoint checkpoint = TRY(open_checkpoint(proof.checkpoint, key));
  TRY(verify_inclusion(proof.index, checkpoint.size, leaf_hash, proof.path, checkpoint.root));
  return checkpoint;
}

}  // namespace lineside::crypt
