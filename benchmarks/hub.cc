// A hub with a large catalog, and then with a large fleet.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <format>
#include <random>
#include <set>
#include <thread>

#include "base/text.h"
#include "benchmarks/hub_process.h"
#include "benchmarks/meter.h"
#include "codec/json_writer.h"
#include "store/hub_db.h"
#include "wire/sim_edges.h"
#include "world/files.h"

namespace lineside::benchmarks {

namespace {

constexpr int kContent = 1;  // of the plant; another number makes another folder
constexpr std::uint64_t kDevices = 1'000'000;
constexpr std::uint64_t kEdges = 10'000;
constexpr std::size_t kReaders = 2;  // connections at once
constexpr std::size_t kGets = 20'000;
constexpr std::size_t kPages = 540;
constexpr std::size_t kWalks = 180;
constexpr std::size_t kBatch = 5'000;  // objects
constexpr std::size_t kBatches = 9;
constexpr std::size_t kBlocks = 9;
constexpr std::uint64_t kDevicesOfLine = HubPlant::kAssetsOfLine * HubPlant::kDevicesOfAsset;
constexpr int kFanOuts = 5;
constexpr Duration kFleetLimit = Duration::seconds(900);
constexpr Duration kLook = Duration::millis(5);

constexpr std::array<std::string_view, 4> kCatalogFigures = {
    "catalog_get_p99_ms", "catalog_page_ms", "graph_walk_ms", "bulk_apply_per_s"};

using Random = std::mt19937_64;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const auto text = world::environment(name);
  const auto value = text ? to_number(*text) : std::optional<double>();
  return value && *value >= 1 ? static_cast<std::uint64_t>(*value) : otherwise;
}

struct Scale {
  std::string name;
  HubPlant plant;
  bool is_kept = false;  // it takes minutes to make
};

// Kept beside the build, for as long as neither schema nor content changes.
Result<std::string> folder_of(Bench& bench, const Scale& scale) {
  if (!scale.is_kept) return bench.fresh_folder("hub-" + scale.name);
  std::string folder = std::format("{}/bench-hub-{}-{}-{}",
                                   std::filesystem::path(world::self_path()).parent_path().string(),
                                   store::hub_schema(), kContent, scale.plant.devices());
  TRY(world::system_files().make_directories(folder));
  return folder;
}

// ---- The catalog -------------------------------------------------------------------------------

double quantile(std::vector<double> values, double share) {
  std::ranges::sort(values);
  const auto at = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1));
  return values.at(at);
}

// Milliseconds of each call, of several connections that call at the same time.
using Target = std::function<std::string(Random&)>;
Result<std::vector<double>> time_calls(const HubProcess& hub, std::size_t calls,
                                       const Target& target) {
  std::vector<std::vector<double>> times(kReaders);
  std::vector<Result<void>> done(kReaders);
  std::vector<std::thread> threads;
  for (std::size_t reader = 0; reader < kReaders; ++reader)
    threads.emplace_back([&, reader] {
      HubProgram program(hub);
      Random random(reader + 1);
      const auto all = [&]() -> Result<void> {
        TRY(program.get(target(random)));  // dials
        for (std::size_t i = 0; i < calls / kReaders; ++i) {
          const std::string asked = target(random);
          const Time begin = wall();
          TRY(program.get(asked));
          times[reader].push_back((wall() - begin).as_seconds() * 1000);
        }
        return {};
      };
      done[reader] = all();
    });
  for (std::thread& thread : threads) thread.join();
  std::vector<double> out;
  for (std::size_t reader = 0; reader < kReaders; ++reader) {
    TRY(std::move(done[reader]));
    out.insert(out.end(), times[reader].begin(), times[reader].end());
  }
  return out;
}

struct CatalogFigures {
  std::vector<double> gets, pages, walks;  // milliseconds: what so many of a block are below
  std::vector<double> applies, scattered;  // objects a second
};

// Which device the next new stream is of.
using Device = std::function<std::uint64_t(std::size_t object)>;
Result<double> time_apply(HubProgram& program, std::uint64_t number, const Device& device) {
  codec::JsonWriter json;
  json.begin_object().key("items").begin_array();
  for (std::size_t i = 0; i < kBatch; ++i) {
    const auto object = extra_stream(device(i), number + i / kDevicesOfLine);
    json.begin_object().member("apiVersion", "lineside/v1").member("kind", object.kind);
    json.member("name", object.name).key("spec").raw(object.spec).end_object();
  }
  json.end_array().end_object();
  std::string body = json.take();
  const Time begin = wall();
  TRY(program.call("POST", "/api/v1/apply", std::move(body)));
  return static_cast<double>(kBatch) / (wall() - begin).as_seconds();
}

// New streams for every device of some lines, and as many scattered over all the plant, in turn.
Result<void> time_applies(const HubProcess& hub, const HubPlant& plant, CatalogFigures& out) {
  HubProgram program(hub);
  Random random(static_cast<std::uint64_t>(wall().ns));
  auto number = static_cast<std::uint64_t>(world::system_clock().now().ns / 1'000'000);
  for (std::size_t batch = 0; batch < kBatches; ++batch, number += kBatch) {
    const std::uint64_t line = random() % plant.lines();
    out.applies.push_back(TRY(time_apply(program, number, [&](std::size_t i) {
      // Anew along the line for each further stream of its devices.
      return line * kDevicesOfLine + i % kDevicesOfLine;
    })));
    number += kBatch;
    std::set<std::uint64_t> taken;
    out.scattered.push_back(TRY(time_apply(program, number, [&](std::size_t i) {
      if (i % kDevicesOfLine == 0) taken.clear();
      std::uint64_t device = random() % plant.devices();
      while (!taken.insert(device).second) device = random() % plant.devices();
      return device;
    })));
  }
  return {};
}

// What `share` of each block of calls is below, so that one hiccup of the machine is one block's.
std::vector<double> by_blocks(const std::vector<double>& times, double share) {
  std::vector<double> out;
  const std::size_t each = times.size() / kBlocks;
  for (std::size_t block = 0; block < kBlocks; ++block) {
    const auto first = times.begin() + static_cast<std::ptrdiff_t>(block * each);
    out.push_back(quantile({first, first + static_cast<std::ptrdiff_t>(each)}, share));
  }
  return out;
}

Result<CatalogFigures> measure_catalog(Bench& bench, const HubProcess& hub, const HubPlant& plant) {
  CatalogFigures out;
  bench.say("  gets");
  const auto gets = TRY(time_calls(hub, kGets, [&](Random& random) {
    const std::uint64_t key = random() % (plant.devices() + plant.streams());
    return key < plant.devices() ? "/api/v1/devices/" + HubPlant::device(key)
                                 : "/api/v1/streams/" + HubPlant::stream(key - plant.devices());
  }));
  bench.say("  pages");
  out.gets = by_blocks(gets, 0.99);
  const auto pages = TRY(time_calls(hub, kPages, [&](Random& random) {
    const std::string line = HubPlant::line(random() % plant.lines());
    return random() % 2 == 0
               ? std::format("/api/v1/devices?owner=team-{}&firmware=4.{}.1&limit=100",
                             random() % 50, random() % 7)
               : std::format("/api/v1/devices?site={}&limit=100", line);
  }));
  bench.say("  walks");
  out.pages = by_blocks(pages, 0.95);
  const auto walks = TRY(time_calls(hub, kWalks, [&](Random& random) {
    return std::format("/api/v1/sites/{}/graph?direction=up&depth=4&limit=1000",
                       HubPlant::line(random() % plant.lines()));
  }));
  out.walks = by_blocks(walks, 0.95);
  bench.say("  applies");
  TRY(time_applies(hub, plant, out));
  return out;
}

Row figure(std::string name, std::string unit, double value, std::string what) {
  return {std::move(name), std::move(unit), {value, value, value}, {}, {}, std::move(what)};
}

void report_catalog(Bench& bench, const Scale& scale, const CatalogFigures& figures) {
  const bool is_full = scale.is_kept;
  const std::string at = std::format("{} objects", scale.plant.objects());
  const auto add = [&](Row row, Bound bound, std::string_view what) {
    if (is_full) {
      row.bound = bound;
      row.what = std::format("{}; {}", what, at);
    } else {
      row.name = std::format("  {} at {}", row.name, scale.name);
      row.what = at;
    }
    bench.report().add(std::move(row));
  };
  add(Row{"catalog_get_p99_ms", "ms", estimate(figures.gets), {}, {}, ""}, {2, Sense::max},
      "GET of a device or stream by its name, random, HTTPS, two kept connections at once");
  add(Row{"catalog_page_ms", "ms", estimate(figures.pages), {}, {}, ""}, {50, Sense::max},
      "95 of 100 pages of 100 devices, by owner and firmware or by line, are faster");
  add(Row{"graph_walk_ms", "ms", estimate(figures.walks), {}, {}, ""}, {100, Sense::max},
      "95 of 100 walks of depth 4 up from a line, 985 nodes, are faster");
  add(Row{"bulk_apply_per_s", "objects/s", estimate(figures.applies), {}, {}, ""},
      {10'000, Sense::min},
      "POST /apply of 5,000 new streams of a line's devices: revision, audit leaf, sync");
  bench.report().add({"  scattered at " + scale.name,
                      "objects/s",
                      estimate(figures.scattered),
                      {},
                      {},
                      "the same of random devices of the whole plant; " + at});
}

// ---- The fleet ---------------------------------------------------------------------------------

struct Fleet {
  Bench& bench;
  HubProcess& hub;
  wire::SimEdges& sim;
  std::uint64_t edges;
  double rss_mb = 0;

  // How long it took.
  template <class Done>
  Result<double> until(std::string_view what, Time since, Done done) {
    Time said = wall();
    while (true) {
      const wire::SimFigures figures = sim.figures();
      if (done(figures)) return (wall() - since).as_seconds();
      if (!figures.failure.empty()) return fail(Code::denied, figures.failure);
      if (wall() - since > kFleetLimit)
        return fail(Code::timeout, std::format("{}: {} of {} edges in touch, {}", what,
                                               figures.in_touch, edges, figures.last_error));
      if (wall() - said > Duration::seconds(10)) {
        said = wall();
        bench.say(std::format("  {}: joined {}, in touch {}, polling {}, on the newest {}; {}",
                              what, figures.joined, figures.in_touch, figures.waiting,
                              figures.newest, figures.last_error));
      }
      pause(kLook);
    }
  }
  Result<double> until_waiting(std::string_view what, Time since) {
    return until(what, since, [this](const wire::SimFigures& figures) {
      return figures.waiting == edges && figures.in_touch == edges;
    });
  }
  void look_at_memory() {
    rss_mb = std::max(rss_mb, static_cast<double>(world::resident_bytes(hub.pid())) / 1048576.0);
  }
  Result<double> fan_out(HubProgram& program, int round) {
    const std::uint64_t before = sim.figures().applied;
    const std::string body = std::format(
        R"({{"spec":{{"address":"127.0.0.1:{}","mappings":[{{"streams":[{{"path":"$.t",)"
        R"("stream":"temp","unit":"degC"}}],"time":{{"format":"unix_ms","path":"$.ts"}},)"
        R"("topic":"plant/{{asset}}/t"}}],"protocol":"mqtt","site":"company"}}}})",
        1000 + world::system_random().next() % 60'000 + static_cast<std::uint64_t>(round));
    const Time begin = wall();
    TRY(program.call("PUT", "/api/v1/connections/bench", body));
    return until("fan-out", begin, [&](const wire::SimFigures& figures) {
      return figures.applied >= before + edges && figures.newest == edges;
    });
  }
};

Result<double> waiting_at_hub(HubProgram& program) {
  const std::string metrics = TRY(program.get("/metrics"));
  constexpr std::string_view kName = "\nlineside_http_waiting ";
  const std::size_t at = metrics.find(kName);
  if (at == std::string::npos) return fail(Code::internal, "no lineside_http_waiting in /metrics");
  const std::string_view rest = std::string_view(metrics).substr(at + kName.size());
  return to_number(rest.substr(0, rest.find('\n'))).value_or(0);
}

// A poll that an edge has sent may not have been read yet.
Result<double> all_waiting_at_hub(HubProgram& program, std::uint64_t edges) {
  const Time limit = wall() + Duration::seconds(10);
  double waiting = TRY(waiting_at_hub(program));
  while (waiting < static_cast<double>(edges) && wall() < limit) {
    pause(Duration::millis(100));
    waiting = TRY(waiting_at_hub(program));
  }
  return waiting;
}

Result<void> measure_fan_out(Fleet& fleet) {
  std::vector<double> fan_outs;
  HubProgram program(fleet.hub);
  for (int round = 0; round < kFanOuts; ++round) {
    fan_outs.push_back(TRY(fleet.fan_out(program, round)));
    TRY(fleet.until_waiting("back to waiting", wall()));
    fleet.look_at_memory();
  }
  fleet.bench.report().add({"fanout_s",
                            "s",
                            estimate(fan_outs),
                            {},
                            Bound{30, Sense::max},
                            "from PUT of a connection to the last edge that has verified and "
                            "applied the state with it"});
  return {};
}

Result<void> measure_reconnect(Fleet& fleet) {
  for (const bool is_killed : {false, true}) {
    fleet.bench.say(is_killed ? "  restart after kill -9" : "  restart");
    const Time begin = wall();
    TRY(fleet.hub.restart(is_killed ? SIGKILL : SIGTERM));
    const double ready = (wall() - begin).as_seconds();
    const double back = TRY(fleet.until_waiting("reconnect", begin));
    fleet.look_at_memory();
    Row row = figure(is_killed ? "  after kill -9" : "reconnect_s", "s", back,
                     std::format("from the signal to the last edge that polls again; the hub was "
                                 "ready after {:.1f} s",
                                 ready));
    if (!is_killed) row.bound = Bound{120, Sense::max};
    fleet.bench.report().add(std::move(row));
  }
  return {};
}

Result<void> measure_fleet(Bench& bench, HubProcess& hub, const std::string& folder) {
  wire::SimOptions options;
  options.edges = from_environment("LINESIDE_BENCH_EDGES", kEdges);
  options.order = {.url = hub.url(),
                   .token = hub.enrolment(),
                   .ca_sha256 = hub.ca_sha256(),
                   .edge = "bench-",
                   .version = "0"};
  options.file = folder + "/edges.ndjson";
  const auto sim = TRY(wire::SimEdges::open(options, world::system_files(), world::system_clock()));
  Fleet fleet{bench, hub, *sim, options.edges};
  const Time begin = wall();
  sim->start();
  const double all = TRY(fleet.until_waiting("join", begin));
  HubProgram program(hub);
  fleet.look_at_memory();
  Row edges = figure("longpoll_edges", "edges", TRY(all_waiting_at_hub(program, options.edges)),
                     "simulated edges that the hub has waiting at once, each over its own TLS");
  edges.bound = Bound{static_cast<double>(kEdges), Sense::min};
  bench.report().add(std::move(edges));
  bench.report().add(figure("  until all wait", "s", all, "joining counts the first time only"));
  TRY(measure_fan_out(fleet));
  TRY(measure_reconnect(fleet));
  Row rss = figure("longpoll_rss_mb", "MB", fleet.rss_mb,
                   "resident memory of the hub with all of them waiting, the largest of several "
                   "looks");
  rss.bound = Bound{1024, Sense::max};
  bench.report().add(std::move(rss));
  sim->stop();
  return sim->save();
}

Result<void> run_scale(Bench& bench, const Scale& scale) {
  bench.say(std::format("catalog of {} objects", scale.plant.objects()));
  const std::string folder = TRY(folder_of(bench, scale));
  const auto hub = TRY(HubProcess::start(bench, scale.plant, folder));
  if (bench.wanted(kCatalogFigures))
    report_catalog(bench, scale, TRY(measure_catalog(bench, *hub, scale.plant)));
  constexpr std::array<std::string_view, 4> kFleet = {"longpoll_edges", "longpoll_rss_mb",
                                                      "fanout_s", "reconnect_s"};
  if (scale.is_kept && bench.wanted(kFleet)) TRY(measure_fleet(bench, *hub, folder));
  return {};
}

}  // namespace

Result<void> run_hub(Bench& bench) {
  if (bench.wanted(kCatalogFigures)) {
    TRY(run_scale(bench, {"10k", HubPlant(2'400), false}));
    TRY(run_scale(bench, {"100k", HubPlant(24'000), false}));
  }
  const std::uint64_t devices = from_environment("LINESIDE_BENCH_DEVICES", kDevices);
  return run_scale(bench, {"full", HubPlant(devices), true});
}

}  // namespace lineside::benchmarks
