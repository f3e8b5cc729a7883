#include "domain/training.h"

#include <format>

#include "base/text.h"
#include "domain/reading.h"

namespace lineside::domain {

namespace {

void check_recording(const RecordingSpec& spec, std::vector<Problem>& out, const Place& place) {
  const auto add = [&](std::string path, std::string text, std::string expected,
                       std::string found) {
    out.push_back(
        {place, "spec.recording" + path, std::move(text), std::move(expected), std::move(found)});
  };
  if (spec.files.empty()) add(".files", "empty list", "at least one", "none");
  if (spec.format == RecordingFormat::cmapss) {
    if (!spec.asset.empty()) add(".asset", "not possible", "none with cmapss", "one");
    if (!spec.streams.empty()) add(".streams", "not possible", "none with cmapss", "some");
    return;
  }
  if (!is_name(spec.asset))
    add(".asset", "not a name", "the name of the recorded asset",
        "'" + excerpt(spec.asset, 60) + "'");
  if (spec.streams.empty()) add(".streams", "empty list", "the streams of the columns", "none");
  for (std::size_t i = 0; i < spec.streams.size(); ++i)
    if (!is_name(spec.streams[i]))
      add(std::format(".streams[{}]", i), "not a name", "1 to 128 of A-Z a-z 0-9 . _ : -",
          "'" + excerpt(spec.streams[i], 60) + "'");
}

void check_intervals(const LearnSpec& spec, std::vector<Problem>& out, const Place& place) {
  for (std::size_t i = 0; i < spec.exclude.size(); ++i) {
    const std::string path = std::format("spec.learn.exclude[{}]", i);
    const auto from = parse_iso(spec.exclude[i].from);
    const auto to = parse_iso(spec.exclude[i].to);
    if (!from) out.push_back({place, path + ".from", "not a time", "ISO 8601", from.error().text});
    if (!to) out.push_back({place, path + ".to", "not a time", "ISO 8601", to.error().text});
    if (from && to && *to < *from)
      out.push_back({place, path, "ends before it starts", "to at or after " + format_iso(*from),
                     format_iso(*to)});
  }
}

}  // namespace

std::vector<Problem> check(const Manifest<TrainingSpec>& training) {
  std::vector<Problem> out;
  const TrainingSpec& spec = training.spec;
  const Place& place = training.place;
  if (!is_name(training.name))
    out.push_back({place, "name", "not a name", "1 to 128 of A-Z a-z 0-9 . _ : -",
                   "'" + excerpt(training.name, 60) + "'"});
  check_recording(spec.recording, out, place);
  check_intervals(spec.learn, out, place);
  if (spec.trees.has_value() == spec.pca.has_value())
    out.push_back({place, "spec", "unclear method", "exactly one of trees, pca",
                   spec.trees ? "both" : "neither"});
  if (spec.trees && !is_name(spec.trees->target.output))
    out.push_back({place, "spec.trees.target.output", "not a name", "a name",
                   "'" + excerpt(spec.trees->target.output, 60) + "'"});
  if (spec.trees && spec.recording.format != RecordingFormat::cmapss)
    out.push_back({place, "spec.trees.target", "unknown target",
                   "recordings that end with a failure (cmapss)",
                   std::string(to_text(spec.recording.format))});
  if (spec.validation.target_min > spec.validation.target_max)
    out.push_back({place, "spec.validation.target_min", "min above max",
                   std::format("at most {}", spec.validation.target_max),
                   std::format("{}", spec.validation.target_min)});
  return out;
}

}  // namespace lineside::domain
