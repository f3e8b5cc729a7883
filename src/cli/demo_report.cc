#include "cli/demo_report.h"

#include <algorithm>
#include <cmath>
#include <format>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/demo_plant.h"
#include "learn/train.h"
#include "net/http_client.h"

namespace lineside::cli {

namespace {

constexpr double kCap = 125;

using Json = nlohmann::json;

// nlohmann throws on what does not fit; here that is our own API or a file of the project.
template <class Read>
auto reading(const std::string& what, Read&& read) -> Result<decltype(read())> {
  try {
    return read();
  } catch (const Json::exception& e) {
    return fail(Code::corrupt, what + ": " + e.what());
  }
}

Time time_of(const Json& text) {
  const auto time = parse_iso(text.get<std::string>());
  return time ? *time : Time{};
}

Result<Json> get(const Plant& plant, const std::string& target) {
  net::HttpClient client(plant.api());
  const auto answer = TRY(client.get(target, {{"Authorization", "Bearer " + plant.api_token()}}));
  if (answer.status != 200)
    return fail(Code::unavailable, std::format("GET {}: status {}", target, answer.status));
  return reading(target, [&] { return Json::parse(answer.body); });
}

}  // namespace

double quantile(const std::vector<double>& sorted, double q) {
  if (sorted.empty()) return 0;
  const double at = q * static_cast<double>(sorted.size() - 1);
  const auto low = static_cast<std::size_t>(at);
  const std::size_t high = std::min(low + 1, sorted.size() - 1);
  return sorted[low] + (sorted[high] - sorted[low]) * (at - static_cast<double>(low));
}

Result<LifeErrors> life_errors(const world::Files& files, const std::string& demo_folder,
                               const std::vector<Heard>& heard) {
  std::map<std::string, Heard> last;
  for (const Heard& one : heard) {
    if (!one.asset.starts_with("engine-")) continue;
    auto& newest = last.try_emplace(one.asset, one).first->second;
    if (one.time >= newest.time) newest = one;
  }
  const Bytes bytes = TRY(files.read(demo_folder + "/compressor/RUL_FD001.txt"));
  LifeErrors out;
  double squares = 0;
  double capped = 0;
  int engine = 0;
  for (const std::string_view line : split(as_text(bytes), '\n')) {
    const auto truth = to_number(trim(line));
    if (!truth) continue;
    const auto it = last.find(std::format("engine-{:03}", ++engine));
    if (it == last.end())
      return fail(Code::internal, std::format("no prediction came for engine {}", engine));
    const double d = it->second.value - *truth;
    squares += d * d;
    capped += std::pow(std::min(it->second.value, kCap) - std::min(*truth, kCap), 2);
    out.nasa_score += d < 0 ? std::exp(-d / 13) - 1 : std::exp(d / 10) - 1;
    ++out.engines;
  }
  out.rmse = std::sqrt(squares / static_cast<double>(out.engines));
  out.rmse_capped = std::sqrt(capped / static_cast<double>(out.engines));
  return out;
}

Result<Labels> load_labels(const world::Files& files, const std::string& demo_folder) {
  const learn::TrainingPlan plan =
      TRY(learn::load_training(files, demo_folder + "/machine/training.yaml"));
  const Bytes csv =
      TRY(files.read(demo_folder + "/machine/machine_temperature_system_failure.csv"));
  const auto lines = split(as_text(csv), '\n');
  if (lines.size() < 2 || !plan.training.spec.learn.span)
    return invalid("demo/machine: expected recordings and a learning span");
  Labels labels;
  labels.learnt_until = TRY(parse_iso(split(lines[1], ',')[0])) + *plan.training.spec.learn.span;
  const Bytes text = TRY(files.read(demo_folder + "/machine/labels.json"));
  const auto read = [&] {
    const Json json = Json::parse(as_text(text));
    for (const Json& window : json.at("windows"))
      labels.windows.push_back({time_of(window.at(0)), time_of(window.at(1))});
    for (const Json& failure : json.at("failures")) labels.failures.push_back(time_of(failure));
    return labels;
  };
  return reading("demo/machine/labels.json", read);
}

FailureWarnings failure_warnings(const Labels& labels, const std::vector<Span>& alerts) {
  const auto overlaps = [](const Span& a, const Span& b) {
    return a.from <= b.to && b.from <= a.to;
  };
  FailureWarnings out;
  for (std::size_t i = 0; i < labels.windows.size(); ++i) {
    const Span& window = labels.windows[i];
    if (window.from < labels.learnt_until) continue;
    ++out.windows;
    const auto first =
        std::ranges::find_if(alerts, [&](const Span& a) { return overlaps(a, window); });
    if (first == alerts.end()) continue;
    ++out.detected;
    const Time failure = i < labels.failures.size() ? labels.failures[i] : window.to;
    out.lead_minutes.push_back(
        std::round((failure - std::max(first->from, window.from)).as_seconds() / 6) / 10);
  }
  for (const Span& alert : alerts) {
    const bool any = std::ranges::any_of(
        labels.windows, [&](const Span& window) { return overlaps(alert, window); });
    if (alert.from >= labels.learnt_until && !any) ++out.false_alarms;
  }
  return out;
}

Result<EdgeFigures> ask_edge(const Plant& plant) {
  const Json status = TRY(get(plant, "/api/v1/status"));
  const Json rejects = TRY(get(plant, "/api/v1/rejects"));
  const Json alerts = TRY(get(plant, "/api/v1/alerts?state=all&asset=machine-1&limit=1000"));
  const auto read = [&] {
    EdgeFigures out;
    const Json& counts = status.at("counts");
    counts.at("readings").get_to(out.readings);
    counts.at("rejected").get_to(out.rejected_total);
    counts.at("predictions").get_to(out.predictions);
    counts.at("alerts_total").get_to(out.alerts);
    for (const Json& row : rejects.at("rejects"))
      out.rejected[row.at("reason").get<std::string>()] += row.at("count").get<std::uint64_t>();
    for (const Json& alert : alerts.at("alerts")) {
      const Json& cleared = alert.at("cleared");
      out.machine_alerts.push_back(
          {time_of(alert.at("opened")), cleared.is_null() ? Time::max() : time_of(cleared)});
    }
    std::ranges::sort(out.machine_alerts, {}, &Span::from);
    return out;
  };
  return reading("the edge's API", read);
}

}  // namespace lineside::cli
