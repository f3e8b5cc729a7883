#include <format>

#include "base/check.h"
#include "crypt/digest.h"
#include "domain/fields.h"
#include "store/hub_entry_internal.h"

namespace lineside::store {

namespace {

// RFC 8259, section 7; what need not be escaped is not.
void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += std::format("\\u{:04x}", byte);
    } else {
      out += c;
    }
  }
  out += '"';
}

}  // namespace

std::string_view action_of(ObjectChange change) {
  switch (change) {
    case ObjectChange::created:
      return "object.created";
    case ObjectChange::updated:
      return "object.updated";
    default:
      return "object.deleted";
  }
}

std::string object_entry_text(const ObjectEntry& entry, ByteView salt) {
  const bool is_person = entry.kind == domain::Kind::person;
  CHECK(!is_person || !salt.empty());
  std::string object = std::format("{}/", to_text(entry.kind));
  object += is_person ? crypt::commitment(salt, entry.name) : std::string(entry.name);
  std::string text;
  text.reserve(320);
  text += R"({"action":)";
  append_quoted(text, action_of(entry.change));
  text += R"(,"actor":)";
  append_quoted(text, entry.actor);
  text += R"(,"object":)";
  append_quoted(text, object);
  text += R"(,"revision":)";
  text += std::to_string(entry.revision);
  if (entry.change != ObjectChange::deleted) {
    text += R"(,"spec":)";
    append_quoted(text, is_person ? crypt::commitment(salt, entry.spec)
                                  : crypt::sha256_hex(as_bytes(entry.spec)));
  }
  text += R"(,"time":)";
  append_quoted(text, format_iso(entry.time));
  text += '}';
  return text;
}

}  // namespace lineside::store
