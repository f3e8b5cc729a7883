#include <cstdio>
#include <format>

#include "base/text.h"
#include "base/version.h"
#include "cli/options.h"
#include "cli/verbs.h"
#include "codec/json_writer.h"
#include "domain/reading.h"
#include "net/http_client.h"
#include "wire/calls.h"
#include "wire/sim_edges.h"
#include "world/clock.h"
#include "world/file_lock.h"
#include "world/files.h"
#include "world/process.h"

namespace lineside::cli {

namespace {

constexpr Duration kSimTurn = Duration::millis(100);
constexpr Duration kSayEvery = Duration::seconds(2);
constexpr double kRateMax = 600;  // per edge and minute
constexpr std::int64_t kSkewMax = 366 * 86400;

struct SimVerbOptions {
  std::string count;
  std::string drops = "0";
  std::string restarts = "0";
  std::string data;
  std::int64_t seed = 1;
  std::int64_t skew = 0;
  std::int64_t seconds = 0;
  bool json = false;
  wire::SimOptions sim;
};

Result<double> in_range(std::string_view option, std::string_view text, double least, double most) {
  const auto value = to_number(text);
  if (value && *value >= least && *value <= most) return *value;
  return invalid(
      std::format("{}: expected {} to {}, found '{}'", option, least, most, excerpt(text, 40)));
}

Result<void> read_options(SimVerbOptions& asked) {
  wire::SimOptions& sim = asked.sim;
  sim.edges = static_cast<std::size_t>(
      TRY(in_range("N", asked.count, 1, static_cast<double>(wire::kSimEdgesMax))));
  sim.drops = TRY(in_range("--drops", asked.drops, 0, kRateMax));
  sim.restarts = TRY(in_range("--restarts", asked.restarts, 0, kRateMax));
  if (asked.skew < 0 || asked.skew > kSkewMax)
    return invalid(std::format("--skew: expected 0 to {}, found {}", kSkewMax, asked.skew));
  if (asked.seconds < 0)
    return invalid(std::format("--for: expected 0 or more, found {}", asked.seconds));
  sim.skew = Duration::seconds(asked.skew);
  sim.seed = static_cast<std::uint64_t>(asked.seed);
  sim.order.version = std::string(kVersion);
  if (sim.order.edge.empty()) sim.order.edge = std::format("sim-{}-", asked.seed);
  if (!domain::is_name(sim.order.edge))
    return invalid(std::format("--prefix: expected 1 to 128 of A-Z a-z 0-9 . _ : -, found '{}'",
                               excerpt(sim.order.edge, 60)));
  if (asked.data.empty()) return {};
  sim.file = asked.data + "/edges.ndjson";
  return world::system_files().make_directories(asked.data);
}

std::string spread(const std::optional<wire::SimSpread>& spread, std::uint64_t edges) {
  if (!spread) return "-";
  return std::format("{:.2f} s, {} of {} edges", spread->took.as_seconds(), spread->edges, edges);
}

void say(const wire::SimFigures& figures, Duration since) {
  std::uint64_t errors = 0;
  for (const auto& [code, count] : figures.errors) errors += count;
  std::fputs(std::format("[{:4.0f}s] joined {}, in touch {}, polling {}, applied {}, on the newest "
                         "{}, errors {}{}\n",
                         since.as_seconds(), figures.joined, figures.in_touch, figures.waiting,
                         figures.applied, figures.newest, errors,
                         errors == 0 ? "" : " (" + excerpt(figures.last_error, 100) + ")")
                 .c_str(),
             stderr);
}

std::string table(const wire::SimFigures& figures) {
  std::string out;
  const auto row = [&](std::string_view name, const auto& value) {
    out += std::format("{:<34} {}\n", name, value);
  };
  row("edges", figures.edges);
  row("joined", figures.joined);
  row("in touch at the end", figures.in_touch);
  row("polls", figures.polls);
  row("reports", figures.reports);
  row("states applied", figures.applied);
  row("artifacts fetched", figures.artifacts);
  row("certificates renewed", figures.renewed);
  row("lines cut", figures.drops);
  row("restarts", figures.restarts);
  for (const auto& [reason, count] : figures.refused) row("refused: " + reason, count);
  for (const auto& [code, count] : figures.errors) row("errors: " + code, count);
  row("newest version at all after", spread(figures.fan_out, figures.edges));
  row("all back after the hub was away", spread(figures.reconnect, figures.edges));
  return out;
}

std::string as_json(const wire::SimFigures& figures) {
  codec::JsonWriter json;
  const auto counts = [&](std::string_view name, const std::map<std::string, std::uint64_t>& map) {
    json.key(name).begin_object();
    for (const auto& [key, count] : map) json.member(key, count);
    json.end_object();
  };
  const auto add = [&](std::string_view name, const std::optional<wire::SimSpread>& spread) {
    if (!spread) return;
    json.key(name).begin_object().member("edges", spread->edges);
    json.member("seconds", spread->took.as_seconds()).end_object();
  };
  json.begin_object().member("edges", figures.edges).member("joined", figures.joined);
  json.member("in_touch", figures.in_touch).member("polls", figures.polls);
  json.member("reports", figures.reports).member("applied", figures.applied);
  json.member("newest", figures.newest).member("artifacts", figures.artifacts);
  json.member("renewed", figures.renewed).member("drops", figures.drops);
  json.member("restarts", figures.restarts);
  counts("refused", figures.refused);
  counts("errors", figures.errors);
  add("fan_out", figures.fan_out);
  add("reconnect", figures.reconnect);
  json.end_object();
  return json.take() + "\n";
}

// Edges that have joined wait for their hub; those that are to join need one.
Result<void> check_hub(const wire::SimOptions& sim) {
  if (!sim.file.empty() && world::system_files().exists(sim.file)) return {};
  TRY(wire::check_order(sim.order));
  net::HttpClientOptions options;
  options.tls.ca_sha256 = sim.order.ca_sha256;
  const auto answer = net::HttpClient(sim.order.url, options).get("/healthz");
  if (answer) return {};
  const bool is_other = answer.error().code == Code::denied;
  return fail(answer.error().code,
              std::format("{}; {}", answer.error().text,
                          is_other ? "compare --ca-sha256 with the line that the hub prints at its "
                                     "start"
                                   : "is the hub running, and is this an address of it that this "
                                     "machine can reach?"));
}

// Else a test of the hub would pass in which no edge took part.
Result<void> check_joined(const wire::SimFigures& figures) {
  if (figures.joined > 0) return {};
  return fail(Code::timeout,
              std::format("none of {} edges has joined{}", figures.edges,
                          figures.last_error.empty() ? "" : ": " + figures.last_error));
}

Result<void> play(const SimVerbOptions& asked) {
  std::optional<world::FileLock> lock;
  if (!asked.data.empty()) lock = TRY(world::FileLock::take(asked.data + "/lock"));
  TRY(check_hub(asked.sim));
  world::Clock& clock = world::system_clock();
  const auto sim = TRY(wire::SimEdges::open(asked.sim, world::system_files(), clock));
  const Time begin = clock.steady();
  Time next = begin + kSayEvery;
  sim->start();
  std::string failure;
  while (!world::stop_requested() && failure.empty()) {
    const Time now = clock.steady();
    if (asked.seconds > 0 && now - begin >= Duration::seconds(asked.seconds)) break;
    clock.sleep(kSimTurn);
    const wire::SimFigures figures = sim->figures();
    failure = figures.failure;
    if (now < next) continue;
    next = now + kSayEvery;
    say(figures, now - begin);
  }
  const wire::SimFigures figures = sim->figures();  // before the lines are hung up
  sim->stop();
  TRY(sim->save());
  if (!failure.empty())
    return fail(Code::denied, failure + "; make a new token for a group on the hub's page Edges");
  std::fputs((asked.json ? as_json(figures) : table(figures)).c_str(), stdout);
  return check_joined(figures);
}

int run_sim_edges(const Arguments& arguments) {
  SimVerbOptions asked;
  wire::JoinOrder& order = asked.sim.order;
  Options options("sim edges", "Plays up to 10,000 edges of a hub, over real TLS.");
  options.required("N", asked.count, "how many edges");
  options.required("--hub", order.url, "address of the hub, https://HOST:PORT");
  options.required("--token", order.token, "enrolment token for a group, lse_...");
  options.required("--ca-sha256", order.ca_sha256, "fingerprint of the hub's authority");
  options.number("--seed", asked.seed, "of names, faults, clocks and waits");
  options.text("--prefix", order.edge, "what names begin with; absent: sim-SEED-");
  options.text("--drops", asked.drops, "connections cut, per edge and minute");
  options.text("--restarts", asked.restarts, "restarts, per edge and minute");
  options.number("--skew", asked.skew, "clocks are wrong by up to so many seconds, either way");
  options.text("--data", asked.data, "keep who has joined here, for the next run");
  options.number("--for", asked.seconds, "end after so many seconds; 0: when told");
  options.flag("--json", asked.json, "the closing figures as JSON");
  if (const auto code = options.parse(arguments)) return *code;
  if (const auto read = read_options(asked); !read) return report("sim edges", read.error());
  world::catch_signals();
  world::share_heaps();
  const auto done = play(asked);
  return done ? 0 : report("sim edges", done.error());
}

}  // namespace

int run_sim(const Arguments& arguments) {
  if (!arguments.empty() && arguments[0] == "edges")
    return run_sim_edges({arguments.begin() + 1, arguments.end()});
  const bool asks = !arguments.empty() && (arguments[0] == "--help" || arguments[0] == "-h");
  if (asks) return run_help({"sim"});
  return report("sim", invalid("expected `sim edges N ...`; see `lineside help sim`"));
}

}  // namespace lineside::cli
