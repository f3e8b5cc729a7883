#include "edge/edge.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <format>
#include <memory>
#include <optional>

#include "base/log.h"
#include "base/text.h"
#include "cli/admit.h"
#include "cli/options.h"
#include "cli/verbs.h"
#include "domain/reading.h"
#include "edge/follow_lanes.h"
#include "edge/server.h"
#include "net/socket.h"
#include "wire/joined_folder.h"
#include "world/process.h"

namespace lineside::cli {

namespace {

struct EdgeVerbOptions {
  edge::EdgeOptions edge;  // without a configuration folder: follows the hub it has joined
  edge::ServerOptions server;
  std::string address_file;
};

struct EdgePart {
  std::string_view name;
  int (*run)(const Arguments& arguments);
};
constexpr std::array<EdgePart, 6> kEdgeParts = {{{"join", run_edge_join},
                                                 {"list", run_edge_list},
                                                 {"show", run_edge_show},
                                                 {"alerts", run_edge_alerts},
                                                 {"revoke", run_edge_revoke},
                                                 {"remove", run_edge_remove}}};

constexpr Duration kEdgeTurn = Duration::millis(50);           // of looking for signals
constexpr Duration kEdgeReleaseEvery = Duration::seconds(60);  // of memory

void take_reload(edge::Edge& running, edge::FollowLanes* follow) {
  if (follow != nullptr) return follow->retry();
  const edge::Reloaded done = running.reload();
  for (const std::string& problem : done.problems) log::error("edge", "{}", problem);
  if (!done.problems.empty()) log::error("edge", "the configuration stays as it was");
}

// Nothing: it runs the manifests of a folder.
Result<std::unique_ptr<edge::FollowLanes>> open_follow(const EdgeVerbOptions& asked,
                                                       const edge::EdgeWorld& world) {
  if (!asked.edge.config_folder.empty()) return std::unique_ptr<edge::FollowLanes>();
  const std::string& data = asked.edge.data_folder;
  auto joined = TRY(wire::load_joined(data, world.files));
  if (!joined)
    return invalid("expected --config FOLDER, or a hub that `lineside edge join` has joined; " +
                   data + " has none");
  return edge::FollowLanes::open(data, std::move(*joined), world);
}

void wait_for_signals(edge::Edge& running, edge::FollowLanes* follow) {
  Time release = world::system_clock().steady();
  while (!world::stop_requested()) {
    if (world::take_reload_request()) take_reload(running, follow);
    if (world::system_clock().steady() >= release) {
      world::release_memory();
      release = world::system_clock().steady() + kEdgeReleaseEvery;
    }
    world::system_clock().sleep(kEdgeTurn);
  }
}

Result<void> run_until_told(const EdgeVerbOptions& asked) {
  // Not a mistake in manifests: none were found to have one.
  if (!asked.edge.config_folder.empty())
    TRY_WITH(world::system_files().list(asked.edge.config_folder), "--config");
  net::SystemDialer dialer;
  const net::HttpFiles page(embedded_ui());
  edge::EdgeWorld world{world::system_files(), world::system_clock(), world::system_random(),
                        dialer, admission(asked.edge.data_folder + "/admitted")};
  const auto follow = TRY(open_follow(asked, world));
  const auto running =
      TRY(follow ? follow->open_edge(asked.edge) : edge::Edge::open(asked.edge, world));
  const auto server = TRY(edge::Server::start(asked.server, *running, page));
  running->start();
  if (follow) follow->start(*running);
  std::puts(server->address().c_str());
  std::fflush(stdout);
  if (!asked.address_file.empty())
    TRY(world::system_files().write_atomic(asked.address_file, as_bytes(server->address() + "\n")));
  wait_for_signals(*running, follow.get());
  log::info("edge", "stopping");
  if (follow) follow->stop();
  server->stop();
  running->stop();
  return {};
}

}  // namespace

int run_edge(const Arguments& arguments) {
  const auto part =
      std::ranges::find(kEdgeParts, arguments.empty() ? "" : arguments[0], &EdgePart::name);
  if (part != kEdgeParts.end()) return part->run({arguments.begin() + 1, arguments.end()});
  EdgeVerbOptions asked;
  asked.edge.data_folder = default_edge_folder();
  std::int64_t lanes = 1;
  std::int64_t history_mb = 1024;
  Options options("edge", "Runs an edge: ingest, decide, alert, serve the page.");
  options.text("--config", asked.edge.config_folder,
               "folder with *.yaml manifests; absent: what the joined hub desires");
  options.text("--data", asked.edge.data_folder, "folder of the edge's state");
  options.text("--name", asked.edge.name, "name of this edge");
  options.text("--listen", asked.server.listen, "address of page and API; port 0: a free one");
  options.text("--tls-cert", asked.server.tls_cert, "PEM chain; needed beyond loopback");
  options.text("--tls-key", asked.server.tls_key, "PEM private key");
  options.text("--api-token-file", asked.server.token_file, "file with the token of programs");
  options.text("--address-file", asked.address_file, "write the page's address here when ready");
  options.number("--flow-lanes", lanes, "threads for windows and models");
  options.number("--history-mb", history_mb, "cap of the readings kept");
  if (const auto code = options.parse(arguments)) return *code;
  if (lanes < 1 || lanes > 64 || history_mb < 1)
    return report("edge", invalid("--flow-lanes: expected 1 to 64, --history-mb: expected >= 1"));
  if (!domain::is_name(asked.edge.name))
    return report("edge", invalid("--name: expected 1 to 128 of A-Z a-z 0-9 . _ : -, found '" +
                                  excerpt(asked.edge.name, 60) + "'"));
  asked.server.data_folder = asked.edge.data_folder;
  asked.edge.flow_lanes = static_cast<std::size_t>(lanes);
  asked.edge.readings_cap_bytes = static_cast<std::uint64_t>(history_mb) << 20U;
  world::catch_signals();
  world::share_heaps();
  const auto done = run_until_told(asked);
  return done ? 0 : report("edge", done.error());
}

}  // namespace lineside::cli
