// The whole way through a broker, against the least that a subscriber can do.
#include <algorithm>
#include <array>
#include <format>

#include "benchmarks/bench.h"
#include "benchmarks/broker.h"
#include "benchmarks/clients.h"
#include "benchmarks/edge_config.h"
#include "benchmarks/meter.h"
#include "benchmarks/publisher.h"

namespace lineside::benchmarks {

namespace {

constexpr int kRounds = 10;  // twice as many blocks of each client
constexpr std::uint64_t kWarmUp = 5000;

std::uint64_t messages_of(int qos) { return qos == 0 ? 60'000 : 40'000; }  // per block

// One measured client with a publisher of its own.
class Arm {
 public:
  Arm(std::unique_ptr<Client> client, Publisher publisher, std::uint64_t in_flight)
      : client_(std::move(client)), publisher_(std::move(publisher)), in_flight_(in_flight) {}

  // The block is over when the model has seen each message, but the first 63 of each machine.
  void expect_rows() { expects_rows_ = true; }

  // Publishes, waits until all went through the client, and notes rate and CPU.
  Result<void> block(int qos, std::uint64_t messages) {
    const Board& board = client_->board();
    sent_ += messages;
    const Duration cpu = TRY(process_cpu(client_->pid()));
    const Time begin = wall();
    TRY_WITH(publisher_.send({qos, messages, in_flight_}, board.received), "publishing");
    TRY_WITH(client_->wait_for(board.finished, sent_), "messages through the client");
    if (expects_rows_)
      TRY_WITH(client_->wait_for(board.rows, sent_ - kAssets * 63), "rows of the model");
    const double seconds = (wall() - begin).as_seconds();
    const Duration used = TRY(process_cpu(client_->pid())) + Duration{-cpu.ns};
    if (board.lost.load() > 0 || board.finished.load() != sent_)
      return fail(Code::internal, std::format("{} readings lost, {} messages of {} finished",
                                              board.lost.load(), board.finished.load(), sent_));
    per_second.push_back(static_cast<double>(messages) / seconds);
    cpu_us.push_back(used.as_seconds() * 1e6 / static_cast<double>(messages));
    return {};
  }

  Result<void> warm_up(int qos) {
    TRY(block(qos, kWarmUp));
    per_second.clear();
    cpu_us.clear();
    return {};
  }

  std::vector<double> per_second;
  std::vector<double> cpu_us;

 private:
  std::unique_ptr<Client> client_;
  Publisher publisher_;
  std::uint64_t in_flight_;
  bool expects_rows_ = false;
  std::uint64_t sent_ = 0;
};

// What the clients of one quality of service share.
struct Setting {
  Bench& bench;
  Broker& broker;
  int qos = 0;
};

Result<Arm> start_listener(const Setting& setting, std::uint64_t in_flight) {
  const std::string name = std::format("listener{}-{}", setting.qos, in_flight);
  const std::string folder = TRY(setting.bench.fresh_folder(name));
  auto client = TRY(Client::start({"internal-listener", std::to_string(setting.broker.port()),
                                   std::format("bench/{}/+/telemetry", name),
                                   std::to_string(setting.qos), std::to_string(in_flight)},
                                  folder));
  Arm arm(std::move(client), TRY(Publisher::connect(setting.broker.port(), "bench/" + name)),
          in_flight);
  TRY(arm.warm_up(setting.qos));
  return arm;
}

Result<Arm> start_edge(const Setting& setting, int models, std::uint64_t in_flight) {
  const std::string name = std::format("{}{}", models > 0 ? "model" : "ingest", setting.qos);
  const std::string folder = TRY(setting.bench.fresh_folder(name));
  const std::string prefix = "bench/" + name;
  const std::string config = TRY(write_config({.port = setting.broker.port(),
                                               .prefix = prefix,
                                               .qos = setting.qos,
                                               .receive_max = static_cast<int>(in_flight),
                                               .every = models > 0 ? 1 : 64,
                                               .models = models},
                                              folder));
  auto client = TRY(Client::start({"internal-edge", config, folder + "/data"}, folder));
  Arm arm(std::move(client), TRY(Publisher::connect(setting.broker.port(), prefix)), in_flight);
  if (models > 0) arm.expect_rows();
  TRY(arm.warm_up(setting.qos));
  return arm;
}

// The in-flight limit with which the subscriber that does nothing is fastest.
Result<std::uint64_t> best_in_flight(const Setting& setting) {
  constexpr std::array<std::uint64_t, 6> kLimits = {100, 200, 500, 1000, 2000, 8000};
  std::vector<Arm> listeners;
  for (const std::uint64_t limit : kLimits)
    listeners.push_back(TRY(start_listener(setting, limit)));
  std::vector<Block> blocks;
  for (Arm& arm : listeners)
    blocks.emplace_back([&] { return arm.block(setting.qos, messages_of(setting.qos) / 4); });
  TRY(interleave(2, blocks));
  std::size_t best = 0;
  std::string rates;
  for (std::size_t i = 0; i < listeners.size(); ++i) {
    const auto rate = [&](std::size_t of) { return estimate(listeners[of].per_second).median; };
    rates += std::format("  {}: {:.0f}/s", kLimits[i], rate(i));
    if (rate(i) > rate(best)) best = i;
  }
  setting.bench.say(std::format("  QoS {}, (a) by messages in flight:{}", setting.qos, rates));
  return kLimits[best];
}

struct Outcome {
  Estimate cpu_ratio;
  Estimate cpu_control;
};

void report_ratio(Bench& bench, const std::string& name, const Arm& arm, const Arm& base,
                  std::string what) {
  if (!bench.wanted(name)) return;
  bench.report().add({name, "", estimate(ratios(arm.per_second, base.per_second)),
                      control(base.per_second), Bound{0.9, Sense::min}, std::move(what)});
}

void report_arm(Bench& bench, const std::string& name, const Arm& arm, std::string what) {
  bench.report().add({"  " + name,
                      "msg/s",
                      estimate(arm.per_second),
                      control(arm.per_second),
                      {},
                      std::move(what)});
  bench.report().add({"      CPU", "us/msg", estimate(arm.cpu_us), control(arm.cpu_us), {}, ""});
}

Result<Outcome> measure(Bench& bench, int qos) {
  const std::string folder = TRY(bench.fresh_folder(std::format("broker{}", qos)));
  Broker broker = TRY(Broker::start(folder));
  const Setting setting{bench, broker, qos};
  const std::uint64_t in_flight = TRY(best_in_flight(setting));
  constexpr std::uint64_t kEdgeInFlight = 8000;
  Arm nothing = TRY(start_listener(setting, in_flight));
  Arm ingest = TRY(start_edge(setting, 0, kEdgeInFlight));
  Arm model = TRY(start_edge(setting, 1, kEdgeInFlight));
  const auto block = [&](Arm& arm) {
    return Block([&] { return arm.block(qos, messages_of(qos)); });
  };
  const std::array<Block, 3> arms = {block(nothing), block(ingest), block(model)};
  TRY(interleave(kRounds, arms));

  const std::string ratio = std::format("mqtt_qos{}_", qos);
  report_ratio(bench, ratio + "ingest_ratio", ingest, nothing,
               "messages/s of (b) over (a), QoS " + std::to_string(qos) + ", loss 0");
  report_ratio(bench, ratio + "model_ratio", model, nothing, "messages/s of (c) over (a)");
  report_arm(bench, "(a) libmosquitto", nothing,
             std::format("callback that only counts, at its best of 100 to 8,000 in flight: {}",
                         in_flight));
  report_arm(bench, "(b) edge", ingest,
             "JSON -> contract -> journal (fdatasync before PUBACK) -> windows of 64, 20 features");
  report_arm(bench, "(c) edge with model", model,
             "32 features and the autoencoder (its error) at every message, predictions recorded");
  return Outcome{estimate(ratios(ingest.cpu_us, nothing.cpu_us)), control(nothing.cpu_us)};
}

}  // namespace

Result<void> run_mqtt(Bench& bench) {
  constexpr std::string_view kCpu = "cpu_us_per_message_ratio";
  std::vector<Outcome> outcomes;
  for (const int qos : {0, 1}) {
    const std::string ingest = std::format("mqtt_qos{}_ingest_ratio", qos);
    const std::string model = std::format("mqtt_qos{}_model_ratio", qos);
    const std::array<std::string_view, 3> names = {ingest, model, kCpu};
    if (bench.wanted(names)) outcomes.push_back(TRY(measure(bench, qos)));
  }
  if (outcomes.size() < 2 || !bench.wanted(kCpu)) return {};
  const bool first = outcomes[0].cpu_ratio.median > outcomes[1].cpu_ratio.median;
  const Outcome& worse = outcomes[first ? 0 : 1];
  bench.report().add(
      {std::string(kCpu), "", worse.cpu_ratio, worse.cpu_control, Bound{2, Sense::max},
       std::format("CPU per message of (b) over (a): QoS 0 {:.2f}, QoS 1 {:.2f}; the "
                   "larger counts",
                   outcomes[0].cpu_ratio.median, outcomes[1].cpu_ratio.median)});
  return {};
}

}  // namespace lineside::benchmarks
