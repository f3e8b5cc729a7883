#include <algorithm>
#include <format>

#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/http/parser.hpp>

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

// A string that grows with what has come. Beast's own reserves what the peer announces.
struct GrowingBody {
  using value_type = std::string;

  class reader {
   public:
    template <bool is_request, class Fields>
    reader(http::header<is_request, Fields>&, std::string& body) : body_(body) {}

    template <class Length>
    void init(const Length& length, ErrorCode& error) {
      if (length) body_.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(*length, 65536)));
      error = {};
    }
    template <class Buffers>
    std::size_t put(const Buffers& buffers, ErrorCode& error) {
      std::size_t total = 0;
      for (const auto piece : boost::beast::buffers_range_ref(buffers)) {
        body_.append(static_cast<const char*>(piece.data()), piece.size());
        total += piece.size();
      }
      error = {};
      return total;
    }
    void finish(ErrorCode& error) { error = {}; }

   private:
    std::string& body_;
  };
};

bool is_too_large(const ErrorCode& error) {
  return error == http::error::body_limit || error == http::error::header_limit ||
         error == http::error::buffer_overflow;
}

}  // namespace

struct HttpRequestReader::Parser {
  http::request_parser<GrowingBody> http;
  HttpLimits limits;
  BodyMax body_max_for;
};

HttpRequestReader::HttpRequestReader(const HttpLimits& limits, BodyMax body_max_for)
    : parser_(std::make_unique<Parser>()) {
  parser_->limits = limits;
  parser_->body_max_for = std::move(body_max_for);
  parser_->http.header_limit(static_cast<std::uint32_t>(limits.header_max));
  // Known when the header is: limit_body().
  parser_->http.body_limit(boost::none);
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
    refuse(431, std::format("expected a header of at most {} bytes", parser_->limits.header_max));
  } else if (error) {
    refuse(400, "not a request of HTTP/1.1: " + error.message());
  } else if (!had_header && header_done()) {
    check_header();
    if (!refusal_ && !done()) limit_body();
  }
  return used;
}

void HttpRequestReader::limit_body() {
  const std::uint64_t body_max =
      parser_->body_max_for ? parser_->body_max_for(*head_) : parser_->limits.body_max;
  parser_->http.body_limit(body_max);
  const auto length = parser_->http.content_length();
  if (length && *length > body_max) refuse(413, "the body is larger than this server takes");
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
  const auto coding = message[http::field::transfer_encoding];
  if (!coding.empty() && !boost::beast::iequals(coding, "chunked"))
    return refuse(501, "expected Transfer-Encoding chunked or none");  // RFC 9112, 6.1 and 6.3
  auto target = parse_target(std::string_view(message.target()));
  if (!target) return refuse(400, target.error().text);
  head_ = {std::string(message.method_string()), std::move(*target), headers_of(message), ""};
}

bool HttpRequestReader::header_done() const { return parser_->http.is_header_done(); }
bool HttpRequestReader::done() const { return parser_->http.is_done(); }
bool HttpRequestReader::keep_alive() const { return parser_->http.keep_alive(); }

bool HttpRequestReader::expects_continue() const {
  return !parser_->http.get()[http::field::expect].empty();
}

std::string HttpRequestReader::take_body() { return std::exchange(parser_->http.get().body(), {}); }

HttpRequest HttpRequestReader::take() {
  CHECK(done() && head_);
  head_->body = take_body();
  return std::move(*head_);
}

struct HttpResponseReader::Parser {
  Parser(const HttpLimits& most, bool bodiless) : limits(most), to_head(bodiless) {
    http.header_limit(static_cast<std::uint32_t>(limits.header_max));
    http.body_limit(limits.body_max);
    http.skip(to_head);
    http.eager(true);
  }
  const HttpLimits limits;
  const bool to_head;
  http::response_parser<GrowingBody> http;
};

HttpResponseReader::HttpResponseReader(const HttpLimits& limits, bool to_head)
    : parser_(std::make_unique<Parser>(limits, to_head)) {}

HttpResponseReader::HttpResponseReader(HttpResponseReader&&) noexcept = default;
HttpResponseReader::~HttpResponseReader() = default;

Result<std::size_t> HttpResponseReader::feed(ByteView bytes) {
  ErrorCode error;
  const std::size_t used = put(parser_->http, bytes, error);
  if (is_too_large(error)) return fail(Code::exhausted, "the response is too large");
  if (error) return fail(Code::corrupt, "not a response of HTTP/1.1: " + error.message());
  if (header_done() && status() < 100)
    return fail(Code::corrupt, std::format("expected a status from 100 on, found {}", status()));
  // An interim response: the final one follows (RFC 9110, 15.2). We never ask to switch protocols.
  if (header_done() && status() < 200)
    parser_ = std::make_unique<Parser>(parser_->limits, parser_->to_head);
  return used;
}

Result<void> HttpResponseReader::end() {
  // The parser asserts that there was something.
  if (!parser_->http.got_some())
    return fail(Code::unavailable, "the connection ended without answer");
  ErrorCode error;
  parser_->http.put_eof(error);
  if (error) return fail(Code::unavailable, "the response is cut off");
  return {};
}

bool HttpResponseReader::header_done() const { return parser_->http.is_header_done(); }
bool HttpResponseReader::done() const { return parser_->http.is_done(); }

int HttpResponseReader::status() const {
  return static_cast<int>(parser_->http.get().result_int());
}

bool HttpResponseReader::keep_alive() const { return parser_->http.keep_alive(); }

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
