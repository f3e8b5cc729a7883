#include "net/http_transfer.h"

#include <charconv>
#include <format>
#include <optional>

#include "base/text.h"

namespace lineside::net {

namespace {

class FileSource final : public HttpSource {
 public:
  FileSource(std::unique_ptr<world::File> file, std::uint64_t size)
      : file_(std::move(file)), size_(size) {}

  std::uint64_t size() const override { return size_; }
  Result<void> read(std::uint64_t offset, std::span<std::byte> out) override {
    const std::size_t count = TRY(file_->read_at(offset, out));
    if (count == out.size()) return {};
    return fail(Code::corrupt, std::format("expected {} bytes at {}, found {}: the file has become "
                                           "shorter",
                                           out.size(), offset, count));
  }

 private:
  const std::unique_ptr<world::File> file_;
  const std::uint64_t size_;
};

std::optional<std::uint64_t> number(std::string_view digits) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

// The one range that a Range header asks for; `count` is 0 where it lies beyond `size`. Nothing for
// what is no such range: it is passed over then (RFC 9110, 14.2).
std::optional<HttpRange> parse_range(std::string_view text, std::uint64_t size) {
  constexpr std::string_view kRangeUnit = "bytes=";
  if (!text.starts_with(kRangeUnit)) return std::nullopt;
  text = trim(text.substr(kRangeUnit.size()));
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const std::string_view last_text = text.substr(dash + 1);
  if (dash == 0) {  // so many of the last ones
    const auto count = number(last_text);
    if (!count) return std::nullopt;
    return HttpRange{size - std::min(*count, size), std::min(*count, size)};
  }
  const auto first = number(text.substr(0, dash));
  const auto last = last_text.empty() ? std::optional(UINT64_MAX) : number(last_text);
  if (!first || !last || *last < *first) return std::nullopt;
  if (*first >= size) return HttpRange{};
  return HttpRange{*first, std::min(*last, size - 1) - *first + 1};
}

// Whether If-None-Match names it: a weak comparison, to which W/ makes no difference.
bool is_known(std::string_view header, std::string_view etag) {
  for (std::string_view one : split(header, ',')) {
    one = trim(one);
    if (one.starts_with("W/")) one.remove_prefix(2);
    if (one == etag || one == "*") return true;
  }
  return false;
}

}  // namespace

Result<std::shared_ptr<HttpSource>> file_source(std::unique_ptr<world::File> file) {
  const std::uint64_t size = TRY(file->size());
  return std::make_shared<FileSource>(std::move(file), size);
}

HttpResponse ranged(HttpResponse response, const HttpRequest& request,
                    std::shared_ptr<HttpSource> source, std::string_view tag) {
  const std::string etag = std::format("\"{}\"", tag);
  const std::uint64_t size = source->size();
  response.headers.push_back({"ETag", etag});
  response.headers.push_back({"Accept-Ranges", "bytes"});
  if (is_known(request.header("If-None-Match"), etag)) {
    response.status = 304;
    return response;
  }
  const std::string_view condition = request.header("If-Range");
  const bool wants_part = request.method == "GET" && (condition.empty() || condition == etag);
  const auto range =
      wants_part ? parse_range(request.header("Range"), size) : std::optional<HttpRange>();
  if (range && range->count == 0) {
    response.status = 416;
    response.headers.push_back({"Content-Range", std::format("bytes */{}", size)});
    return response;
  }
  response.source = std::move(source);
  if (!range) return response;
  response.status = 206;
  response.range = range;
  response.headers.push_back({"Content-Range", std::format("bytes {}-{}/{}", range->first,
                                                           range->first + range->count - 1, size)});
  return response;
}

}  // namespace lineside::net
