#include "tests/e2e/expect_same.h"

#include <algorithm>
#include <format>

#include <gtest/gtest.h>

#include "codec/json_writer.h"
#include "net/http.h"

namespace lineside::e2e {

namespace {

bool stored(EdgeProcess& edge, const std::string& stream, Time time) {
  const std::string from = net::encode_component(format_iso(time));
  const auto answer = get(
      edge, std::format("/api/v1/history?stream={}&from={}", net::encode_component(stream), from));
  return answer && answer->status == 200 && answer->body.find("\"value\":[]") == std::string::npos;
}

bool settled(EdgeProcess& edge, const Plant& plant) {
  if (!plant.all_acknowledged() || !edge.is_ready()) return false;
  for (std::size_t i = plant.sent() - kPresses; i < plant.sent(); ++i) {
    const Sample last = sample(plant.seed(), i);
    for (const char* stream : {"/load", "/hot.temp.w3.mean", "/spread.trend"})
      if (!stored(edge, last.asset + stream, last.time)) return false;
  }
  return status_of(edge, "outbox") == 0;
}

std::string to_text(const domain::Alert& alert) {
  codec::JsonWriter json;
  json.value(alert);
  return json.take();
}

}  // namespace

void write_plant(const EdgeProcess& edge, const interop::Mosquitto& broker) {
  edge.write_config("plant.yaml", connection_yaml(broker));
  edge.write_config("hot.yaml", hot_yaml());
  edge.write_config("spread.yaml", spread_yaml());
  edge.write_config("spread.onnx", spread_model());
}

bool start_connected(EdgeProcess& edge, Plant& plant) {
  edge.start();
  if (!plant.until_up() || !edge.until_ready()) return false;
  return plant.until([&] { return body_of(edge, "/api/v1/status").contains("\"connected\""); });
}

bool until_settled(EdgeProcess& edge, Plant& plant) {
  plant.want(plant.sent());
  const Time end = world::system_clock().steady() + Duration::seconds(90);
  while (world::system_clock().steady() < end) {
    plant.run_for(Duration::millis(200));
    if (settled(edge, plant)) {
      plant.run_for(Duration::millis(300));  // what was published last is still on its way
      return true;
    }
  }
  return false;
}

void expect_all_once(const Kept& kept, const Plant& plant) {
  std::map<std::string, std::vector<domain::Reading>> expected;
  for (std::size_t i = 0; i < plant.sent(); ++i) {
    const Sample one = sample(plant.seed(), i);
    const domain::Reading reading{0, domain::Quality::good, one.time, one.sequence, one.temp};
    expected[one.asset + "/temp"].push_back(reading);
    expected[one.asset + "/load"].push_back(reading);
    expected[one.asset + "/load"].back().value = one.load;
  }
  EXPECT_GT(plant.sent(), 0U);
  EXPECT_EQ(kept.readings.size(), expected.size());
  for (const auto& [stream, readings] : expected) {
    const auto it = kept.readings.find(stream);
    ASSERT_NE(it, kept.readings.end()) << stream;
    EXPECT_EQ(it->second.size(), readings.size()) << stream;
    const auto [found, wanted] = std::ranges::mismatch(it->second, readings);
    if (found == it->second.end() && wanted == readings.end()) continue;
    ADD_FAILURE() << stream << " differs at reading " << found - it->second.begin()
                  << ": expected sequence " << (wanted == readings.end() ? 0 : wanted->sequence)
                  << ", found " << (found == it->second.end() ? 0 : found->sequence)
                  << " (0: the end)";
  }
}

void expect_same_effects(const Kept& found, const Kept& expected) {
  EXPECT_EQ(found.predictions.size(), expected.predictions.size());
  for (const auto& [stream, readings] : expected.predictions) {
    const auto it = found.predictions.find(stream);
    ASSERT_NE(it, found.predictions.end()) << stream;
    EXPECT_EQ(it->second.size(), readings.size()) << stream;
    const auto [a, b] = std::ranges::mismatch(it->second, readings);
    if (a == it->second.end() && b == readings.end()) continue;
    ADD_FAILURE() << stream << " differs at prediction " << a - it->second.begin() << " of "
                  << readings.size() << ": expected "
                  << (b == readings.end() ? "the end" : format_iso(b->time)) << ", found "
                  << (a == it->second.end() ? "the end" : format_iso(a->time));
  }
  EXPECT_GT(expected.alerts.size(), 0U) << "the samples are to raise alerts";
  EXPECT_EQ(found.alerts.size(), expected.alerts.size());
  std::map<std::string, std::string> by_id;
  for (const domain::Alert& alert : found.alerts) by_id[alert.id] = to_text(alert);
  for (const domain::Alert& alert : expected.alerts) {
    EXPECT_EQ(by_id[alert.id], to_text(alert));
    if (testing::Test::HasFailure()) return;  // one is enough to read
  }
}

Undisturbed run_undisturbed(const Plant& like) {
  Undisturbed out;
  const interop::Folder folder;
  const interop::Mosquitto broker(folder, broker_lines(folder));
  EdgeProcess edge(folder, "edge");
  write_plant(edge, broker);
  Plant plant(broker, like.seed());
  EXPECT_TRUE(start_connected(edge, plant)) << edge.log();
  EXPECT_TRUE(plant.send(like.sent()));
  EXPECT_TRUE(until_settled(edge, plant)) << body_of(edge, "/api/v1/status") << edge.log();
  EXPECT_EQ(edge.stop(), 0) << edge.log();
  auto kept = read_stores(edge.data_folder());
  EXPECT_TRUE(kept) << kept.error().text;
  if (kept) out.kept = std::move(*kept);
  out.heard = plant.heard();
  return out;
}

}  // namespace lineside::e2e
