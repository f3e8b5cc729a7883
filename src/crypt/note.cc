#include <algorithm>
#include <format>

#include "base/text.h"
#include "crypt/base64.h"
#include "crypt/checkpoint.h"

namespace lineside::crypt {

namespace {

constexpr std::string_view kDash = "\u2014 ";
constexpr std::byte kEd25519{0x01};  // the only type of signature that we make and check
constexpr std::size_t kIdSize = 4;

// Unicode's White_Space beyond ASCII.
constexpr std::string_view kSpaces[] = {"\u0085", "\u00a0", "\u1680", "\u2000", "\u2001",
                                        "\u2002", "\u2003", "\u2004", "\u2005", "\u2006",
                                        "\u2007", "\u2008", "\u2009", "\u200a", "\u2028",
                                        "\u2029", "\u202f", "\u205f", "\u3000"};

bool is_note_text(std::string_view text) {
  return is_utf8(text) && std::ranges::none_of(text, [](char c) {
           return static_cast<unsigned char>(c) < 0x20 && c != '\n';
         });
}

Bytes typed(const VerifyKey& key) {
  Bytes bytes = {kEd25519};
  bytes.insert(bytes.end(), key.raw.begin(), key.raw.end());
  return bytes;
}

Result<NoteSignature> read_signature(std::string_view line) {
  if (!line.starts_with(kDash)) return invalid("expected an em dash and a blank");
  line.remove_prefix(kDash.size());
  const std::size_t blank = line.find(' ');
  if (blank == std::string_view::npos || !is_key_name(line.substr(0, blank)))
    return invalid("expected the name of a key");
  Bytes bytes = TRY(from_base64(line.substr(blank + 1)));
  if (bytes.size() <= kIdSize)
    return invalid(
        std::format("expected the id of a key and a signature, found {} bytes", bytes.size()));
  NoteSignature signature{.name = std::string(line.substr(0, blank))};
  std::copy_n(bytes.begin(), kIdSize, signature.id.begin());
  signature.sig.assign(bytes.begin() + kIdSize, bytes.end());
  return signature;
}

Result<NoteKey> read_key(std::string_view text) {
  const std::vector<std::string_view> parts = split(text, '+');
  if (parts.size() < 3 || !is_key_name(parts[0]))
    return invalid("expected \"name+id+key\", the name without blanks");
  // The key's base64 may have a '+' of its own.
  const std::string_view encoded = text.substr(parts[0].size() + parts[1].size() + 2);
  const Bytes id = TRY_WITH(from_hex(parts[1]), "id");
  const Bytes bytes = TRY_WITH(from_base64(encoded), "key");
  if (bytes.empty() || bytes[0] != kEd25519)
    return fail(Code::unsupported, "expected a key of type 1 (Ed25519), found another");
  NoteKey key{.name = std::string(parts[0])};
  key.key = TRY(VerifyKey::from_raw(ByteView(bytes).subspan(1)));
  if (!std::ranges::equal(key.id(), id))
    return invalid(std::format("expected the id {} for this name and key, found {}",
                               to_hex(key.id()), excerpt(parts[1], 20)));
  return key;
}

Result<Note> read_note(std::string_view text) {
  if (text.size() > kNoteBytesMax)
    return invalid(std::format("expected at most {} bytes, found {}", kNoteBytesMax, text.size()));
  if (!is_note_text(text)) return invalid("expected UTF-8 without control characters");
  const std::size_t gap = text.rfind("\n\n");
  if (gap == std::string_view::npos || !text.ends_with('\n'))
    return invalid("expected an empty line between the text and lines of signatures");
  Note note{.text = std::string(text.substr(0, gap + 1))};
  std::string_view rest = text.substr(gap + 2);
  if (rest.empty()) return invalid("expected a line of a signature, found none");
  rest.remove_suffix(1);
  for (const std::string_view line : split(rest, '\n')) {
    if (note.signatures.size() == kNoteSignaturesMax)
      return invalid(std::format("expected at most {} signatures, found more", kNoteSignaturesMax));
    note.signatures.push_back(TRY_WITH(read_signature(line), "signature"));
  }
  return note;
}

}  // namespace

bool is_key_name(std::string_view name) {
  if (name.empty() || !is_utf8(name)) return false;
  const bool plain = std::ranges::none_of(
      name, [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == '+' || c == 0x7f; });
  return plain && std::ranges::none_of(
                      kSpaces, [&](std::string_view space) { return name.contains(space); });
}

std::array<std::byte, kIdSize> NoteKey::id() const {
  Sha256 hash;
  hash.update(as_bytes(name));
  hash.update(as_bytes("\n"));
  hash.update(typed(key));
  std::array<std::byte, kIdSize> first;
  std::copy_n(hash.finish().begin(), kIdSize, first.begin());
  return first;
}

std::string NoteKey::to_text() const {
  return std::format("{}+{}+{}", name, to_hex(id()), to_base64(typed(key)));
}

Result<NoteKey> NoteKey::parse(std::string_view text) {
  return TRY_WITH(read_key(text), "key of notes");
}

std::string format_note(const Note& note) {
  std::string text = note.text + '\n';
  for (const NoteSignature& signature : note.signatures) {
    Bytes bytes(signature.id.begin(), signature.id.end());
    bytes.insert(bytes.end(), signature.sig.begin(), signature.sig.end());
    text += std::format("{}{} {}\n", kDash, signature.name, to_base64(bytes));
  }
  return text;
}

Result<Note> parse_note(std::string_view text) { return TRY_WITH(read_note(text), "note"); }

Result<void> sign_note(Note& note, std::string_view name, const SigningKey& key) {
  if (!is_key_name(name))
    return invalid(std::format("note: expected a key's name without blanks and '+', found \"{}\"",
                               excerpt(name)));
  if (!note.text.ends_with('\n') || !is_note_text(note.text))
    return invalid("note: expected lines of UTF-8 without control characters");
  const NoteKey named{.name = std::string(name), .key = key.verify_key()};
  const Signature signature = TRY(key.sign(as_bytes(note.text)));
  note.signatures.push_back(
      {.name = named.name, .id = named.id(), .sig = Bytes(signature.begin(), signature.end())});
  return {};
}

Result<void> verify_note(const Note& note, const NoteKey& key) {
  const auto id = key.id();
  bool is_signed = false;
  for (const NoteSignature& signature : note.signatures) {
    if (signature.name != key.name || signature.id != id) continue;
    if (!key.key.verify(as_bytes(note.text), signature.sig))
      return fail(Code::denied,
                  std::format("note: the signature in the name of {} is not by its key", key.name));
    is_signed = true;
  }
  if (!is_signed)
    return fail(Code::denied,
                std::format("note: expected a signature by {} with key {}, found none", key.name,
                            to_hex(id)));
  return {};
}

}  // namespace lineside::crypt
