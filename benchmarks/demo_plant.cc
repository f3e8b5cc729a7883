#include "benchmarks/demo_plant.h"

#include <filesystem>
#include <format>

#include "benchmarks/meter.h"
#include "cli/demo_report.h"
#include "world/process.h"

namespace lineside::benchmarks {

namespace {

constexpr const char* kDemo = LINESIDE_SOURCE_DIR "/demo";

std::string binary_folder() {
  return std::filesystem::path(world::self_path()).parent_path().string();
}

}  // namespace

Result<std::unique_ptr<cli::Plant>> start_demo_plant(Bench& bench, const std::string& name) {
  const std::string models = binary_folder() + "/bench-models";
  TRY(cli::train_demo(kDemo, models));
  return cli::Plant::start({.demo_folder = kDemo,
                            .models_folder = models,
                            .folder = TRY(bench.fresh_folder(name)),
                            .program = binary_folder() + "/lineside"});
}

Result<std::vector<cli::Message>> demo_messages() {
  return cli::load_replay(world::system_files(), kDemo);
}

Result<void> replay(cli::Plant& plant, cli::PlantClient& client,
                    const std::vector<cli::Message>& messages, double per_second) {
  const auto seen = [](const cli::EdgeFigures& figures) {
    return figures.readings + figures.rejected_total;
  };
  std::uint64_t expected = seen(TRY(cli::ask_edge(plant)));
  for (const cli::Message& message : messages)
    expected += static_cast<std::uint64_t>(message.readings);
  TRY(client.send(messages, per_second, [](std::size_t) { return true; }));
  const Time limit = wall() + Duration::seconds(30);
  cli::EdgeFigures last;
  while (true) {
    const cli::EdgeFigures now = TRY(cli::ask_edge(plant));
    const bool all = seen(now) >= expected && client.heard().size() >= now.predictions;
    if (all && now.predictions == last.predictions) break;
    if (wall() > limit)
      return fail(Code::internal,
                  std::format("expected {} readings and {} predictions, found {} and {}", expected,
                              now.predictions, seen(now), client.heard().size()));
    last = now;
    client.listen(Duration::millis(100), [] { return false; });
  }
  return {};
}

}  // namespace lineside::benchmarks
