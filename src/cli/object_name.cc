#include "cli/object_name.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <format>
#include <utility>
#include <vector>

#include "base/text.h"
#include "cli/hub_client.h"
#include "domain/fields.h"

namespace lineside::cli {

namespace {

// What else a hub has and people look for among the objects of its catalog.
struct Elsewhere {
  std::string_view name;
  std::string_view also;
  std::string_view instead;
};
constexpr auto kElsewhere = std::to_array<Elsewhere>({
    {"alert", "alerts", "see `lineside edge alerts NAME`"},
    {"approval", "approvals", "see `lineside approval list`, and the hub's page"},
    {"artifact", "artifacts",
     "`lineside upload` brings them, GET /api/v1/artifacts/DIGEST gives their bytes"},
    {"audit", "auditlog", "see `lineside audit show`"},
    {"certificate", "certificates", "`lineside edge show NAME` shows when an edge's ends"},
    {"edge", "edges", "see `lineside edge list`, `edge show`, `edge revoke` and `edge remove`"},
    {"enrolment", "enrolments",
     "they are on the hub's page, and at GET, POST and DELETE /api/v1/enrolments"},
    {"history", "revisions", "see `lineside history KIND NAME`"},
});

std::string plain(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (c != '-' && c != '_') out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

// The kind whose name begins so, of several the shortest; empty: none does, or too little is said.
std::string_view begun_kind(const std::string& wanted) {
  std::string_view found;
  if (wanted.size() < 2) return found;
  for (std::size_t i = 0; i < domain::kKinds; ++i) {
    const auto kind = static_cast<domain::Kind>(i);
    const std::string_view many = traits(kind).segment;
    const bool is_begun =
        plain(to_text(kind)).starts_with(wanted) || plain(many).starts_with(wanted);
    if (is_begun && (found.empty() || many.size() < found.size())) found = many;
  }
  return found;
}

}  // namespace

Result<domain::Kind> kind_named(std::string_view text) {
  const std::string wanted = plain(text);
  std::vector<std::string_view> known;
  for (std::size_t i = 0; i < domain::kKinds; ++i) {
    const auto kind = static_cast<domain::Kind>(i);
    const std::string name = plain(to_text(kind));
    if (wanted == name || wanted == name + "s" || wanted == plain(traits(kind).segment))
      return kind;
    known.push_back(traits(kind).segment);
    known.push_back(to_text(kind));
  }
  for (const Elsewhere& other : kElsewhere)
    if (wanted == other.name || wanted == other.also)
      return invalid(
          std::format("no kind '{}' in the catalog; {}", excerpt(text, 40), other.instead));
  std::string list;
  for (const domain::KindTraits& kind : domain::kKindTraits)
    list += std::format("{}{}", list.empty() ? "" : " ", kind.segment);
  const std::string_view begun = begun_kind(wanted);
  const auto near = begun.empty() ? nearest(text, known) : std::optional(begun);
  return invalid(std::format("no kind '{}'{}", excerpt(text, 40),
                             near ? std::format(", did you mean '{}'", *near)
                                  : std::format("; expected one of {}", list)));
}

Result<domain::Kind> kind_of_object(std::string_view kind, std::string_view name) {
  const domain::Kind known = TRY(kind_named(kind));
  if (name.empty()) return invalid("NAME: expected the name of an object, found ''");
  return known;
}

std::string object_path(domain::Kind kind, std::string_view name, std::string_view rest) {
  std::vector<std::string_view> segments = {traits(kind).segment};
  // The name of a stream, asset/stream, is two segments.
  const auto slash = kind == domain::Kind::stream ? name.find('/') : std::string_view::npos;
  segments.push_back(name.substr(0, slash));
  if (slash != std::string_view::npos) segments.push_back(name.substr(slash + 1));
  return api_path(segments) + std::string(rest);
}

}  // namespace lineside::cli
