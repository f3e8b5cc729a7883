#include "net/http_transfer.h"

#include <gtest/gtest.h>

#include "sim/files.h"

namespace lineside::net {
namespace {

class Digits final : public HttpSource {
 public:
  std::uint64_t size() const override { return 10; }
  Result<void> read(std::uint64_t offset, std::span<std::byte> out) override {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::byte>('0' + offset + i);
    return {};
  }
};

struct Asked {
  std::string name;
  std::vector<HttpHeader> headers;
  int status = 0;
  std::string content_range;
  std::string body;
  std::string method = "GET";
};

// Status, Content-Range and body of ranged() over "0123456789" with the tag `t`.
Asked answer(const Asked& asked) {
  const HttpRequest request = {asked.method, *parse_target("/a"), asked.headers, ""};
  const HttpResponse response = ranged({}, request, std::make_shared<Digits>(), "t");
  EXPECT_EQ(response.header("ETag"), "\"t\"") << asked.name;
  EXPECT_EQ(response.header("Accept-Ranges"), "bytes") << asked.name;
  std::string body;
  if (response.source) {
    const HttpRange range = response.range.value_or(HttpRange{0, response.source->size()});
    body.resize(range.count);
    EXPECT_TRUE(response.source->read(range.first, std::as_writable_bytes(std::span(body))));
  }
  return {asked.name, asked.headers, response.status, std::string(response.header("Content-Range")),
          body,       asked.method};
}

TEST(HttpRanges, AreThoseOfTheStandard) {
  const std::vector<Asked> cases = {
      {"no range", {}, 200, "", "0123456789"},
      {"from and to", {{"Range", "bytes=2-4"}}, 206, "bytes 2-4/10", "234"},
      {"one byte", {{"Range", "bytes=0-0"}}, 206, "bytes 0-0/10", "0"},
      {"the last byte", {{"Range", "bytes=9-9"}}, 206, "bytes 9-9/10", "9"},
      {"to the end", {{"Range", "bytes=7-"}}, 206, "bytes 7-9/10", "789"},
      {"beyond the end", {{"Range", "bytes=8-99"}}, 206, "bytes 8-9/10", "89"},
      {"the last ones", {{"Range", "bytes=-3"}}, 206, "bytes 7-9/10", "789"},
      {"more than there are", {{"Range", "bytes=-30"}}, 206, "bytes 0-9/10", "0123456789"},
      {"behind the end", {{"Range", "bytes=10-"}}, 416, "bytes */10", ""},
      {"far behind it", {{"Range", "bytes=18446744073709551615-"}}, 416, "bytes */10", ""},
      {"the last none", {{"Range", "bytes=-0"}}, 416, "bytes */10", ""},
      {"backwards", {{"Range", "bytes=4-2"}}, 200, "", "0123456789"},
      {"several", {{"Range", "bytes=0-1,3-4"}}, 200, "", "0123456789"},
      {"another unit", {{"Range", "lines=0-1"}}, 200, "", "0123456789"},
      {"no numbers", {{"Range", "bytes=a-b"}}, 200, "", "0123456789"},
      {"a sign", {{"Range", "bytes=+1-2"}}, 200, "", "0123456789"},
      {"nothing", {{"Range", "bytes=-"}}, 200, "", "0123456789"},
      {"too large a number", {{"Range", "bytes=99999999999999999999-"}}, 200, "", "0123456789"},
      {"the same tag",
       {{"Range", "bytes=5-"}, {"If-Range", "\"t\""}},
       206,
       "bytes 5-9/10",
       "56789"},
      {"another tag", {{"Range", "bytes=5-"}, {"If-Range", "\"u\""}}, 200, "", "0123456789"},
      {"a weak tag", {{"Range", "bytes=5-"}, {"If-Range", "W/\"t\""}}, 200, "", "0123456789"},
      {"a date",
       {{"Range", "bytes=5-"}, {"If-Range", "Tue, 15 Nov 1994 12:45:26 GMT"}},
       200,
       "",
       "0123456789"},
      {"known", {{"If-None-Match", "\"s\", W/\"t\""}, {"Range", "bytes=5-"}}, 304, "", ""},
      {"known by any", {{"If-None-Match", "*"}}, 304, "", ""},
      {"not known", {{"If-None-Match", "\"s\""}}, 200, "", "0123456789"},
      {"HEAD has no ranges", {{"Range", "bytes=2-4"}}, 200, "", "0123456789", "HEAD"},
  };
  for (const Asked& asked : cases) {
    const Asked found = answer(asked);
    EXPECT_EQ(found.status, asked.status) << asked.name;
    EXPECT_EQ(found.content_range, asked.content_range) << asked.name;
    EXPECT_EQ(found.body, asked.body) << asked.name;
  }
}

TEST(FileSource, ReadsAndNoticesThatItHasBecomeShorter) {
  sim::SimFiles files;
  auto file = files.open("/a");
  ASSERT_TRUE((*file)->append(as_bytes("0123456789")));
  const auto source = file_source(std::move(*file));
  ASSERT_TRUE(source);
  EXPECT_EQ((*source)->size(), 10U);
  std::array<std::byte, 4> out;
  ASSERT_TRUE((*source)->read(6, out));
  EXPECT_EQ(as_text(out), "6789");
  ASSERT_TRUE((*files.open("/a"))->truncate(8));
  EXPECT_EQ((*source)->read(6, out).error().code, Code::corrupt);
}

}  // namespace
}  // namespace lineside::net
