#include "benchmarks/messages.h"

#include <algorithm>
#include <format>

#include "base/check.h"

namespace lineside::benchmarks {

namespace {

constexpr std::uint64_t kFirstSequence = 1'000'000'000;  // ten digits from the start
constexpr std::array<std::string_view, kStreams> kStreamNames = {"temperature", "pressure",
                                                                 "vibration", "current"};
constexpr std::string_view kText =
    R"({"seq":1000000000,"ts":"2026-01-01T00:00:00.000000Z","temperature":71.250,)"
    R"("pressure":4.875,"vibration":0.125,"current":12.500,)"
    R"("state":"running","recipe":"door-left-47","firmware":"2.14.1","site":"p7"})";
static_assert(kText.size() == kPayloadBytes);

// Overwrites `digits` places with the last digits of `number`.
void write_digits(char* at, std::size_t digits, std::uint64_t number) {
  for (std::size_t i = digits; i-- > 0; number /= 10) at[i] = static_cast<char>('0' + number % 10);
}

}  // namespace

std::string asset_name(std::size_t asset) { return std::format("press-{}", asset); }

std::string topic_of(std::string_view prefix, std::size_t asset) {
  return std::format("{}/{}/telemetry", prefix, asset_name(asset));
}

domain::MappingSpec mapping(std::string_view prefix) {
  domain::MappingSpec out;
  out.topic = std::format("{}/{{asset}}/telemetry", prefix);
  out.time = domain::TimeSpec{.path = "$.ts"};
  out.sequence = "$.seq";
  for (const std::string_view stream : kStreamNames)
    out.streams.push_back({.stream = std::string(stream), .path = std::format("$.{}", stream)});
  return out;
}

domain::ContractSpec contract() {
  domain::ContractSpec out;
  out.owner = "bench";
  for (const std::string_view stream : kStreamNames)
    out.streams.push_back(
        {.stream = std::string(stream), .min = -1000, .max = 1000, .max_rate = 1e9});
  return out;
}

MessageMaker::MessageMaker(std::size_t assets) : assets_(assets), text_(kText) {
  sequence_at_ = text_.find("1000000000");
  time_at_ = text_.find("2026-");
  for (std::size_t i = 0; i < kStreams; ++i) {
    const std::string key = std::format("\"{}\":", kStreamNames[i]);
    value_at_[i] = text_.find('.', text_.find(key)) + 1;  // the three digits behind the point
  }
}

void MessageMaker::write_time(Time time) {
  const std::int64_t second = time.ns / 1'000'000'000;
  if (second != second_) {
    const std::string whole = format_iso({second * 1'000'000'000});
    CHECK(whole.size() == 20);
    std::copy_n(whole.begin(), 19, text_.begin() + static_cast<std::ptrdiff_t>(time_at_));
    second_ = second;
  }
  write_digits(text_.data() + time_at_ + 20, 6,
               static_cast<std::uint64_t>(time.ns / 1000 % 1'000'000));
}

std::string_view MessageMaker::next(Time now) {
  last_us_ = std::max(now.ns / 1000, last_us_ + 1);
  write_time({last_us_ * 1000});
  write_digits(text_.data() + sequence_at_, 10, kFirstSequence + count_ / assets_);
  for (std::size_t i = 0; i < kStreams; ++i)
    write_digits(text_.data() + value_at_[i], 3, count_ * (7 + 2 * i) + count_ / assets_);
  ++count_;
  return text_;
}

}  // namespace lineside::benchmarks
