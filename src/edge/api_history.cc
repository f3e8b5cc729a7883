#include <format>

#include "base/text.h"
#include "edge/api_internal.h"

namespace lineside::edge {

namespace {

constexpr std::size_t kPoints = 300;
constexpr std::size_t kPointsMin = 4;
constexpr std::size_t kPointsMax = 5000;

struct Span {
  std::optional<Time> from;
  std::optional<Time> to;
};

Result<std::optional<Time>> time_parameter(const ApiCall& call, std::string_view name) {
  const std::string_view text = call.parameter(name);
  if (text.empty()) return std::optional<Time>();
  return std::optional(TRY_WITH(parse_iso(text), name));
}

Result<Span> span_of(const ApiCall& call) {
  const Span span = {TRY(time_parameter(call, "from")), TRY(time_parameter(call, "to"))};
  if (span.from && span.to && *span.to < *span.from)
    return invalid(std::format("to: expected {} or later, found {}", format_iso(*span.from),
                               format_iso(*span.to)));
  return span;
}

// Predictions are streams named after their pipeline and output.
bool is_prediction(const ApiSources& sources, std::string_view stream) {
  const auto plan = sources.live.plan();
  if (!plan) return false;
  for (const PlannedPipeline& pipeline : plan->pipelines)
    for (const std::string& output : pipeline.outputs)
      if (stream == pipeline.name + "." + output) return true;
  return false;
}

Result<store::Series> read_series(const ApiSources& sources, const domain::StreamName& name,
                                  const Span& span, std::size_t points) {
  const auto index = sources.directory.find(name.asset, name.stream);
  const Time from = span.from.value_or(Time::min());
  const Time to = span.to.value_or(Time::max());
  if (!is_prediction(sources, name.stream)) {
    store::Series readings = TRY(sources.readings.range(*index, from, to, points));
    if (!readings.time.empty()) return readings;
  }
  // Also what a pipeline predicted that is no longer configured.
  return sources.predictions.range(*index, from, to, points);
}

void write_series(codec::JsonWriter& json, const store::Series& series) {
  json.member("reduced", series.reduced).key("time").begin_array();
  for (const Time time : series.time) json.value(static_cast<double>(time.ns) / 1e6);
  json.end_array().member("value", series.value);
}

}  // namespace

ApiAnswer show_history(const ApiCall& call) {
  const std::string_view id = call.parameter("stream");
  const std::size_t slash = id.find('/');
  if (slash == std::string_view::npos)
    return invalid(std::format("stream: expected asset/stream, found '{}'", excerpt(id)));
  const Span span = TRY(span_of(call));
  const std::size_t points = TRY(number_parameter(call, "points", kPoints, kPointsMin, kPointsMax));
  const auto index = call.sources.directory.find(id.substr(0, slash), id.substr(slash + 1));
  if (!index) return fail(Code::not_found, std::format("no stream '{}'", excerpt(id)));
  const domain::StreamName name = call.sources.directory.name(*index);
  const store::Series series = TRY(read_series(call.sources, name, span, points));

  const Time now = call.sources.clock.now();
  const Time first = series.time.empty() ? now : series.time.front();
  const Time last = series.time.empty() ? now : series.time.back();
  codec::JsonWriter json;
  json.begin_object().member("stream", name.id()).member("unit", name.unit);
  json.member("from", span.from.value_or(first)).member("to", span.to.value_or(last));
  write_series(json, series);
  json.end_object();
  return json_response(200, json);
}

}  // namespace lineside::edge
