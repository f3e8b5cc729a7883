// What a log says of itself and signs, and proofs that stand alone.
// Source: C2SP signed-note, tlog-checkpoint, tlog-proof@v1 (c2sp.org).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypt/digest.h"
#include "crypt/signature.h"

namespace lineside::crypt {

constexpr std::size_t kNoteBytesMax = 1 << 20;
constexpr std::size_t kNoteSignaturesMax = 100;

// The key of a note with the name under which it signs. A name is UTF-8 without blanks, control
// characters and '+': "hub.example.com/audit".
struct NoteKey {
  std::string name;
  VerifyKey key;

  // SHA-256(name || 0x0a || 0x01 || key)[:4].
  std::array<std::byte, 4> id() const;
  // "name+<id in hex>+<base64 of 0x01 || key>", as people hand it on.
  std::string to_text() const;
  // Errors: invalid (not of that form, the id is another key's), unsupported (not Ed25519).
  static Result<NoteKey> parse(std::string_view text);

  bool operator==(const NoteKey&) const = default;
};

// Whether it may name a key.
bool is_key_name(std::string_view name);

struct NoteSignature {
  std::string name;
  std::array<std::byte, 4> id{};
  Bytes sig;  // of any kind: notes carry those of witnesses too
  bool operator==(const NoteSignature&) const = default;
};

// A text with signatures. Not to be trusted before verify_note().
struct Note {
  std::string text;  // ends with a line feed
  std::vector<NoteSignature> signatures;
  bool operator==(const Note&) const = default;
};

std::string format_note(const Note& note);
// Errors: invalid (not a note; longer than 1 MiB; more than 100 signatures).
Result<Note> parse_note(std::string_view text);

// Adds the signature. Errors: invalid (the name or the text cannot be in a note); those of
// SigningKey::sign().
Result<void> sign_note(Note& note, std::string_view name, const SigningKey& key);
// Errors: denied (not signed by that key, or a signature in its name is not its own).
Result<void> verify_note(const Note& note, const NoteKey& key);

struct Checkpoint {
  std::string origin;  // names the log, and the key that signs for it
  std::uint64_t size = 0;
  Digest root{};
  std::vector<std::string> extensions;  // lines that others add; we write none

  bool operator==(const Checkpoint&) const = default;
};

// The text that is signed: origin, size, root in base64, extensions, a line each.
std::string format_checkpoint(const Checkpoint& checkpoint);
// Errors: invalid (not a checkpoint).
Result<Checkpoint> parse_checkpoint(std::string_view text);

// The whole note with one signature, its key named by the origin. Errors: those of sign_note().
Result<std::string> sign_checkpoint(const Checkpoint& checkpoint, const SigningKey& key);
// The opposite: parsed, verified, and of the log that the key's name tells. Errors: invalid,
// denied.
Result<Checkpoint> open_checkpoint(std::string_view note, const NoteKey& key);

// An inclusion proof with the checkpoint that it leads to; a file *.tlog-proof.
struct LogProof {
  std::uint64_t index = 0;
  std::vector<Digest> path;
  std::string checkpoint;  // the whole note as it was signed
  Bytes extra;             // authenticated by nothing; absent when empty

  bool operator==(const LogProof&) const = default;
};

std::string format_log_proof(const LogProof& proof);
// Errors: invalid (not a proof; longer than 1 MiB).
Result<LogProof> parse_log_proof(std::string_view text);
// That the log of this key holds the leaf: opens the checkpoint and checks the path. Errors: those
// of open_checkpoint() and verify_inclusion().
Result<Checkpoint> verify_log_proof(const LogProof& proof, const Digest& leaf_hash,
                                    const NoteKey& key);

}  // namespace lineside::crypt
