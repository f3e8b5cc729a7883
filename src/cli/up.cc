#include <cstdio>
#include <format>
#include <memory>

#include "base/log.h"
#include "base/text.h"
#include "base/version.h"
#include "cli/admit.h"
#include "cli/edge_join.h"
#include "cli/options.h"
#include "cli/verbs.h"
#include "domain/reading.h"
#include "edge/follow_lanes.h"
#include "edge/server.h"
#include "hub/edges/edges.h"
#include "hub/edges/local_edge.h"
#include "hub/server.h"
#include "net/socket.h"
#include "wire/joined_folder.h"
#include "world/process.h"

namespace lineside::cli {

namespace {

struct UpOptions {
  std::string data;
  std::string site = "plant";
  std::string name = "edge";
  hub::ServerOptions hub{};
  edge::ServerOptions page{};
};

constexpr Duration kTurn = Duration::millis(50);           // of looking for signals
constexpr Duration kTickEvery = Duration::seconds(1);      //
constexpr Duration kReleaseEvery = Duration::seconds(60);  // of memory

// The hub first, and last to go: the edge talks to it.
class HubHere {
 public:
  static Result<std::unique_ptr<HubHere>> start(const UpOptions& asked,
                                                const net::HttpFiles& page) {
    // tidy: the constructor is private
    std::unique_ptr<HubHere> here(new HubHere);
    here->hub_ = TRY(hub::Hub::open({.data_folder = asked.data + "/hub"}));
    here->edges_ = TRY(hub::Edges::open(*here->hub_));
    hub::ServerOptions options = asked.hub;
    options.more_metrics = [edges = here->edges_.get()] { return edges->metrics_text(); };
    here->server_ = TRY(hub::Server::start(options, *here->hub_, page));
    here->edges_->start();
    return here;
  }
  ~HubHere() {
    if (edges_) edges_->stop();
    if (server_) server_->stop();
  }
  HubHere(const HubHere&) = delete;
  HubHere& operator=(const HubHere&) = delete;

  hub::Hub& hub() { return *hub_; }
  hub::Server& server() { return *server_; }

 private:
  HubHere() = default;
  std::unique_ptr<hub::Hub> hub_;
  std::unique_ptr<hub::Edges> edges_;
  std::unique_ptr<hub::Server> server_;
};

// Over the wire, as an edge elsewhere would. Another address makes no other hub of it: who was
// revoked would come in again by another port.
Result<wire::Joined> join_here(const UpOptions& asked, HubHere& here, const std::string& data) {
  world::Files& files = world::system_files();
  auto joined = TRY(wire::load_joined(data, files));
  const std::string url = here.server().url();
  const std::string authority = here.hub().keys().ca_fingerprint();
  if (joined && joined->identity.edge == asked.name &&
      wire::names_authority(joined->identity.ca, authority)) {
    if (joined->identity.url != url) TRY(note_address(*joined, url, data));
    return std::move(*joined);
  }
  const std::string token = TRY(hub::enrol_local_edge(here.hub(), asked.site, asked.name));
  TRY(join_hub({.url = url,
                .token = token,
                .ca_sha256 = authority,
                .edge = asked.name,
                .version = std::string(kVersion)},
               data));
  joined = TRY(wire::load_joined(data, files));
  if (!joined) return fail(Code::internal, "the edge has joined and knows nothing of it");
  return std::move(*joined);
}

void announce(HubHere& here, edge::Server& page) {
  const std::string link = here.server().setup_link();
  std::puts(std::format("hub   {}", link.empty() ? here.server().url() + "/" : link).c_str());
  std::puts(std::format("edge  {}", page.address()).c_str());
  std::puts(std::format("ca-sha256 {}", here.hub().keys().ca_fingerprint()).c_str());
  std::fflush(stdout);
}

void run_both(HubHere& here, edge::FollowLanes& follow) {
  world::Clock& clock = world::system_clock();
  Time tick = clock.steady();
  Time release = tick;
  while (!world::stop_requested()) {
    if (world::take_reload_request()) follow.retry();
    if (clock.steady() >= tick) {
      here.server().tick();
      tick = clock.steady() + kTickEvery;
    }
    if (clock.steady() >= release) {
      world::release_memory();
      release = clock.steady() + kReleaseEvery;
    }
    clock.sleep(kTurn);
  }
}

Result<void> run_until_told(UpOptions& asked) {
  const net::HttpFiles files(embedded_ui());
  const auto here = TRY(HubHere::start(asked, files));
  const std::string data = asked.data + "/edge";
  auto joined = TRY_WITH(join_here(asked, *here, data), "the edge joins its hub");
  net::SystemDialer dialer;
  const edge::EdgeWorld world{world::system_files(), world::system_clock(), world::system_random(),
                              dialer, admission(data + "/admitted")};
  const auto follow = TRY(edge::FollowLanes::open(data, std::move(joined), world));
  edge::EdgeOptions options;
  options.data_folder = data;
  options.name = asked.name;
  const auto running = TRY(follow->open_edge(options));
  asked.page.data_folder = data;
  const auto page = TRY(edge::Server::start(asked.page, *running, files));
  running->start();
  follow->start(*running);
  announce(*here, *page);
  run_both(*here, *follow);
  log::info("up", "stopping");
  follow->stop();
  page->stop();
  running->stop();
  return {};
}

}  // namespace

int run_up(const Arguments& arguments) {
  UpOptions asked;
  asked.data = default_up_folder();
  Options options("up", "Runs a hub and an edge that has joined it, in one process.");
  options.text("--data", asked.data, "folder of both states: hub/ and edge/");
  options.text("--site", asked.site, "site of the edge, made where the catalog has none");
  options.text("--name", asked.name, "name of the edge");
  options.text("--listen", asked.hub.listen,
               "address of the hub; port 0: as before, or a free one");
  options.text("--edge-listen", asked.page.listen, "address of the edge's page");
  options.text("--edge-tls-cert", asked.page.tls_cert, "PEM chain; needed beyond loopback");
  options.text("--edge-tls-key", asked.page.tls_key, "PEM private key");
  options.text("--api-token-file", asked.page.token_file,
               "file with the token of programs at the edge");
  if (const auto code = options.parse(arguments)) return *code;
  for (const auto& [option, name] : {std::pair("--name", asked.name), {"--site", asked.site}})
    if (!domain::is_name(name))
      return report("up", invalid(std::format("{}: expected 1 to 128 of A-Z a-z 0-9 . _ : -, "
                                              "found '{}'",
                                              option, excerpt(name, 60))));
  world::catch_signals();
  world::share_heaps();
  const auto done = run_until_told(asked);
  return done ? 0 : report("up", done.error());
}

}  // namespace lineside::cli
