// CPU of an edge with little to do.
#include <format>

#include "benchmarks/demo_plant.h"
#include "benchmarks/meter.h"

namespace lineside::benchmarks {

namespace {

constexpr int kBlocks = 12;
constexpr std::size_t kPerBlock = 100;  // messages, one second
constexpr double kRate = 100;           // per second
constexpr std::size_t kFirst = 400;     // fill the window of a day: 288 readings

}  // namespace

Result<void> run_idle(Bench& bench) {
  auto messages = TRY(demo_messages());
  std::erase_if(messages, [](const cli::Message& message) { return message.readings != 1; });
  const auto plant = TRY(start_demo_plant(bench, "idle"));
  const auto client = TRY(cli::PlantClient::connect(plant->broker(), "bench"));
  auto next = messages.begin();
  const auto take = [&](std::size_t n) {
    std::vector<cli::Message> out(next, next + static_cast<std::ptrdiff_t>(n));
    next += static_cast<std::ptrdiff_t>(n);
    return out;
  };
  TRY(replay(*plant, *client, take(kFirst), 0));
  const auto share = [&](Duration cpu, Time begin) {
    return cpu.as_seconds() / (wall() - begin).as_seconds();
  };
  std::vector<double> busy;
  for (int i = 0; i < kBlocks; ++i) {
    const Duration cpu = TRY(process_cpu(plant->edge_pid()));
    const Time begin = wall();
    TRY(client->send(take(kPerBlock), kRate, [](std::size_t) { return true; }));
    busy.push_back(share(TRY(process_cpu(plant->edge_pid())) + Duration{-cpu.ns}, begin));
  }
  TRY(replay(*plant, *client, {}, 0));
  const Duration cpu = TRY(process_cpu(plant->edge_pid()));
  const Time begin = wall();
  pause(Duration::seconds(3));
  const double quiet = share(TRY(process_cpu(plant->edge_pid())) + Duration{-cpu.ns}, begin);
  bench.report().add(
      {"cpu_share_100hz", "core", estimate(busy), control(busy), Bound{0.03, Sense::max},
       "`lineside edge` with the demo's configuration at 100 messages of one reading a "
       "second, QoS 1: each committed, predicted and published back"});
  bench.report().add({"  without any message", "core", {quiet, quiet, quiet}, {}, {}, ""});
  return {};
}

}  // namespace lineside::benchmarks
