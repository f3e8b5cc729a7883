#include <format>
#include <limits>

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "base/check.h"
#include "net/http_reader_internal.h"

namespace lineside::net {

namespace {

namespace http = boost::beast::http;
using ErrorCode = boost::system::error_code;

std::vector<HttpHeader> headers_of(const http::fields& fields) {
  std::vector<HttpHeader> headers;
  for (const auto& field : fields)
    headers.push_back({std::string(field.name_string()), std::string(field.value())});
  return headers;
}

// The parser looks at more than it takes: bytes that it leaves come again with more behind them.
template <class Parser>
std::size_t put(Parser& parser, ByteView bytes, ErrorCode& error) {
  const std::size_t used = parser.put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
  if (error == http::error::need_more) error = {};
  return used;
}

bool is_too_large(const ErrorCode& error) {
  return error == http::error::body_limit || error == http::error::header_limit ||
         error == http::error::buffer_overflow;
}

}  // namespace

struct HttpRequestReader::Parser {
  http::request_parser<http::string_body> http;
  std::size_t header_max = 0;
};

HttpRequestReader::HttpRequestReader(const HttpLimits& limits)
    : parser_(std::make_unique<Parser>()) {
  parser_->header_max = limits.header_max;
  parser_->http.header_limit(static_cast<std::uint32_t>(limits.header_max));
  parser_->http.body_limit(limits.body_max);
}

HttpRequestReader::~HttpRequestReader() = default;

std::size_t HttpRequestReader::feed(ByteView bytes) {
  CHECK(!done() && !refusal_);
  ErrorCode error;
  const bool had_header = header_done();
  // The header first, by itself: it decides whether the body is wanted.
  parser_->http.eager(had_header);
  const std::size_t used = put(parser_->http, bytes, error);
  if (error == http::error::body_limit) {
    refuse(413, "the body is larger than this server takes");
  } else if (is_too_large(error)) {
    refuse(431, std::format("expected a header of at most {} bytes", parser_->header_max));
  } else if (error) {
    refuse(400, "not a request of HTTP/1.1: " + error.message());
  } else if (!had_header && header_done()) {
    check_header();
  }
  return used;
}

void HttpRequestReader::check_header() {
  const auto& message = parser_->http.get();
  if (message.version() != 11 && message.version() != 10)
    return refuse(400, "expected HTTP/1.1 or HTTP/1.0");
  const std::size_t hosts = message.count(http::field::host);
  if (hosts > 1 || (hosts == 0 && message.version() == 11))
    return refuse(400, std::format("expected one Host header, found {}", hosts));
  const auto expected = message[http::field::expect];
  if (!expected.empty() && !boost::beast::iequals(expected, "100-continue"))
    return refuse(417, "expected 100-continue or no expectation");
  auto target = parse_target(std::string_view(message.target()));
  if (!target) return refuse(400, target.error().text);
  target_ = std::move(*target);
}

bool HttpRequestReader::header_done() const { return parser_->http.is_header_done(); }
bool HttpRequestReader::done() const { return parser_->http.is_done(); }
bool HttpRequestReader::keep_alive() const { return parser_->http.keep_alive(); }

bool HttpRequestReader::expects_continue() const {
  return !parser_->http.get()[http::field::expect].empty();
}

HttpRequest HttpRequestReader::take() {
  CHECK(done() && target_);
  auto message = parser_->http.release();
  return {std::string(message.method_string()), std::move(*target_), headers_of(message),
          std::move(message.body())};
}

struct HttpResponseReader::Parser {
  http::response_parser<http::string_body> http;
};

HttpResponseReader::HttpResponseReader(const HttpLimits& limits, bool to_head)
    : parser_(std::make_unique<Parser>()) {
  parser_->http.header_limit(static_cast<std::uint32_t>(limits.header_max));
  parser_->http.body_limit(limits.body_max);
  parser_->http.skip(to_head);
  parser_->http.eager(true);
}

HttpResponseReader::~HttpResponseReader() = default;

Result<std::size_t> HttpResponseReader::feed(ByteView bytes) {
  ErrorCode error;
  const std::size_t used = put(parser_->http, bytes, error);
  if (is_too_large(error)) return fail(Code::exhausted, "the response is too large");
  if (error) return fail(Code::corrupt, "not a response of HTTP/1.1: " + error.message());
  if (header_done() && status() < 100)
    return fail(Code::corrupt, std::format("expected a status from 100 on, found {}", status()));
  return used;
}

Result<void> HttpResponseReader::end() {
  // The parser asserts that there was something.
  if (!parser_->http.got_some()) return fail(Code::corrupt, "the connection ended without answer");
  ErrorCode error;
  parser_->http.put_eof(error);
  if (error) return fail(Code::corrupt, "the response is cut off");
  return {};
}

bool HttpResponseReader::header_done() const { return parser_->http.is_header_done(); }
bool HttpResponseReader::done() const { return parser_->http.is_done(); }

int HttpResponseReader::status() const {
  return static_cast<int>(parser_->http.get().result_int());
}

std::string HttpResponseReader::take_body() {
  return std::exchange(parser_->http.get().body(), {});
}

HttpResponse HttpResponseReader::take_header() const {
  HttpResponse response;
  response.status = status();
  response.headers = headers_of(parser_->http.get().base());
  return response;
}

}  // namespace lineside::net
