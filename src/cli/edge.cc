#include "edge/edge.h"

#include <cstdio>
#include <format>

#include "base/log.h"
#include "base/text.h"
#include "cli/admit.h"
#include "cli/options.h"
#include "cli/verbs.h"
#include "domain/reading.h"
#include "edge/server.h"
#include "net/socket.h"
#include "world/process.h"

namespace lineside::cli {

namespace {

struct Asked {
  edge::EdgeOptions edge;
  edge::ServerOptions server;
  std::string address_file;
};

constexpr Duration kTurn = Duration::millis(50);           // of looking for signals
constexpr Duration kReleaseEvery = Duration::seconds(60);  // of memory

void take_reload(edge::Edge& running) {
  const edge::Reloaded done = running.reload();
  for (const std::string& problem : done.problems) log::error("edge", "{}", problem);
  if (!done.problems.empty()) log::error("edge", "the configuration stays as it was");
}

Result<void> run_until_told(const Asked& asked) {
  net::SystemDialer dialer;
  const net::HttpFiles page(embedded_ui());
  edge::EdgeWorld world{world::system_files(), world::system_clock(), world::system_random(),
                        dialer, admission(asked.edge.data_folder + "/admitted")};
  const auto running = TRY(edge::Edge::open(asked.edge, world));
  const auto server = TRY(edge::Server::start(asked.server, *running, page));
  running->start();
  std::puts(server->address().c_str());
  std::fflush(stdout);
  if (!asked.address_file.empty())
    TRY(world::system_files().write_atomic(asked.address_file, as_bytes(server->address() + "\n")));
  Time release = world::system_clock().steady();
  while (!world::stop_requested()) {
    if (world::take_reload_request()) take_reload(*running);
    if (world::system_clock().steady() >= release) {
      world::release_memory();
      release = world::system_clock().steady() + kReleaseEvery;
    }
    world::system_clock().sleep(kTurn);
  }
  log::info("edge", "stopping");
  server->stop();
  running->stop();
  return {};
}

}  // namespace

int run_edge(const Arguments& arguments) {
  Asked asked;
  asked.edge.data_folder = default_state_folder();
  std::int64_t lanes = 1;
  std::int64_t history_mb = 1024;
  Options options("edge", "Runs an edge: ingest, decide, alert, serve the page.");
  options.required("--config", asked.edge.config_folder, "folder with *.yaml manifests");
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
