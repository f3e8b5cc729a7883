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
    case ObjectChange::deleted:
      return "object.deleted";
    case ObjectChange::unchanged:
      break;
  }
  CHECK(false);  // nothing is written of what has not changed, and read_change() lets none pass
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
  if (entry.site) {
    text += R"(,"site":)";
    append_quoted(text, *entry.site);
  }
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

// ---- People in specs ---------------------------------------------------------------------------

namespace {

constexpr std::string_view kErased = "erased/";
constexpr std::size_t kPseudonymDigits = 16;

// The field of the kind that refers to a person.
std::string_view person_field(domain::Kind kind) {
  if (kind == domain::Kind::model_version) return R"("author":")";
  if (kind == domain::Kind::token) return R"("person":")";
  return {};
}

}  // namespace

std::string pseudonym_of(std::string_view commitment) {
  return std::string(kErased).append(commitment.substr(0, kPseudonymDigits));
}

std::string pseudonym(ByteView salt, std::string_view person) {
  return pseudonym_of(crypt::commitment(salt, person));
}

std::string person_member(domain::Kind kind, std::string_view person) {
  return std::string(person_field(kind)).append(person).append("\"");
}

bool is_pseudonym(std::string_view name) {
  if (name.size() != kErased.size() + kPseudonymDigits || !name.starts_with(kErased)) return false;
  return name.find_first_not_of("0123456789abcdef", kErased.size()) == std::string_view::npos;
}

// In canonical JSON a quote that is not escaped begins or ends a text, and names need no escapes.
std::string_view person_in(domain::Kind kind, std::string_view spec) {
  const std::string_view field = person_field(kind);
  if (field.empty()) return {};
  for (std::size_t at = spec.find(field); at != std::string_view::npos;
       at = spec.find(field, at + 1)) {
    const bool is_member = at > 0 && (spec[at - 1] == '{' || spec[at - 1] == ',');
    if (!is_member) continue;
    const std::size_t first = at + field.size();
    const std::string_view name = spec.substr(first, spec.find('"', first) - first);
    return name.starts_with(kErased) ? std::string_view() : name;
  }
  return {};
}

std::string with_person(std::string_view spec, std::string_view person, std::string_view with) {
  const auto at = static_cast<std::size_t>(person.data() - spec.data());
  std::string text(spec.substr(0, at));
  text += with;
  text += spec.substr(at + person.size());
  return text;
}

std::string with_pseudonym(domain::Kind kind, std::string_view spec, std::string_view pseudonym) {
  const std::string_view person = person_in(kind, spec);
  return person.empty() ? std::string(spec) : with_person(spec, person, pseudonym);
}

}  // namespace lineside::store
