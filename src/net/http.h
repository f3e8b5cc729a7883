// HTTP/1.1 messages as values. Source: RFC 9110 (semantics), RFC 9112 (HTTP/1.1).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace lineside::net {

class HttpLater;   // net/http_later.h
class HttpSink;    // net/http_transfer.h
class HttpSource;  // net/http_transfer.h

struct HttpHeader {
  std::string name;
  std::string value;
};
// The value of the first header of that name, whatever its case; empty if there is none.
std::string_view find_header(const std::vector<HttpHeader>& headers, std::string_view name);

// What a request asks for, from its target in origin form ("/a/b?c=d").
struct HttpTarget {
  std::string path;                   // as sent, without the query
  std::vector<std::string> segments;  // of the path, decoded; "/" has none, "/a/" has "a" and ""
  std::vector<std::pair<std::string, std::string>> query;  // decoded, '+' is a blank

  // The first one of that name.
  std::optional<std::string_view> parameter(std::string_view name) const;
};
// Errors: invalid (not origin form, a bad percent escape, a control character once decoded).
Result<HttpTarget> parse_target(std::string_view text);
// Percent-encodes everything but unreserved characters (RFC 3986, 2.3).
std::string encode_component(std::string_view text);

// A client certificate that the peer has proved to hold the key of, and that verified against
// HttpServerTls::client_ca. Whether it was revoked since is for the caller to know.
struct PeerCertificate {
  std::string sha256;             // of its DER, 64 lower-case hex digits
  std::string serial;             // lower-case hex of whole bytes, no leading zero byte
  std::string common_name;        // of the subject; empty if there is none
  std::vector<std::string> uris;  // of the subject's alternative names, in their order
  Time not_after{};               // a connection may outlive it
};

struct HttpRequest {
  std::string method;  // "GET", "POST", ...
  HttpTarget target;
  std::vector<HttpHeader> headers;
  std::string body;
  std::optional<PeerCertificate> peer{};
  std::shared_ptr<HttpSink> upload{};  // took the body, where HttpServer::BeginUpload gave one

  std::string_view header(std::string_view name) const { return find_header(headers, name); }
};

// A body that goes on until it or the reader ends, such as server-sent events.
class HttpStream {
 public:
  virtual ~HttpStream() = default;
  // Appends what is there now, if anything; false: the stream ends after it. Called by one thread,
  // at least every 100 ms while the reader keeps up, and not at all while it does not.
  virtual bool more(std::string& out) = 0;
};

// Some bytes of a source.
struct HttpRange {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
};

// At most one of `body`, `file`, `stream`, `source` and `later`.
struct HttpResponse {
  int status = 200;
  std::vector<HttpHeader> headers;  // Content-Length, Connection and the like are the server's
  std::string body;
  std::string_view file;               // bytes that outlive the server
  std::unique_ptr<HttpStream> stream;  //
  std::shared_ptr<HttpSource> source;  // read while it is sent; see ranged()
  std::optional<HttpRange> range;      // of `source`; none: all of it
  std::shared_ptr<HttpLater> later;    // all of the response comes from it

  std::string_view content() const { return file.empty() ? std::string_view(body) : file; }
  std::string_view header(std::string_view name) const { return find_header(headers, name); }
};

// "Not Found" for 404; empty for codes that are not known.
std::string_view reason_phrase(int status);

}  // namespace lineside::net
