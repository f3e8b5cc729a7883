#include "net/http.h"

#include <gtest/gtest.h>

#include "base/embedded.h"
#include "net/http_files.h"
#include "net/http_reader_internal.h"

namespace lineside::net {
namespace {

using Query = std::vector<std::pair<std::string, std::string>>;

TEST(HttpTarget, TakesAPathApart) {
  const auto target = parse_target("/a/b%2Fc/?x=1+2&y=%3D&z&=e&&x=3");
  ASSERT_TRUE(target) << target.error().text;
  EXPECT_EQ(target->path, "/a/b%2Fc/");
  EXPECT_EQ(target->segments, (std::vector<std::string>{"a", "b/c", ""}));
  EXPECT_EQ(target->query, (Query{{"x", "1 2"}, {"y", "="}, {"z", ""}, {"", "e"}, {"x", "3"}}));
  EXPECT_EQ(target->parameter("x"), "1 2");
  EXPECT_EQ(target->parameter("q"), std::nullopt);
  EXPECT_TRUE(parse_target("/")->segments.empty());
  EXPECT_EQ(parse_target("/a+b")->segments[0], "a+b");
}

TEST(HttpTarget, RefusesWhatIsNoPath) {
  for (const char* bad : {"", "a", "*", "http://host/a", "/%", "/%4", "/%4g", "/%00", "/%0a",
                          "/?a=%7f", "/%ff", "/?%c3=1"}) {
    const auto target = parse_target(bad);
    ASSERT_FALSE(target) << bad;
    EXPECT_EQ(target.error().code, Code::invalid);
    EXPECT_TRUE(target.error().text.starts_with("target: expected ")) << target.error().text;
  }
}

TEST(HttpTarget, EncodesWhatDecodesToTheSame) {
  const std::string text = "a b/c?d&e=\xc3\xa4+~-._%";
  EXPECT_EQ(encode_component(text), "a%20b%2Fc%3Fd%26e%3D%C3%A4%2B~-._%25");
  EXPECT_EQ(parse_target("/" + encode_component(text))->segments[0], text);
  EXPECT_EQ(parse_target("/?q=" + encode_component(text))->parameter("q"), text);
}

TEST(HttpHeaders, AreFoundWhateverTheirCase) {
  const std::vector<HttpHeader> headers = {{"content-TYPE", "a"}, {"Content-Type", "b"}};
  EXPECT_EQ(find_header(headers, "Content-Type"), "a");
  EXPECT_EQ(find_header(headers, "Content-Typ"), "");
}

// Feeds `text` in pieces of `step` bytes, each with what was left of those before.
struct Fed {
  std::unique_ptr<HttpRequestReader> reader =
      std::make_unique<HttpRequestReader>(HttpLimits{200, 20});
  std::string rest;
};
Fed feed(std::string_view text, std::size_t step) {
  Fed fed;
  while (!text.empty() && !fed.reader->done() && !fed.reader->refusal()) {
    fed.rest.append(text.substr(0, step));
    text.remove_prefix(std::min(step, text.size()));
    std::size_t used = 1;
    while (used > 0 && !fed.rest.empty() && !fed.reader->done() && !fed.reader->refusal()) {
      used = fed.reader->feed(as_bytes(fed.rest));
      fed.rest.erase(0, used);
    }
  }
  fed.rest.append(text);
  return fed;
}

TEST(HttpRequestReader, ReadsARequestInPiecesOfAnySize) {
  const std::string text =
      "POST /a?b=c HTTP/1.1\r\nHost: here\r\nX-Note:  two words \r\nContent-Length: 5\r\n\r\n"
      "12345GET / HTTP/1.1\r\n";
  for (std::size_t step = 1; step <= text.size(); ++step) {
    Fed fed = feed(text, step);
    ASSERT_TRUE(fed.reader->done()) << step;
    EXPECT_TRUE(fed.reader->keep_alive());
    const HttpRequest request = fed.reader->take();
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.target.path, "/a");
    EXPECT_EQ(request.header("x-note"), "two words");
    EXPECT_EQ(request.body, "12345");
    EXPECT_EQ(fed.rest, "GET / HTTP/1.1\r\n") << "the next request is left alone";
  }
}

TEST(HttpRequestReader, ReadsChunks) {
  Fed fed = feed(
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n",
      7);
  ASSERT_TRUE(fed.reader->done());
  EXPECT_EQ(fed.reader->take().body, "abcde");
}

TEST(HttpRequestReader, KnowsWhenTheConnectionEnds) {
  EXPECT_FALSE(
      feed("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 99).reader->keep_alive());
  EXPECT_FALSE(feed("GET / HTTP/1.0\r\n\r\n", 99).reader->keep_alive());
  EXPECT_TRUE(
      feed("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n", 99)
          .reader->expects_continue());
}

struct Refused {
  std::string name;
  std::string text;
  int status = 400;
};

TEST(HttpRequestReader, RefusesWhatItCannotOrMustNotTake) {
  const std::string host = "Host: a\r\n";
  const std::vector<Refused> cases = {
      {"noise", "\x16\x03\x01\x02\r\n\r\n", 400},
      {"no version", "GET /\r\n\r\n", 400},
      {"another version", "GET / HTTP/2.0\r\n" + host + "\r\n", 400},
      {"no host", "GET / HTTP/1.1\r\n\r\n", 400},
      {"two hosts", "GET / HTTP/1.1\r\n" + host + "Host: b\r\n\r\n", 400},
      {"not origin form", "GET http://a/ HTTP/1.1\r\n" + host + "\r\n", 400},
      {"bad escape", "GET /%zz HTTP/1.1\r\n" + host + "\r\n", 400},
      {"blank in a name", "GET / HTTP/1.1\r\n" + host + "A b: c\r\n\r\n", 400},
      {"zero byte", "GET / HTTP/1.1\r\n" + host + std::string("A: b\0c\r\n\r\n", 10), 400},
      {"bad length", "POST / HTTP/1.1\r\n" + host + "Content-Length: 1x\r\n\r\n", 400},
      {"two lengths",
       "POST / HTTP/1.1\r\n" + host + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400},
      {"length and chunks",
       "POST / HTTP/1.1\r\n" + host + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
       400},
      {"bad chunk", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
      {"another coding", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: xchunked\r\n\r\n", 501},
      {"a coding behind chunks",
       "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked, identity\r\n\r\n", 501},
      {"a coding within chunks",
       "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: gzip, chunked\r\n\r\n", 501},
      {"two codings",
       "POST / HTTP/1.1\r\n" + host +
           "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n",
       400},
      {"unknown expectation", "POST / HTTP/1.1\r\n" + host + "Expect: magic\r\n\r\n", 417},
      {"large header", "GET / HTTP/1.1\r\n" + host + "A: " + std::string(300, 'x') + "\r\n\r\n",
       431},
      {"header without end", "GET / HTTP/1.1\r\n" + host + "A: " + std::string(300, 'x'), 431},
      {"large body", "POST / HTTP/1.1\r\n" + host + "Content-Length: 21\r\n\r\n", 413},
      {"large chunks", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n15\r\n",
       413},
  };
  for (const Refused& refused : cases) {
    for (const std::size_t step : {std::size_t{1}, std::size_t{1000}}) {
      const Fed fed = feed(refused.text, step);
      ASSERT_TRUE(fed.reader->refusal()) << refused.name;
      EXPECT_EQ(fed.reader->refusal()->status, refused.status)
          << refused.name << ": " << fed.reader->refusal()->text;
    }
  }
}

TEST(HttpResponseReader, ReadsByLengthByChunksAndToTheEnd) {
  HttpResponseReader by_length({1000, 1000}, false);
  const std::string text = "HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\nA: b\r\n\r\nabc";
  ASSERT_EQ(by_length.feed(as_bytes(text + "more")).value(), text.size());
  EXPECT_TRUE(by_length.done());
  EXPECT_EQ(by_length.take_header().status, 404);
  EXPECT_EQ(by_length.take_header().header("a"), "b");
  EXPECT_EQ(by_length.take_body(), "abc");

  HttpResponseReader to_end({1000, 1000}, false);
  ASSERT_TRUE(to_end.feed(as_bytes("HTTP/1.1 200 OK\r\n\r\n")));
  ASSERT_TRUE(to_end.feed(as_bytes("ab")));
  EXPECT_EQ(to_end.take_body(), "ab");
  ASSERT_TRUE(to_end.feed(as_bytes("c")));
  EXPECT_EQ(to_end.take_body(), "c");
  EXPECT_FALSE(to_end.done());
  EXPECT_TRUE(to_end.end());
  EXPECT_TRUE(to_end.done());
}

TEST(HttpResponseReader, PassesOverInterimResponses) {
  HttpResponseReader reader({1000, 1000}, false);
  const std::string early = "HTTP/1.1 100 Continue\r\n\r\n";
  const std::string hints = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
  EXPECT_EQ(reader.feed(as_bytes(early + hints)).value(), early.size());
  EXPECT_FALSE(reader.header_done());
  EXPECT_EQ(reader.feed(as_bytes(hints)).value(), hints.size());
  const std::string text = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab";
  EXPECT_EQ(reader.feed(as_bytes(text)).value(), text.size());
  EXPECT_TRUE(reader.done());
  EXPECT_EQ(reader.take_header().status, 200);
  EXPECT_EQ(reader.take_header().header("Link"), "");
  EXPECT_EQ(reader.take_body(), "ab");
}

TEST(HttpResponseReader, SaysWhatIsWrong) {
  HttpResponseReader noise({1000, 1000}, false);
  EXPECT_EQ(noise.feed(as_bytes("SSH-2.0-x\r\n\r\n")).error().code, Code::corrupt);
  HttpResponseReader none({1000, 1000}, false);
  EXPECT_EQ(none.feed(as_bytes("HTTP/1.1 000 OK\r\nContent-Length: 0\r\n\r\n")).error().code,
            Code::corrupt);
  HttpResponseReader large({1000, 3}, false);
  EXPECT_EQ(large.feed(as_bytes("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n")).error().code,
            Code::exhausted);
  HttpResponseReader cut({1000, 1000}, false);
  ASSERT_TRUE(cut.feed(as_bytes("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n")));
  ASSERT_TRUE(cut.feed(as_bytes("abc")));
  EXPECT_EQ(cut.end().error().code, Code::unavailable) << "worth a retry";
  HttpResponseReader nothing({1000, 1000}, false);
  EXPECT_EQ(nothing.end().error().code, Code::unavailable);
}

constexpr std::array<EmbeddedFile, 3> kFiles = {{{"index.html", "<!doctype html>"},
                                                 {"assets/app-1a2b.js", "export {};"},
                                                 {"favicon.svg", "<svg/>"}}};

HttpResponse file(std::string method, std::string_view target,
                  std::vector<HttpHeader> headers = {}) {
  const HttpFiles files(kFiles);
  auto answer = files.answer({std::move(method), *parse_target(target), std::move(headers), ""});
  if (answer) return std::move(*answer);
  HttpResponse none;
  none.status = 404;
  return none;
}

TEST(HttpFiles, KnowTheirTypesAndHowLongTheyMayBeKept) {
  EXPECT_EQ(file("GET", "/").content(), "<!doctype html>");
  EXPECT_EQ(file("GET", "/index.html").header("Content-Type"), "text/html; charset=utf-8");
  EXPECT_EQ(file("GET", "/index.html").header("Cache-Control"), "no-cache");
  EXPECT_EQ(file("GET", "/assets/app-1a2b.js").header("Content-Type"),
            "text/javascript; charset=utf-8");
  EXPECT_EQ(file("GET", "/assets/app-1a2b.js").header("Cache-Control"),
            "public, max-age=31536000, immutable");
  EXPECT_EQ(file("GET", "/favicon.svg").header("Content-Type"), "image/svg+xml");
}

TEST(HttpFiles, AreSentOnlyWhenTheyChanged) {
  const std::string tag(file("GET", "/").header("ETag"));
  EXPECT_NE(tag, file("GET", "/favicon.svg").header("ETag"));
  for (const std::string& header : {tag, "W/" + tag, "\"x\", " + tag, std::string("*")}) {
    const HttpResponse response = file("GET", "/", {{"If-None-Match", header}});
    EXPECT_EQ(response.status, 304) << header;
    EXPECT_EQ(response.content(), "");
    EXPECT_EQ(response.header("ETag"), tag);
  }
  EXPECT_EQ(file("GET", "/", {{"If-None-Match", "\"x\""}}).status, 200);
}

TEST(HttpFiles, HaveNothingToClimbOutOf) {
  for (const char* target :
       {"/../index.html", "/assets/../index.html", "/%2e%2e/index.html", "//index.html",
        "/index.html/", "/assets", "/assets/", "/..%2findex.html", "/./index.html"})
    EXPECT_EQ(file("GET", target).status, 404) << target;
  EXPECT_EQ(file("POST", "/").status, 405);
  EXPECT_EQ(file("POST", "/").header("Allow"), "GET, HEAD");
}

}  // namespace
}  // namespace lineside::net
