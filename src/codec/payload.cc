#include "codec/payload.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <format>
#include <map>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/text.h"
#include "codec/json_reader_internal.h"
#include "codec/mapping_internal.h"

namespace lineside::codec {

namespace {

using domain::Reject;

constexpr std::size_t kExcerptMax = 120;

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>()(text);
  }
};

// Where messages of one topic go.
struct Route {
  Mapping* mapping = nullptr;
  const std::vector<domain::StreamIndex>* streams = nullptr;  // of the mapping's points
};

std::string asset_of(const Mapping& mapping, std::string_view level) {
  constexpr std::string_view kAsset = "{asset}";
  std::string name = mapping.spec.asset.empty() ? std::string(kAsset) : mapping.spec.asset;
  if (const std::size_t at = name.find(kAsset); at != std::string::npos) {
    name.replace(at, kAsset.size(), level);
  }
  return name;
}

std::string_view expected(domain::ValueType type) {
  switch (type) {
    case domain::ValueType::number:
      return "a number";
    case domain::ValueType::integer:
      return "a whole number";
    case domain::ValueType::boolean:
      return "true or false";
  }
  return "";
}

// What stood there: its kind, and where that does not say all its text too.
std::string shown(const JsonScalar& found) {
  const std::string text = excerpt(found.text, 40);
  switch (found.kind) {
    case JsonKind::missing:
    case JsonKind::null:
    case JsonKind::container:
      return std::string(to_text(found.kind));
    case JsonKind::boolean:
    case JsonKind::number:
    case JsonKind::not_finite:
      return text;
    case JsonKind::text:
      return "the string \"" + text + "\"";
  }
  return "";
}

}  // namespace

std::uint64_t Rejects::total() const {
  std::uint64_t sum = 0;
  for (const std::uint64_t n : counts) sum += n;
  return sum;
}

void Rejects::clear() {
  counts.fill(0);
  samples.clear();
  without_readings = 0;
}

class PayloadMap::Body {
 public:
  Body(PayloadLimits limits, StreamResolver resolver)
      : limits_(limits), resolver_(std::move(resolver)) {}

  std::vector<Mapping> mappings_;

  void decode(const Payload& payload, domain::ReadingBatch& out, Rejects& rejects) {
    message_ = &payload;
    out_ = &out;
    rejects_ = &rejects;
    const auto known = topics_.find(payload.topic);
    if (known != topics_.end()) return take(known->second);
    const Route route = find_route(payload.topic);
    if (route.mapping == nullptr) return;
    if (topics_.size() >= limits_.topics_max) topics_.clear();
    topics_.emplace(payload.topic, route);
    take(route);
  }

  std::size_t assets() const { return assets_.size(); }

 private:
  // The route of a topic not seen before; none if it is rejected.
  Route find_route(std::string_view topic) {
    for (Mapping& mapping : mappings_) {
      const auto level = mapping.topic.match(topic);
      if (!level) continue;
      const std::string asset = asset_of(mapping, *level);
      if (!domain::is_name(asset)) {
        reject(Reject::bad_asset, "",
               std::format("expected an asset name, found \"{}\"", excerpt(asset, 40)));
        return {};
      }
      const auto* streams = streams_of(mapping, asset);
      if (streams == nullptr) {
        reject(Reject::bad_asset, "",
               std::format("expected at most {} assets, found one more", limits_.assets_max));
        return {};
      }
      return {&mapping, streams};
    }
    reject(Reject::unknown_topic, "", "expected a topic that a mapping names");
    return {};
  }

  const std::vector<domain::StreamIndex>* streams_of(const Mapping& mapping,
                                                     const std::string& asset) {
    const auto index = static_cast<std::size_t>(&mapping - mappings_.data());
    const auto known = streams_.find({index, asset});
    if (known != streams_.end()) return &known->second;
    if (!assets_.contains(asset) && assets_.size() >= limits_.assets_max) return nullptr;
    assets_.insert(asset);
    std::vector<domain::StreamIndex> found;
    for (const domain::PointSpec& point : mapping.spec.streams) {
      found.push_back(resolver_({asset, point.stream, point.unit}));
    }
    return &streams_.emplace(std::pair(index, asset), std::move(found)).first->second;
  }

  void take(const Route& route) {
    const std::size_t readings = out_->size();
    rejected_ = false;
    take_payload(route);
    if (out_->size() == readings && !rejected_) ++rejects_->without_readings;
  }

  void take_payload(const Route& route) {
    if (message_->size > limits_.payload_max) {
      return reject(
          Reject::oversized, "",
          std::format("expected at most {} bytes, found {}", limits_.payload_max, message_->size));
    }
    if (route.mapping->spec.format == domain::PayloadFormat::number) return take_number(route);
    take_json(route);
  }

  void take_number(const Route& route) {
    const std::string_view text = trim(as_text(message_->bytes));
    if (!is_utf8(text)) return reject(Reject::not_utf8, "", "expected UTF-8");
    const PlainNumber found = read_plain_number(text);
    if (found.reject) {
      return reject(*found.reject, route.mapping->spec.streams[0].stream,
                    std::format("expected a number, found \"{}\"", excerpt(text, 40)));
    }
    JsonScalar scalar{.kind = JsonKind::number, .number = found.value, .text = text};
    take_point(route, 0, scalar, {.time = message_->arrival});
  }

  void take_json(const Route& route) {
    Mapping& mapping = *route.mapping;
    if (auto fault = mapping.reader.read(message_->bytes, memory_)) {
      return reject(fault->reason, "", fault->detail);
    }
    const std::span<const JsonScalar> found = mapping.reader.results();
    domain::Reading common{.time = message_->arrival};
    if (mapping.time_at && !take_time(mapping, found[*mapping.time_at], common)) return;
    if (mapping.sequence_at && !take_sequence(mapping, found[*mapping.sequence_at], common)) {
      return;
    }
    for (std::size_t i = 0; i < mapping.spec.streams.size(); ++i) {
      take_point(route, i, found[i], common);
    }
  }

  bool take_time(Mapping& mapping, const JsonScalar& found, domain::Reading& common) {
    if (is_absent(found)) return absent(mapping.spec.time->path);
    Result<Time> time = read_time(*mapping.spec.time, mapping.zone, found);
    if (!time) {
      reject(Reject::bad_time, "", time.error().text);
      return false;
    }
    common.time = *time;
    return true;
  }

  bool take_sequence(const Mapping& mapping, const JsonScalar& found, domain::Reading& common) {
    if (is_absent(found)) return absent(mapping.spec.sequence);
    const std::string_view text = found.kind == JsonKind::number ? found.text : "";
    const auto [end, failure] =
        std::from_chars(text.data(), text.data() + text.size(), common.sequence);
    if (failure == std::errc() && end == text.data() + text.size()) return true;
    reject(Reject::wrong_type, "",
           std::format("{}: expected a whole number of 0..2^64-1, found {}", mapping.spec.sequence,
                       shown(found)));
    return false;
  }

  static bool is_absent(const JsonScalar& found) {
    return found.kind == JsonKind::missing || found.kind == JsonKind::null;
  }

  bool absent(std::string_view path) {
    reject(Reject::missing_field, "", std::format("expected {}, found nothing", path));
    return false;
  }

  void take_point(const Route& route, std::size_t i, const JsonScalar& found,
                  const domain::Reading& common) {
    const domain::PointSpec& point = route.mapping->spec.streams[i];
    domain::Reading reading = common;
    reading.stream = (*route.streams)[i];
    if (const auto reason = read_value(point, found, reading.value)) {
      if (point.optional && *reason == Reject::missing_field) return;
      return reject(
          *reason, point.stream,
          std::format("{}: expected {}, found {}", point.path, expected(point.type), shown(found)));
    }
    if (reading.stream == domain::kNoStream) {
      return reject(Reject::bad_asset, point.stream, "expected room for one more stream");
    }
    out_->push(reading);
  }

  void reject(Reject reason, std::string_view stream, std::string_view detail) {
    rejected_ = true;
    std::uint64_t& count = rejects_->counts[static_cast<std::size_t>(reason)];
    if (count++ > 0) return;
    rejects_->samples.push_back({.reason = reason,
                                 .topic = excerpt(message_->topic, kExcerptMax),
                                 .stream = std::string(stream),
                                 .detail = std::string(detail),
                                 .excerpt = excerpt(as_text(message_->bytes), kExcerptMax),
                                 .arrival = message_->arrival});
  }

  PayloadLimits limits_;
  StreamResolver resolver_;
  std::unordered_map<std::string, Route, TextHash, std::equal_to<>> topics_;
  std::map<std::pair<std::size_t, std::string>, std::vector<domain::StreamIndex>> streams_;
  std::unordered_set<std::string> assets_;
  JsonMemory memory_;
  // Of the call of decode() that runs.
  const Payload* message_ = nullptr;
  domain::ReadingBatch* out_ = nullptr;
  Rejects* rejects_ = nullptr;
  bool rejected_ = false;  // the message, or something of it
};

PayloadMap::PayloadMap(std::unique_ptr<Body> body) : body_(std::move(body)) {}
PayloadMap::PayloadMap(PayloadMap&&) noexcept = default;
PayloadMap& PayloadMap::operator=(PayloadMap&&) noexcept = default;
PayloadMap::~PayloadMap() = default;

Result<PayloadMap> PayloadMap::compile(std::span<const domain::MappingSpec> mappings,
                                       PayloadLimits limits, StreamResolver resolver) {
  auto body = std::make_unique<Body>(limits, std::move(resolver));
  for (std::size_t i = 0; i < mappings.size(); ++i) {
    body->mappings_.push_back(
        TRY_WITH(compile_mapping(mappings[i]), std::format("mappings[{}]", i)));
  }
  return PayloadMap(std::move(body));
}

void PayloadMap::decode(const Payload& payload, domain::ReadingBatch& out, Rejects& rejects) {
  body_->decode(payload, out, rejects);
}

std::vector<std::string> PayloadMap::filters() const {
  std::vector<std::string> all;
  for (const Mapping& mapping : body_->mappings_) all.push_back(mapping.topic.filter());
  return all;
}

std::size_t PayloadMap::assets() const { return body_->assets(); }

}  // namespace lineside::codec
