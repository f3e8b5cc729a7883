#include "cli/demo_replay.h"

#include <algorithm>
#include <charconv>
#include <format>

#include "base/text.h"
#include "codec/json_writer.h"
#include "world/random.h"

namespace lineside::cli {

namespace {

constexpr std::size_t kInFlightMax = 1500;  // publications awaiting the broker
constexpr int kEngineStreams = 14;          // that demo/plant/connection.yaml takes
constexpr int kSensors = 21;

std::vector<std::string_view> words(std::string_view line) {
  std::vector<std::string_view> out;
  for (const std::string_view word : split(line, ' '))
    if (!trim(word).empty()) out.push_back(trim(word));
  return out;
}

// A row of C-MAPSS: engine, cycle, three settings, 21 sensors.
Result<Message> engine_message(std::string_view line, int& cycle) {
  const auto columns = words(line);
  if (columns.size() != 5 + kSensors)
    return invalid(std::format("expected {} columns, found {}", 5 + kSensors, columns.size()));
  const auto engine = to_number(columns[0]);
  const auto number = to_number(columns[1]);
  if (!engine || !number) return invalid("engine and cycle are whole numbers");
  cycle = static_cast<int>(*number);
  Message out;
  out.asset = std::format("engine-{:03}", static_cast<int>(*engine));
  out.time = TRY(parse_iso("2008-01-01T00:00:00Z")) + Duration::seconds(3600) * cycle;
  out.topic = "plant/engines/" + out.asset + "/telemetry";
  out.readings = kEngineStreams;
  codec::JsonWriter json;
  json.begin_object().member("ts", out.time).member("cycle", cycle);
  for (int s = 0; s < kSensors; ++s)
    json.key(std::format("s{}", s + 1)).raw(columns[static_cast<std::size_t>(5 + s)]);
  out.payload = json.end_object().take();
  return out;
}

Result<std::vector<Message>> load_engines(const world::Files& files, const std::string& path) {
  const Bytes bytes = TRY(files.read(path));
  std::vector<std::pair<int, Message>> rows;
  for (const std::string_view line : split(as_text(bytes), '\n')) {
    if (trim(line).empty()) continue;
    int cycle = 0;
    Message message = TRY_WITH(engine_message(line, cycle), path);
    rows.emplace_back(cycle, std::move(message));
  }
  std::ranges::stable_sort(rows, {}, [](const auto& row) { return row.first; });
  std::vector<Message> out;
  for (auto& [cycle, message] : rows) out.push_back(std::move(message));
  return out;
}

Result<std::vector<Message>> load_machine(const world::Files& files, const std::string& path) {
  const Bytes bytes = TRY(files.read(path));
  std::vector<Message> out;
  for (const std::string_view line : split(as_text(bytes), '\n')) {
    const auto cells = split(trim(line), ',');
    if (cells.size() != 2 || cells[0] == "timestamp") continue;
    Message message;
    message.asset = "machine-1";
    message.time = TRY_WITH(parse_iso(cells[0]), path);
    message.topic = "plant/machines/machine-1/temperature";
    codec::JsonWriter json;
    json.begin_object().member("ts", cells[0]).key("value").raw(cells[1]).end_object();
    message.payload = json.take();
    out.push_back(std::move(message));
  }
  return out;
}

}  // namespace

Result<std::vector<Message>> load_replay(const world::Files& files,
                                         const std::string& demo_folder) {
  std::vector<Message> engines =
      TRY(load_engines(files, demo_folder + "/compressor/test_FD001.txt"));
  std::vector<Message> machine =
      TRY(load_machine(files, demo_folder + "/machine/machine_temperature_system_failure.csv"));
  std::vector<Message> out;
  const std::size_t total = engines.size() + machine.size();
  std::size_t taken = 0;
  for (std::size_t i = 0; i < total; ++i) {
    const bool machine_turn = taken * total < i * machine.size() || i - taken >= engines.size();
    if (machine_turn && taken < machine.size())
      out.push_back(std::move(machine[taken++]));
    else
      out.push_back(std::move(engines[i - taken]));
  }
  return out;
}

Result<std::unique_ptr<PlantClient>> PlantClient::connect(const std::string& broker,
                                                          const std::string& client_id) {
  domain::ConnectionSpec spec;
  spec.address = broker;
  spec.client_id = client_id;
  spec.qos = 1;
  spec.session_expiry = {};
  domain::MappingSpec predictions;
  predictions.topic = "lineside/{asset}/predictions";
  predictions.time = domain::TimeSpec{.path = "$.time"};
  predictions.streams = {{.stream = "rul", .path = "$.outputs.rul", .optional = true},
                         {.stream = "score", .path = "$.outputs.score", .optional = true}};
  spec.mappings = {predictions};

  // tidy: the constructor is private
  std::unique_ptr<PlantClient> client(new PlantClient);
  connect::ConnectorContext context{
      "demo",
      client_id,
      ".",
      client->dialer_,
      world::system_clock(),
      world::system_random(),
      world::system_files(),
      [self = client.get()](const domain::StreamName& name) {
        self->names_.push_back(name);
        return static_cast<domain::StreamIndex>(self->names_.size() - 1);
      }};
  client->connector_ = TRY(connect::make_connector(spec, std::move(context)));
  const Time limit = world::system_clock().steady() + Duration::seconds(10);
  while (client->connector_->status().state != connect::LinkState::up) {
    client->step(Duration::millis(20));
    if (world::system_clock().steady() > limit)
      return fail(Code::unavailable,
                  "no connection to " + broker + ": " + client->connector_->status().problem);
  }
  return client;
}

std::string PlantClient::key(const std::string& asset, Time time) const {
  return std::format("{}@{}", asset, time.ns);
}

void PlantClient::step(Duration wait) {
  connector_->step(wait, arrival_);
  const Time now = world::system_clock().steady();
  for (std::size_t i = 0; i < arrival_.readings.size(); ++i) {
    const domain::Reading reading = arrival_.readings.at(i);
    const std::string& asset = names_[reading.stream].asset;
    heard_.push_back({asset, reading.time, reading.value});
    last_heard_ = now;
    const auto sent = sent_.find(key(asset, reading.time));
    if (sent == sent_.end()) continue;
    latencies_ms_.push_back((now - sent->second).as_seconds() * 1e3);
    sent_.erase(sent);
  }
  for (const connect::Published& done : arrival_.published) {
    ++acknowledged_;
    if (done.error) refused_ = done.error;
  }
  if (arrival_.ack != 0) connector_->acknowledge(arrival_.ack);
}

Result<void> PlantClient::send(const std::vector<Message>& messages, double per_second,
                               const std::function<bool(std::size_t sent)>& tick) {
  world::Clock& clock = world::system_clock();
  const Time start = clock.steady();
  Time ticked = start;
  const std::uint64_t before = acknowledged_;
  std::size_t sent = 0;
  while (acknowledged_ - before < messages.size()) {
    const Time now = clock.steady();
    const double due = per_second > 0 ? (now - start).as_seconds() * per_second + 1
                                      : static_cast<double>(messages.size());
    while (sent < messages.size() && static_cast<double>(sent) < due &&
           sent - (acknowledged_ - before) < kInFlightMax) {
      const Message& message = messages[sent];
      sent_[key(message.asset, message.time)] = clock.steady();
      auto taken = connector_->publish({message.topic, message.payload, 1, sent});
      if (!taken && taken.error().code == Code::exhausted) break;
      if (!taken) return taken.error();
      ++sent;
    }
    step(per_second > 0 ? Duration::micros(500) : Duration::millis(1));
    if (refused_) return refused_->with("the broker refused a message");
    if (now - ticked < Duration::millis(50)) continue;
    ticked = now;
    if (!tick(sent)) return {};
  }
  tick(sent);
  return {};
}

bool PlantClient::listen(Duration limit, const std::function<bool()>& enough) {
  const Time end = world::system_clock().steady() + limit;
  while (!enough()) {
    if (world::system_clock().steady() > end) return false;
    step(Duration::millis(20));
  }
  return true;
}

std::vector<double> PlantClient::latencies_ms() const {
  std::vector<double> sorted = latencies_ms_;
  std::ranges::sort(sorted);
  return sorted;
}

}  // namespace lineside::cli
