// Resident memory of edges at work.
#include <algorithm>
#include <format>

#include "base/text.h"
#include "benchmarks/broker.h"
#include "benchmarks/clients.h"
#include "benchmarks/demo_plant.h"
#include "benchmarks/edge_config.h"
#include "benchmarks/publisher.h"
#include "world/files.h"

namespace lineside::benchmarks {

namespace {

constexpr std::uint64_t kInFlight = 2000;

double megabytes(double bytes) { return bytes / 1048576.0; }

double resident_mb(int pid) { return megabytes(static_cast<double>(world::resident_bytes(pid))); }

// VmHWM, the most that was ever resident.
Result<double> peak_mb(int pid) {
  const Bytes text = TRY(world::system_files().read(std::format("/proc/{}/status", pid)));
  for (const std::string_view line : split(as_text(text), '\n'))
    if (line.starts_with("VmHWM:"))
      if (const auto kb = to_number(trim(line.substr(6, line.find("kB") - 6))))
        return megabytes(*kb * 1024);
  return fail(Code::unavailable, std::format("process {} has no VmHWM", pid));
}

Row figure(std::string name, double value, std::string what) {
  return {std::move(name), "MB", {value, value, value}, {}, {}, std::move(what)};
}

Result<void> demo(Bench& bench) {
  const auto messages = TRY(demo_messages());
  const auto plant = TRY(start_demo_plant(bench, "rss-demo"));
  const double at_start = resident_mb(plant->edge_pid());
  const auto client = TRY(cli::PlantClient::connect(plant->broker(), "bench"));
  TRY(replay(*plant, *client, messages, 0));
  Row row =
      figure("edge_rss_mb", resident_mb(plant->edge_pid()),
             std::format("`lineside edge` with the demo's configuration and models, after all "
                         "{} messages of the demo at full speed",
                         messages.size()));
  row.bound = Bound{64, Sense::max};
  bench.report().add(row);
  bench.report().add(figure("  at its highest", TRY(peak_mb(plant->edge_pid())), ""));
  bench.report().add(figure("  when ready", at_start, "before the first message"));
  return {};
}

// RSS of an edge once each of `assets` machines has sent `each` messages.
Result<double> resident_after(Bench& bench, EdgeConfig config, std::size_t assets,
                              std::uint64_t each) {
  const std::string name = std::format("rss-{}-{}", config.models, assets);
  const std::string folder = TRY(bench.fresh_folder(name));
  const Broker broker = TRY(Broker::start(folder));
  const std::string prefix = "bench/" + name;
  config.port = broker.port();
  config.prefix = prefix;
  const std::string manifests = TRY(write_config(config, folder));
  auto client = TRY(Client::start({"internal-edge", manifests, folder + "/data"}, folder));
  auto publisher = TRY(Publisher::connect(broker.port(), prefix, assets));
  const std::uint64_t messages = each * assets;
  TRY(publisher.send({1, messages, kInFlight}, client->board().received));
  const std::uint64_t pipelines = static_cast<std::uint64_t>(std::max(config.models, 1));
  TRY(client->wait_for(client->board().finished, messages * pipelines));
  if (config.models > 0) TRY(client->wait_for(client->board().rows, messages / 64 * pipelines));
  if (client->board().lost.load() > 0) return fail(Code::internal, "readings were lost");
  return resident_mb(client->pid());
}

}  // namespace

Result<void> run_footprint(Bench& bench) {
  if (bench.wanted("edge_rss_mb")) TRY(demo(bench));
  if (!bench.wanted("models100_rss_mb")) return {};
  const double one = TRY(resident_after(bench, {.models = 1}, kAssets, 640));
  const double hundred = TRY(resident_after(bench, {.models = 100}, kAssets, 640));
  const double streams = TRY(resident_after(bench, {.models = 1}, 2500, 64));
  Row row =
      figure("models100_rss_mb", (hundred - one) / 99 * 100,
             "100 pipelines, each with windows and an autoencoder of its own, in one edge: what "
             "they add");
  row.bound = Bound{32, Sense::max};
  bench.report().add(row);
  bench.report().add(
      figure("  one pipeline", one, "the whole edge: 32 streams, windows of 64, one model"));
  bench.report().add(
      figure("  100 pipelines", hundred, "the whole edge: the same streams, 100 models"));
  bench.report().add(figure("  10,000 streams", streams,
                            "the whole edge: windows of 64 over 10,000 streams, one model"));
  return {};
}

}  // namespace lineside::benchmarks
