// From the start of the process to the first answer.
#include <algorithm>
#include <format>

#include "benchmarks/demo_plant.h"
#include "benchmarks/meter.h"

namespace lineside::benchmarks {

namespace {

constexpr int kStarts = 9;

}  // namespace

Result<void> run_start(Bench& bench) {
  auto messages = TRY(demo_messages());
  const auto engine = std::ranges::find_if(
      messages, [](const cli::Message& message) { return message.readings > 1; });
  const std::vector<cli::Message> one(engine, engine + 1);
  std::vector<double> ready;
  std::vector<double> predicted;
  for (int i = 0; i < kStarts; ++i) {
    const auto plant = TRY(start_demo_plant(bench, std::format("start-{}", i)));
    ready.push_back(plant->ready_after().as_seconds());
    const auto client = TRY(cli::PlantClient::connect(plant->broker(), "bench"));
    const Time begin = wall();
    TRY(client->send(one, 0, [](std::size_t) { return true; }));
    if (!client->listen(Duration::seconds(10), [&] { return !client->heard().empty(); }))
      return fail(Code::timeout, "no prediction within ten seconds of readiness");
    predicted.push_back(ready.back() + (wall() - begin).as_seconds());
  }
  bench.report().add(
      {"ready_s", "s", estimate(ready), control(ready), Bound{1, Sense::max},
       "exec of `lineside edge` with the demo's configuration and an empty state to the "
       "page's address being told: models probed, loaded and run once"});
  bench.report().add({"  first prediction",
                      "s",
                      estimate(predicted),
                      control(predicted),
                      {},
                      "and the first message sent then, its prediction heard from the broker"});
  return {};
}

}  // namespace lineside::benchmarks
