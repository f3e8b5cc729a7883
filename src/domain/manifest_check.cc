#include <format>

#include "base/text.h"
#include "domain/catalog.h"
#include "domain/manifest_check_internal.h"
#include "domain/models.h"
#include "domain/reading.h"
#include "domain/units.h"

namespace lineside::domain {

namespace {

std::string quoted(const std::string& value) { return "'" + excerpt(value, 60) + "'"; }

}  // namespace

void ManifestCheck::add(std::string path, std::string text, std::string expected,
                        std::string found) {
  if (out_.size() >= kProblemsMax) return;
  out_.push_back({place_, std::move(path), std::move(text), std::move(expected), std::move(found)});
}

void ManifestCheck::name(const std::string& path, const std::string& value) {
  if (!is_name(value)) add(path, "not a name", "1 to 128 of A-Z a-z 0-9 . _ : -", quoted(value));
}

void ManifestCheck::unit(const std::string& path, const std::string& value) {
  if (value.empty() || is_unit(value)) return;
  const auto near = nearest_unit(value);
  add(path, "unknown unit",
      near ? "'" + *near + "' perhaps" : "a UCUM code such as kPa, Cel or m/s", quoted(value));
}

void ManifestCheck::object_name(Kind kind, const std::string& value) {
  if (is_object_name(kind, value)) return;
  if (kind != Kind::stream) return name("name", value);
  add("name", "not a name", "asset/stream, each 1 to 128 of A-Z a-z 0-9 . _ : -", quoted(value));
}

void ManifestCheck::unique(const std::string& path, const std::string& value,
                           std::set<std::string>& seen) {
  if (!seen.insert(value).second) add(path, "given twice", "a name of its own", quoted(value));
}

void ManifestCheck::unique(const std::string& path, const std::vector<std::string>& values) {
  if (values.size() < 2) return;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!seen.insert(values[i]).second)
      add(std::format("{}[{}]", path, i), "given twice", "each once", quoted(values[i]));
}

void ManifestCheck::not_empty(const std::string& path, std::size_t size) {
  if (size == 0) add(path, "empty list", "at least one", "none");
}

void ManifestCheck::digest(const std::string& path, const std::string& value) {
  if (!value.empty() && !is_digest(value))
    add(path, "not a digest", "sha256: and 64 of 0-9 a-f", quoted(value));
}

void ManifestCheck::not_itself(const std::string& path, const std::string& name,
                               const std::string& value) {
  if (!value.empty() && value == name) add(path, "its own parent", "another one", quoted(value));
}

}  // namespace lineside::domain
