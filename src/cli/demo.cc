// The demo plant: both models trained, a broker and an edge started, the recordings replayed.
#include <algorithm>
#include <cstdio>
#include <format>

#include "base/text.h"
#include "cli/demo_plant.h"
#include "cli/demo_replay.h"
#include "cli/demo_report.h"
#include "cli/demo_service.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/verbs.h"
#include "codec/json_writer.h"
#include "world/file_lock.h"
#include "world/random.h"

namespace lineside::cli {

namespace {

struct DemoOptions {
  bool batch = false;
  bool approve = false;
  bool fresh = false;
  std::string demo = "demo";
  std::string state;
  std::string models;
  std::int64_t rate = 100;
};

constexpr double kPacedRate = 1000;  // messages per second of the latency figures

// What one replay of everything gave.
struct Run {
  EdgeFigures edge;
  std::vector<Heard> heard;
  std::vector<double> latencies_ms;
  double seconds = 0;  // from the first message to the last effect
  double edge_rss_mb = 0;
  Duration ready_after;
};

// At once, also into a pipe or a file.
void say_line(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

std::uint64_t readings_of(const std::vector<Message>& messages) {
  std::uint64_t total = 0;
  for (const Message& message : messages) total += static_cast<std::uint64_t>(message.readings);
  return total;
}

// Waits until the edge has dealt with all readings; how many are missing if it does not.
Result<EdgeFigures> settle(Plant& plant, PlantClient& client, std::uint64_t readings) {
  EdgeFigures figures;
  const Time limit = world::system_clock().steady() + Duration::seconds(60);
  std::size_t heard = 0;
  while (true) {
    TRY(plant.alive());
    figures = TRY(ask_edge(plant));
    const bool all = figures.readings + figures.rejected_total >= readings;
    if (all && client.heard().size() >= figures.predictions && client.heard().size() == heard)
      return figures;
    if (world::system_clock().steady() > limit) return figures;
    heard = client.heard().size();
    client.listen(Duration::millis(300), [] { return false; });
  }
}

// The edge fetches the models, and says so.
Result<void> wait_for_service(Plant& plant, HubClient& client,
                              const std::vector<DemoVersion>& versions) {
  const Time limit = world::system_clock().steady() + Duration::seconds(60);
  while (!TRY(in_service(client, std::string(kPlantEdge), versions))) {
    TRY(plant.alive());
    if (world::stop_requested()) return fail(Code::unavailable, "told to stop");
    if (world::system_clock().steady() > limit)
      return fail(Code::timeout, "the edge has not taken the models in time; see " +
                                     plant.hub()->folder() + "/hub.log");
    world::system_clock().sleep(Duration::millis(100));
  }
  return {};
}

// Both people are scripts.
Result<void> serve_models(Plant& plant, const DemoOptions& asked) {
  HubClient engineer = TRY(sign_in(plant.hub()->folder(), kEngineer));
  const auto versions = TRY(publish_models(engineer, {asked.demo, asked.models}));
  HubClient reviewer = TRY(sign_in(plant.hub()->folder(), kReviewer));
  TRY(approve_all(reviewer));
  TRY(put_into_service(engineer, versions));
  return wait_for_service(plant, engineer, versions);
}

Result<Run> replay(const DemoOptions& asked, const std::vector<Message>& messages, double rate,
                   const std::string& title) {
  const std::string folder = asked.state + "/" + title;
  auto plant = TRY(Plant::start({.demo_folder = asked.demo,
                                 .models_folder = asked.models,
                                 .folder = folder,
                                 .with_hub = true}));
  TRY_WITH(serve_models(*plant, asked), "putting the models into service");
  auto client = TRY(PlantClient::connect(plant->broker(), "demo-plant"));
  ProgressBar bar(title);
  const Time start = world::system_clock().steady();
  Result<void> alive;
  TRY(client->send(messages, rate, [&](std::size_t sent) {
    bar.show("replay", static_cast<double>(sent) / static_cast<double>(messages.size()));
    alive = plant->alive();
    return alive.has_value() && !world::stop_requested();
  }));
  TRY(std::move(alive));
  bar.finish();
  Run run;
  run.edge = TRY(settle(*plant, *client, readings_of(messages)));
  run.seconds = (client->last_heard() - start).as_seconds();
  run.heard = client->heard();
  run.latencies_ms = client->latencies_ms();
  run.edge_rss_mb = static_cast<double>(world::resident_bytes(plant->edge_pid())) / 1048576.0;
  run.ready_after = plant->ready_after();
  return run;
}

void write_report(const Run& paced, const Run& unpaced, const LifeErrors& life,
                  const FailureWarnings& warnings, std::uint64_t sent) {
  codec::JsonWriter json;
  const EdgeFigures& edge = paced.edge;
  json.begin_object().member("readings_in", edge.readings);
  json.key("rejected").begin_object();
  for (const auto& [reason, count] : edge.rejected) json.member(reason, count);
  json.end_object().member("predictions", edge.predictions).member("alerts", edge.alerts);
  json.member("engines", std::uint64_t{life.engines}).member("rmse", life.rmse);
  json.member("rmse_capped", life.rmse_capped).member("nasa_score", life.nasa_score);
  json.key("nab").begin_object().member("detected", std::uint64_t{warnings.detected});
  json.member("windows", std::uint64_t{warnings.windows});
  json.member("false_alarms", std::uint64_t{warnings.false_alarms});
  json.member("lead_minutes", warnings.lead_minutes).end_object();
  json.key("latency_ms").begin_object().member("p50", quantile(paced.latencies_ms, 0.5));
  json.member("p99", quantile(paced.latencies_ms, 0.99));
  json.member("p999", quantile(paced.latencies_ms, 0.999)).end_object();
  json.member("readings_per_s", static_cast<double>(unpaced.edge.readings) / unpaced.seconds);
  json.member("edge_rss_mb", paced.edge_rss_mb);
  json.member("ready_s", paced.ready_after.as_seconds());
  const auto missing = [&](const Run& run) {
    return static_cast<std::int64_t>(sent) -
           static_cast<std::int64_t>(run.edge.readings + run.edge.rejected_total);
  };
  json.member("lost", std::max<std::int64_t>(missing(paced), 0) +
                          std::max<std::int64_t>(missing(unpaced), 0));
  json.end_object();
  std::puts(json.text().c_str());
}

Result<void> run_batch(DemoOptions asked) {
  asked.state += "/batch-" + world::system_random().token(4);
  TRY(train_demo(asked.demo, asked.models));
  const auto messages = TRY(load_replay(world::system_files(), asked.demo));
  const Run paced = TRY(replay(asked, messages, kPacedRate, "paced"));
  const Run unpaced = TRY(replay(asked, messages, 0, "unpaced"));
  const LifeErrors life = TRY(life_errors(world::system_files(), asked.demo, paced.heard));
  const Labels labels = TRY(load_labels(world::system_files(), asked.demo));
  write_report(paced, unpaced, life, failure_warnings(labels, paced.edge.machine_alerts),
               readings_of(messages));
  return world::remove_tree(asked.state);
}

// The number by which people can end us: of the process that entered the build environment, where
// we have a namespace of our own.
int known_process() {
  const auto outer = to_number(world::environment("LINESIDE_PROCESS").value_or(""));
  return outer && *outer >= 1 && *outer <= 1e9 ? static_cast<int>(*outer) : world::self_pid();
}

// Before anything of the state is touched: another demo may be running on it.
Result<world::FileLock> lock_state(const std::string& folder) {
  world::Files& files = world::system_files();
  TRY(files.make_directories(folder));
  auto lock = world::FileLock::take(folder + "/lock", known_process());
  if (lock || lock.error().code != Code::conflict) return lock;
  const auto holder = files.read(folder + "/lock");
  return fail(Code::conflict,
              std::format("the demo plant already runs (process {}): stop it first, Ctrl-C in its "
                          "terminal",
                          holder ? trim(as_text(*holder)) : "unknown"));
}

// Another shell, as the person who did not make the models.
Result<void> run_approve(const DemoOptions& asked) {
  HubClient reviewer = TRY(sign_in(asked.state + "/page/hub", kReviewer));
  const std::size_t approved = TRY(approve_all(reviewer));
  say_line(approved == 0
               ? "nothing waits for approval\n"
               : std::format("{} model version{} approved\n", approved, approved == 1 ? "" : "s"));
  return {};
}

// What another shell has to add to reach this demo.
std::string state_option(const DemoOptions& asked) {
  const bool is_default = asked.state == default_state_folder() + "/demo";
  return is_default ? "" : " --state " + asked.state;
}

void say_where(Plant& plant, const DemoOptions& asked, const std::string& hub_page) {
  say_line(
      std::format("\nLineside is running. Open its pages:\n\n  edge  {}\n  hub   {}\n        "
                  "sign in as \"{}\"\n\n"
                  "The edge's address works once; `./dev build/release/lineside link --demo{}` "
                  "gives another.\nThe browser warns of the hub's certificate: it is of the hub's "
                  "own authority\n({}/data/keys/ca.pem).\n"
                  "Ctrl-C stops everything.\n\n",
                  plant.page(), hub_page, kYou, state_option(asked), plant.hub()->folder()));
}

void say_waiting(const DemoOptions& asked) {
  say_line(std::format(
      "The models wait for the approval of somebody who did not make them: on the hub's "
      "page sign in as \"{}\"\n(the first time its link lets you choose the password) and open "
      "Approvals, or, in another\nshell: ./run --approve{}\n\n",
      kYou, state_option(asked)));
}

// Returns when the models are in service, or when told to stop.
Result<void> wait_for_approval(Plant& plant, const DemoOptions& asked) {
  HubClient engineer = TRY(sign_in(plant.hub()->folder(), kEngineer));
  const auto versions = TRY(publish_models(engineer, {asked.demo, asked.models}));
  Approved approved = TRY(approval_of(engineer, versions));
  if (approved == Approved::waiting) say_waiting(asked);
  while (approved == Approved::waiting && !world::stop_requested()) {
    world::system_clock().sleep(Duration::millis(300));
    TRY(plant.alive());
    approved = TRY(approval_of(engineer, versions));
  }
  if (approved == Approved::rejected)
    return fail(Code::denied, "they were rejected: see Approvals on the hub's page");
  if (approved == Approved::waiting) return {};
  TRY(put_into_service(engineer, versions));
  TRY(wait_for_service(plant, engineer, versions));
  say_line("The models are in service.\n\n");
  return {};
}

// The replay goes on where the last run left it, as the plant's history does.
Result<void> run_page(const DemoOptions& asked) {
  world::Files& files = world::system_files();
  const std::string folder = asked.state + "/page";
  const world::FileLock lock = TRY(lock_state(asked.state));
  if (asked.fresh) TRY(world::remove_tree(folder));
  TRY(train_demo(asked.demo, asked.models));
  auto messages = TRY(load_replay(files, asked.demo));
  const std::size_t all = messages.size();
  const std::string mark = folder + "/replayed";
  std::size_t done = 0;
  if (const auto text = files.read(mark))
    done = static_cast<std::size_t>(to_number(trim(as_text(*text))).value_or(0));
  messages.erase(messages.begin(),
                 messages.begin() + static_cast<std::ptrdiff_t>(std::min(done, all)));

  auto plant = TRY(Plant::start({.demo_folder = asked.demo,
                                 .models_folder = asked.models,
                                 .folder = folder,
                                 .with_hub = true}));
  say_where(*plant, asked, TRY(plant->hub()->page()));
  TRY_WITH(wait_for_approval(*plant, asked), "putting the models into service");
  if (world::stop_requested()) return {};
  auto client = TRY(PlantClient::connect(plant->broker(), "demo-plant"));
  Result<void> alive;
  {
    ProgressBar bar("replay");
    TRY(client->send(messages, static_cast<double>(asked.rate), [&](std::size_t sent) {
      bar.show("of the recordings", static_cast<double>(done + sent) / static_cast<double>(all));
      alive = plant->alive();
      return alive.has_value() && !world::stop_requested();
    }));
    const std::string sent = std::to_string(done + client->acknowledged());
    TRY(files.write_atomic(mark, as_bytes(sent)));
  }
  TRY(std::move(alive));
  if (!world::stop_requested())
    say_line("All recordings are replayed; the page stays up. `./run --fresh` starts over.\n");
  while (!world::stop_requested()) {
    TRY(plant->alive());
    client->listen(Duration::millis(200), [] { return false; });
  }
  std::fputs("\nstopping\n", stderr);
  return {};
}

}  // namespace

int run_demo(const Arguments& arguments) {
  DemoOptions asked;
  asked.state = default_state_folder() + "/demo";
  Options options("demo", "Trains, replays two machines through a broker, shows the page.");
  options.flag("--batch", asked.batch, "no page: replay, print one JSON report, end");
  options.flag("--approve", asked.approve, "approve what a running demo waits for, and end");
  options.flag("--fresh", asked.fresh, "forget earlier replays, alerts and verdicts");
  options.text("--demo", asked.demo, "folder with the recordings and manifests");
  options.text("--state", asked.state, "folder of broker, edge and models");
  options.number("--rate", asked.rate, "messages per second of the page's replay");
  if (const auto code = options.parse(arguments)) return *code;
  if (asked.rate < 1 || asked.rate > 100000)
    return report("demo", invalid("--rate: expected 1 to 100000"));
  asked.models = asked.state + "/models";
  world::catch_signals();
  const auto done = asked.approve ? run_approve(asked)
                    : asked.batch ? run_batch(asked)
                                  : run_page(asked);
  if (!done && world::stop_requested()) return 0;
  return done ? 0 : report("demo", done.error());
}

}  // namespace lineside::cli
