#include "hub/hub.h"

#include <cstdio>
#include <format>

#include "base/log.h"
#include "base/text.h"
#include "cli/options.h"
#include "cli/secret_file.h"
#include "cli/verbs.h"
#include "crypt/x509.h"
#include "domain/reading.h"
#include "hub/edges/edges.h"
#include "hub/lineage_post.h"
#include "hub/server.h"
#include "net/socket.h"
#include "world/private_file.h"
#include "world/process.h"

namespace lineside::cli {

namespace {

struct HubVerbOptions {
  hub::HubOptions hub;
  hub::ServerOptions server;
  std::string hosts;            // separated by commas
  std::string passphrase_file;  //
  std::string pin_file;         //
  std::string address_file;     //
  std::string lineage;          // a file or a URL
  std::string lineage_token_file;
  std::string lineage_ca;
};

constexpr Duration kHubTurn = Duration::millis(50);           // of looking for signals
constexpr Duration kHubTickEvery = Duration::seconds(1);      //
constexpr Duration kHubReleaseEvery = Duration::seconds(60);  // of memory

// Who can read them can open the keys.
Result<void> read_files(HubVerbOptions& asked) {
  for (const std::string& path : {asked.passphrase_file, asked.pin_file})
    if (!path.empty()) TRY(world::check_private(path));
  asked.hub.keys.passphrase = TRY(read_secret(asked.passphrase_file));
  asked.hub.keys.pin = TRY(read_secret(asked.pin_file));
  if (asked.hosts.empty()) return {};
  for (const std::string_view host : split(asked.hosts, ','))
    asked.server.hosts.emplace_back(trim(host));
  return {};
}

using LineagePostPtr = std::unique_ptr<hub::LineagePost>;

// That the file can be read and begins with a certificate; the connection takes all that are in it.
Result<void> check_authorities(const std::string& file) {
  constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
  constexpr std::string_view kEnd = "-----END CERTIFICATE-----";
  const Bytes bytes = TRY(world::system_files().read(file));
  const std::string_view text = as_text(bytes);
  const auto begin = text.find(kBegin);
  const auto end = text.find(kEnd, begin == std::string_view::npos ? text.size() : begin);
  if (end == std::string_view::npos)
    return invalid(file + ": expected a certificate in PEM, found none");
  const std::string first(text.substr(begin, end + kEnd.size() - begin));
  TRY_WITH(crypt::parse_certificate(first + "\n"), file);
  return {};
}

// Nothing where the events stay in a file.
Result<LineagePostPtr> open_lineage(HubVerbOptions& asked, world::Dialer& dialer) {
  if (!asked.lineage.contains("://")) {
    if (!asked.lineage_token_file.empty() || !asked.lineage_ca.empty())
      return invalid("--lineage-token-file and --lineage-ca: expected a URL in --lineage");
    // Else nobody would hear of it before an event is lost.
    if (!asked.lineage.empty()) TRY_WITH(world::system_files().open(asked.lineage), "--lineage");
    asked.hub.lineage_file = asked.lineage;
    return LineagePostPtr();
  }
  if (!asked.lineage_ca.empty()) TRY_WITH(check_authorities(asked.lineage_ca), "--lineage-ca");
  asked.hub.lineage_file = asked.hub.data_folder + "/lineage.ndjson";
  return hub::LineagePost::open({.url = asked.lineage,
                                 .token = TRY(read_secret(asked.lineage_token_file)),
                                 .ca_file = asked.lineage_ca,
                                 .events_file = asked.hub.lineage_file,
                                 .sent_file = asked.hub.data_folder + "/lineage.sent"},
                                {dialer});
}

// The address, or the set-up link while there is one, and whom to pin.
std::string reach_of(const hub::Hub& running, const hub::Server& server) {
  const std::string link = server.setup_link();
  return std::format("{}\nca-sha256 {}\n", link.empty() ? server.url() + "/" : link,
                     running.trust().sha256);
}

Result<void> write_reach(const HubVerbOptions& asked, const std::string& reach) {
  if (asked.address_file.empty()) return {};
  return world::system_files().write_atomic(asked.address_file, as_bytes(reach));
}

Result<void> announce(const HubVerbOptions& asked, const hub::Hub& running,
                      const hub::Server& server) {
  if (!server.setup_link().empty())
    std::puts("Open this once to become the hub's first admin; it is void when the hub ends:");
  const std::string reach = reach_of(running, server);
  std::fputs(reach.c_str(), stdout);
  std::fflush(stdout);
  return write_reach(asked, reach);
}

// One turn of the server. Whoever reads the file pins what another certificate came with.
void tick(const HubVerbOptions& asked, const hub::Hub& running, hub::Server& server) {
  const std::string before = running.trust().sha256;
  server.tick();
  if (running.trust().sha256 == before) return;
  if (const auto written = write_reach(asked, reach_of(running, server)); !written)
    log::error("hub", "--address-file has the former ca-sha256: {}", written.error().text);
}

Result<void> run_until_told(HubVerbOptions& asked) {
  TRY(read_files(asked));
  const net::HttpFiles page(embedded_ui());
  net::SystemDialer dialer;
  const auto lineage = TRY(open_lineage(asked, dialer));
  const auto running = TRY(hub::Hub::open(asked.hub));
  const auto edges = TRY(hub::Edges::open(*running));
  asked.server.more_metrics = [&lineage, &edges] {
    return edges->metrics_text() + (lineage ? lineage->metrics_text() : "");
  };
  const auto server = TRY(hub::Server::start(asked.server, *running, page));
  edges->start();
  if (lineage) lineage->start();
  TRY(announce(asked, *running, *server));
  world::Clock& clock = world::system_clock();
  Time next_tick = clock.steady();
  Time release = next_tick;
  while (!world::stop_requested()) {
    if (clock.steady() >= next_tick) {
      tick(asked, *running, *server);
      next_tick = clock.steady() + kHubTickEvery;
    }
    if (clock.steady() >= release) {
      world::release_memory();
      release = clock.steady() + kHubReleaseEvery;
    }
    clock.sleep(kHubTurn);
  }
  log::info("hub", "stopping");
  edges->stop();
  server->stop();
  return {};
}

}  // namespace

int run_hub(const Arguments& arguments) {
  HubVerbOptions asked;
  asked.hub.data_folder = default_hub_folder();
  Options options("hub", "Runs a hub: catalog, access, audit log, approvals, edges.");
  options.text("--data", asked.hub.data_folder, "folder of the hub's state");
  options.text("--name", asked.hub.name, "name of this hub, as people see it");
  options.text("--listen", asked.server.listen,
               "address of page and API; port 0: as before, or a free one");
  options.text("--host", asked.hosts, "names by which others reach it, separated by commas");
  options.text("--tls-cert", asked.server.tls_cert, "PEM chain of your own; else the hub's CA");
  options.text("--tls-key", asked.server.tls_key, "PEM private key");
  options.text("--passphrase-file", asked.passphrase_file, "file with the passphrase of the keys");
  options.text("--audit-key", asked.hub.keys.audit_uri, "PKCS #11 URI of the audit log's key");
  options.text("--state-key", asked.hub.keys.state_uri, "PKCS #11 URI of the desired states' key");
  options.text("--ca-key", asked.hub.keys.ca_uri, "PKCS #11 URI of the authority's key");
  options.text("--pin-file", asked.pin_file, "file with the PIN of the PKCS #11 module");
  options.text("--lineage", asked.lineage, "OpenLineage events: append to a file or post to a URL");
  options.text("--lineage-token-file", asked.lineage_token_file, "bearer token of that URL");
  options.text("--lineage-ca", asked.lineage_ca, "PEM of whom to trust there; else the system's");
  options.text("--address-file", asked.address_file, "write the address here when ready");
  if (const auto code = options.parse(arguments)) return *code;
  if (!domain::is_name(asked.hub.name))
    return report("hub", invalid("--name: expected 1 to 128 of A-Z a-z 0-9 . _ : -, found '" +
                                 excerpt(asked.hub.name, 60) + "'"));
  world::catch_signals();
  world::share_heaps();
  const auto done = run_until_told(asked);
  return done ? 0 : report("hub", done.error());
}

}  // namespace lineside::cli
