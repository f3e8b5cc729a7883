#include "wire/messages.h"

#include "codec/canonical.h"
#include "crypt/digest.h"
#include "domain/reading.h"

namespace lineside::wire {

namespace {

constexpr std::string_view kEdgeUri = "urn:lineside:edge:";

}  // namespace

std::string edge_uri(std::string_view edge) { return std::string(kEdgeUri) + std::string(edge); }

std::optional<std::string> edge_of_uri(std::string_view uri) {
  if (!uri.starts_with(kEdgeUri)) return std::nullopt;
  std::string edge(uri.substr(kEdgeUri.size()));
  if (!domain::is_name(edge)) return std::nullopt;
  return edge;
}

std::string revision_of(const DesiredContent& content) {
  return crypt::sha256_hex(as_bytes(codec::canonical_json(content)));
}

}  // namespace lineside::wire
