#include <algorithm>
#include <format>
#include <map>

#include "base/log.h"
#include "base/plain_text.h"
#include "base/text.h"
#include "codec/json_object.h"
#include "edge/api_internal.h"
#include "edge/record_lane.h"

namespace lineside::edge {

namespace {

constexpr std::size_t kAlerts = 100;
constexpr std::size_t kAlertsMax = 1000;

// What an operator sends.
struct NewVerdict {
  domain::Judgement verdict = domain::Judgement::unsure;
  std::string cause;
  std::string note;
  std::string author;
};
constexpr auto fields(const NewVerdict*) {
  using domain::field;
  return std::tuple(field("verdict", &NewVerdict::verdict, "").required(),
                    field("cause", &NewVerdict::cause, ""), field("note", &NewVerdict::note, ""),
                    field("author", &NewVerdict::author, "").required());
}

enum class Lines : unsigned char { one, many };

Result<void> check_text(std::string_view name, std::string_view text, std::size_t limit,
                        Lines lines) {
  if (text.size() > limit)
    return invalid(
        std::format("{}: expected at most {} bytes, found {}", name, limit, text.size()));
  const bool controls = std::ranges::any_of(text, [&](char c) {
    const bool layout = lines == Lines::many && (c == '\n' || c == '\r' || c == '\t');
    return !layout && static_cast<unsigned char>(c) < 0x20;
  });
  if (controls || find_odd(text))
    return invalid(
        std::format("{}: expected no control characters, found '{}'", name, excerpt(text, 60)));
  return {};
}

Result<NewVerdict> parse_verdict(std::string_view body) {
  NewVerdict given = TRY(codec::from_json<NewVerdict>(body));
  TRY(check_text("cause", given.cause, 200, Lines::one));
  TRY(check_text("note", given.note, 2000, Lines::many));
  TRY(check_text("author", given.author, 100, Lines::one));
  if (trim(given.author).empty()) return invalid("author: expected a name, found none");
  return given;
}

// "<stream>.<window>.<kind>", where stream names may hold dots; empty for a name of another form.
std::string_view stream_of(std::string_view feature) {
  const std::size_t window = feature.rfind('.', feature.rfind('.') - 1);
  return feature.substr(0, window == std::string_view::npos ? 0 : window);
}

// Of the streams behind the alert's features, those that the plan in force has a title for.
void write_titles(codec::JsonWriter& json, const domain::Alert& alert, const Plan* plan) {
  std::map<std::string_view, std::string_view> titles;
  for (const domain::Contribution& part : alert.why) {
    const std::string_view stream = stream_of(part.feature);
    if (plan) titles.emplace(stream, plan->title_of(alert.asset, stream));
  }
  json.key("titles").begin_object();
  for (const auto& [stream, title] : titles)
    if (!title.empty()) json.member(stream, title);
  json.end_object();
}

void write_alert(codec::JsonWriter& json, const domain::Alert& alert,
                 const std::vector<domain::Verdict>& verdicts, const Plan* plan) {
  json.begin_object().fields_of(alert);
  write_titles(json, alert, plan);
  json.member("verdicts", verdicts).end_object();
}

// Said again after an error here, the verdict is stored and sent a second time, with another time.
Result<void> queue_for_hub(const ApiSources& sources, std::string_view verdict_json) {
  store::OutboxMessage message;
  message.connection = kHubOutbox;
  message.topic = kVerdictTopic;
  const ByteView bytes = as_bytes(verdict_json);
  message.payload.assign(bytes.begin(), bytes.end());
  message.created = sources.clock.now();
  store::EdgeChanges changes;
  changes.outbox.push_back(std::move(message));
  return sources.db.commit(std::span(&changes, 1));
}

Result<std::optional<domain::AlertState>> state_parameter(const ApiCall& call) {
  const std::string_view text = call.parameter("state");
  if (text.empty() || text == "all") return std::optional<domain::AlertState>();
  const auto state = domain::from_text<domain::AlertState>(text);
  if (!state)
    return invalid(
        std::format("state: expected open, cleared or all, found '{}'", excerpt(text, 40)));
  return state;
}

}  // namespace

Result<void> write_alerts(codec::JsonWriter& json, const ApiSources& sources,
                          const store::AlertQuery& query) {
  const auto plan = sources.live.plan();
  json.begin_array();
  for (const domain::Alert& alert : TRY(sources.db.alerts(query)))
    write_alert(json, alert, TRY(sources.db.verdicts(alert.id)), plan.get());
  json.end_array();
  return {};
}

ApiAnswer list_alerts(const ApiCall& call) {
  const store::AlertQuery query = {TRY(state_parameter(call)), std::string(call.parameter("asset")),
                                   TRY(number_parameter(call, "limit", kAlerts, 1, kAlertsMax))};
  codec::JsonWriter json;
  json.begin_object().key("alerts");
  TRY(write_alerts(json, call.sources, query));
  json.end_object();
  return json_response(200, json);
}

ApiAnswer show_alert(const ApiCall& call) {
  const domain::Alert alert = TRY(call.sources.db.alert(std::string(call.captured[0])));
  codec::JsonWriter json;
  write_alert(json, alert, TRY(call.sources.db.verdicts(alert.id)), call.sources.live.plan().get());
  return json_response(200, json);
}

ApiAnswer add_verdict(const ApiCall& call) {
  const domain::Alert alert = TRY(call.sources.db.alert(std::string(call.captured[0])));
  NewVerdict given = TRY(parse_verdict(call.request.body));
  const domain::Verdict verdict = {alert.id,
                                   given.verdict,
                                   std::move(given.cause),
                                   std::move(given.note),
                                   std::string(trim(given.author)),
                                   false,
                                   call.sources.clock.now()};
  TRY(call.sources.db.add_verdict(verdict));
  codec::JsonWriter json;
  json.value(verdict);
  if (call.sources.to_hub) TRY(queue_for_hub(call.sources, json.text()));
  call.sources.feed.publish("verdict", json.text());
  publish_alert(call.sources.live, call.sources.db, call.sources.feed, alert);
  return json_response(201, json);
}

void publish_alert(const LiveView& live, const store::EdgeDb& db, EventFeed& feed,
                   const domain::Alert& alert) {
  auto verdicts = db.verdicts(alert.id);
  if (!verdicts) log::warn("api", "verdicts of alert {}: {}", alert.id, verdicts.error().text);
  codec::JsonWriter json;
  write_alert(json, alert, verdicts ? *verdicts : std::vector<domain::Verdict>(),
              live.plan().get());
  feed.publish("alert", json.take());
}

}  // namespace lineside::edge
