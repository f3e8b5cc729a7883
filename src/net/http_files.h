// Files of the binary, as HTTP gives them out.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>

#include "base/embedded.h"
#include "net/http.h"

namespace lineside::net {

// Knows its files by name only, so there is nothing to climb out of. Immutable.
class HttpFiles {
 public:
  explicit HttpFiles(std::span<const EmbeddedFile> files);

  // "/" is index.html. Files under assets/ carry a digest of their content in their names (Vite's
  // way) and may be kept for ever; the others are asked for anew each time, by their entity tag.
  // Nothing for a path that is no file. 405 for methods other than GET and HEAD.
  std::optional<HttpResponse> answer(const HttpRequest& request) const;

 private:
  struct Entry {
    std::string_view content;
    std::string_view type;
    std::string_view caching;
    std::string tag;
  };
  std::map<std::string, Entry, std::less<>> entries_;  // by path
};

}  // namespace lineside::net
