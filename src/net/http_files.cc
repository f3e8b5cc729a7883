#include "net/http_files.h"

#include <algorithm>
#include <array>
#include <format>

#include "base/bytes.h"
#include "base/text.h"

namespace lineside::net {

namespace {

std::string_view type_of(std::string_view name) {
  using Row = std::pair<std::string_view, std::string_view>;
  static constexpr std::array<Row, 11> kTypes = {{
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".ico", "image/x-icon"},
      {".woff2", "font/woff2"},
      {".json", "application/json"},
      {".map", "application/json"},
      {".webmanifest", "application/manifest+json"},
      {".txt", "text/plain; charset=utf-8"},
  }};
  const auto it =
      std::ranges::find_if(kTypes, [&](const Row& row) { return name.ends_with(row.first); });
  return it == kTypes.end() ? "application/octet-stream" : it->second;
}

// RFC 9110, 13.1.2: a list of tags, or "*"; ours are strong, and weak comparison holds here.
bool has_tag(std::string_view if_none_match, std::string_view tag) {
  for (std::string_view one : split(if_none_match, ',')) {
    one = trim(one);
    if (one.starts_with("W/")) one.remove_prefix(2);
    if (one == "*" || one == tag) return true;
  }
  return false;
}

}  // namespace

HttpFiles::HttpFiles(std::span<const EmbeddedFile> files) {
  for (const EmbeddedFile& file : files) {
    const bool hashed = file.name.starts_with("assets/");
    Entry entry = {
        file.content, type_of(file.name),
        hashed ? "public, max-age=31536000, immutable" : "no-cache",
        std::format("\"{:x}-{:08x}\"", file.content.size(), crc32c(as_bytes(file.content)))};
    if (file.name == "index.html") entries_["/"] = entry;
    entries_["/" + std::string(file.name)] = std::move(entry);
  }
}

std::optional<HttpResponse> HttpFiles::answer(const HttpRequest& request) const {
  const auto it = entries_.find(request.target.path);
  if (it == entries_.end()) return std::nullopt;
  const Entry& entry = it->second;
  HttpResponse response;
  if (request.method != "GET" && request.method != "HEAD") {
    response.status = 405;
    response.headers = {{"Allow", "GET, HEAD"}};
    return response;
  }
  response.headers = {{"Cache-Control", std::string(entry.caching)}, {"ETag", entry.tag}};
  if (has_tag(request.header("If-None-Match"), entry.tag)) {
    response.status = 304;
    return response;
  }
  response.headers.push_back({"Content-Type", std::string(entry.type)});
  response.file = entry.content;
  return response;
}

}  // namespace lineside::net
