#include "tests/e2e/plant.h"

#include <cmath>
#include <cstdlib>
#include <format>
#include <iostream>
#include <random>

#include <gtest/gtest.h>

#include "base/text.h"
#include "codec/manifest.h"
#include "infer/onnx_bytes_test.h"
#include "world/random.h"

namespace lineside::e2e {

namespace {

constexpr std::size_t kInFlightMax = 400;
constexpr std::int64_t kFirstSecond = 1'700'000'000;  // 2023-11-14T22:13:20Z

}  // namespace

std::string Sample::payload() const {
  return std::format(R"({{"ts":"{}","n":{},"temp":{},"load":{}}})", format_iso(time), sequence,
                     temp, load);
}

Sample sample(std::uint64_t seed, std::size_t i) {
  const std::size_t press = i % kPresses;
  const std::size_t n = i / kPresses + 1;
  std::mt19937_64 random(seed * 1'000'003 + i);
  const auto noise = static_cast<double>(random() % 1000) / 100;  // 0 to 10
  const double swing = 15 * std::sin(static_cast<double>(n) / 9 + static_cast<double>(press));
  return {std::format("press-{}", press + 1),
          Time{} + Duration::seconds(kFirstSecond) +
              Duration::millis(100) * static_cast<std::int64_t>(n),
          n, std::round((70 + swing + noise) * 100) / 100,
          static_cast<double>(random() % 100) / 100};
}

std::string broker_lines(const interop::Folder& folder) {
  return "allow_anonymous true\npersistence true\npersistence_location " + folder.path("") +
         "\nautosave_interval 1\nmax_queued_messages 0\nmax_inflight_messages 0\n";
}

std::string connection_yaml(const interop::Mosquitto& broker, const std::string& more) {
  return std::format(R"(apiVersion: lineside/v1
kind: Connection
name: plant
spec:
  protocol: mqtt
  address: {}
{}  mappings:
    - topic: plant/{{asset}}/t
      time: {{path: $.ts}}
      sequence: $.n
      streams:
        - {{stream: temp, path: $.temp, unit: degC}}
        - {{stream: load, path: $.load, optional: true}}
---
apiVersion: lineside/v1
kind: Contract
name: all
spec:
  owner: ops
  streams:
    - {{stream: temp, unit: degC, min: -40, max: 200}}
    - {{stream: "*"}}
)",
                     broker.address(), more);
}

std::string hot_yaml() {
  return R"(apiVersion: lineside/v1
kind: Pipeline
name: hot
spec:
  streams: [temp]
  windows: [{name: w3, count: 3, min_count: 3}]
  every: {count: 1}
  features: [{window: w3, kinds: [mean]}]
  decisions:
    - {name: overheat, when: above, threshold: 80, clear: 70, k: 2, n: 3, severity: critical}
  publish: {connection: plant, predictions: "out/{asset}/hot", alerts: "out/{asset}/alert"}
)";
}

std::string spread_yaml(const std::string& model_file) {
  return R"(apiVersion: lineside/v1
kind: Pipeline
name: spread
spec:
  streams: [temp, load]
  windows: [{name: w8, count: 8, min_count: 8}]
  every: {count: 1}
  features: [{streams: [temp], window: w8, kinds: [mean, sd, ewma20]}]
  model: {file: )" +
         model_file + R"(}
  decisions:
    - {name: warm, output: level, when: above, threshold: 79, clear: 75, k: 3, n: 5}
  publish: {connection: plant, predictions: "out/{asset}/spread", alerts: "out/{asset}/alert"}
)";
}

namespace {

// A model of three features that adds 1, 2 and 3, with the signature of a pipeline.
std::string signed_model(const std::string& manifest) {
  const auto parsed = codec::parse_config({{"test.yaml", manifest}});
  EXPECT_EQ(parsed.config.pipelines.size(), 1U);
  const domain::PipelineSpec& spec = parsed.config.pipelines.at(0).spec;
  std::string features;
  const auto expanded = domain::expand_features(spec).value_or(std::vector<domain::Feature>());
  for (const domain::Feature& feature : expanded)
    features += (features.empty() ? "" : "\n") + feature.name;
  return infer::adding_model(
      infer::metadata("lineside.format", "1") + infer::metadata("lineside.features", features) +
      infer::metadata("lineside.outputs", "level\nwidth\ntrend") +
      infer::metadata("lineside.units", "\n\n") +
      infer::metadata("lineside.reference", "70\n5\n70") +
      infer::metadata("lineside.definition", domain::feature_definition(spec)));
}

}  // namespace

std::string spread_model() { return signed_model(spread_yaml()); }

std::string other_model() {
  std::string manifest = spread_yaml();
  manifest.replace(manifest.find("ewma20"), 6, "kurtosis");
  return signed_model(manifest);
}

Plant::Plant(const interop::Mosquitto& broker, std::uint64_t seed) : seed_(seed) {
  domain::ConnectionSpec spec;
  spec.address = broker.address();
  spec.client_id = "test-plant";
  domain::MappingSpec mapping{.topic = "out/{asset}/hot",
                              .time = domain::TimeSpec{.path = "$.time"}};
  mapping.streams = {{.stream = "hot", .path = "$.outputs['temp.w3.mean']"}};
  spec.mappings.push_back(mapping);
  mapping.topic = "out/{asset}/spread";
  mapping.streams = {{.stream = "level", .path = "$.outputs.level"},
                     {.stream = "width", .path = "$.outputs.width"}};
  spec.mappings.push_back(mapping);
  mapping.topic = "out/{asset}/alert";
  mapping.time->path = "$.updated";
  mapping.streams = {{.stream = "alert", .path = "$.value"}};
  spec.mappings.push_back(mapping);
  auto made =
      connect::make_connector(spec, {.edge = "test",
                                     .name = "plant",
                                     .folder = ".",
                                     .dialer = dialer_,
                                     .clock = world::system_clock(),
                                     .random = world::system_random(),
                                     .files = world::system_files(),
                                     .resolver = [this](const domain::StreamName& name) {
                                       names_.push_back(name);
                                       return static_cast<domain::StreamIndex>(names_.size() - 1);
                                     }});
  EXPECT_TRUE(made) << made.error().text;
  connector_ = std::move(*made);
}

bool Plant::until_up() {
  return until([&] { return connector_->status().state == connect::LinkState::up; });
}

void Plant::publish(const std::string& topic, const std::string& payload, int qos) {
  ++others_;
  const auto taken = connector_->publish({.topic = topic, .payload = payload, .qos = qos});
  EXPECT_TRUE(taken) << taken.error().text;
}

void Plant::step(Duration wait) {
  while (sent_ < wanted_ && sent_ + others_ - acknowledged_ < kInFlightMax) {
    const Sample next = sample(seed_, sent_);
    const auto taken =
        connector_->publish({.topic = next.topic(), .payload = next.payload(), .qos = 1});
    if (!taken) break;
    ++sent_;
  }
  connector_->step(wait, arrival_);
  for (std::size_t i = 0; i < arrival_.readings.size(); ++i) {
    const domain::Reading reading = arrival_.readings.at(i);
    const domain::StreamName& name = names_[reading.stream];
    heard_.insert({name.asset, name.stream, reading.time.ns, reading.value});
  }
  for (const connect::Published& done : arrival_.published) {
    ++acknowledged_;
    if (done.error) refused_.push_back(done.error->text);
  }
  if (arrival_.ack != 0) connector_->acknowledge(arrival_.ack);
}

bool Plant::send(std::size_t samples) {
  want(sent_ + samples);
  return until([&] { return sent_ == wanted_ && all_acknowledged(); });
}

void Plant::run_for(Duration time) {
  until([] { return false; }, time);
}

std::uint64_t test_seed() {
  const auto given = world::environment("LINESIDE_SEED");
  const auto number = given ? to_number(*given) : std::nullopt;
  const std::uint64_t seed =
      number ? static_cast<std::uint64_t>(*number) : world::system_random().next() % 1'000'000'000;
  std::cout << "LINESIDE_SEED=" << seed << std::endl;
  return seed;
}

}  // namespace lineside::e2e
