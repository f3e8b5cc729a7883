#include "benchmarks/hub_process.h"

#include <filesystem>
#include <format>

#include "base/text.h"
#include "benchmarks/meter.h"
#include "codec/catalog.h"
#include "crypt/digest.h"
#include "hub/access/sessions.h"
#include "world/clock.h"
#include "world/files.h"
#include "world/free_port.h"
#include "world/random.h"

namespace lineside::benchmarks {

namespace {

constexpr Duration kStartLimit = Duration::seconds(120);
constexpr Duration kEndLimit = Duration::seconds(30);
constexpr std::string_view kTokenName = "bench";

std::string program() {
  return (std::filesystem::path(world::self_path()).parent_path() / "lineside").string();
}

// A program that may all, with a secret of this run.
Result<void> admit_program(hub::Hub& hub, const std::string& secret, Time expires) {
  store::ObjectWrite write;
  write.object =
      plant_object(domain::Kind::token, std::string(kTokenName),
                   std::format(R"({{"expires":"2100-01-01T00:00:00Z","role":"admin"}})"));
  write.object.refs = TRY(codec::spec_refs(domain::Kind::token, write.object.spec)).refs;
  store::CatalogBatch batch;
  batch.writes = std::span(&write, 1);
  batch.author = "bench";
  batch.actor = "bench";
  batch.time = world::system_clock().now();
  const auto applied = TRY(hub.apply(batch));
  if (!applied.problems.empty()) return fail(Code::internal, applied.problems.front().text);
  const hub::GrantBook grants(hub.db().catalog());
  const auto scope = TRY(grants.scope_of(hub::SecretUse::token, std::string(kTokenName)));
  store::HubTokens& tokens = hub.db().tokens();
  TRY(hub::remove_secret(tokens, std::string(kTokenName)));
  return tokens.add({.name = std::string(kTokenName),
                     .digest = crypt::sha256_hex(as_bytes(secret)),
                     .owner = std::string(kTokenName),
                     .scope = hub::to_text(scope),
                     .created = batch.time,
                     .expires = expires,
                     .used = {}},
                    {});
}

Result<void> admit_edges(hub::Hub& hub, const std::string& secret, Time expires) {
  store::EnrolmentToken token;
  token.name = "bench-" + world::system_random().token(6);
  token.digest = crypt::sha256_hex(as_bytes(secret));
  token.site = HubPlant::site(0);
  token.created_by = std::format("token/{}", kTokenName);
  token.created = world::system_clock().now();
  token.expires = expires;
  token.max_uses = 100'000;
  return hub.db().tokens().add_enrolment(token, {});
}

}  // namespace

Result<std::unique_ptr<HubProcess>> HubProcess::start(const Bench& bench, const HubPlant& plant,
                                                      const std::string& folder) {
  std::unique_ptr<HubProcess> out(new HubProcess);  // private constructor
  out->folder_ = folder;
  out->port_ = TRY(world::free_loopback_port());
  out->token_ = "lst_" + world::system_random().token(32);
  out->enrolment_ = "lse_" + world::system_random().token(32);
  TRY(out->prepare(bench, plant));
  TRY(out->launch());
  return out;
}

Result<void> HubProcess::prepare(const Bench& bench, const HubPlant& plant) {
  const auto hub = TRY(hub::Hub::open({.data_folder = folder_ + "/hub"}));
  TRY(plant.build(bench, *hub, folder_));
  const Time expires = world::system_clock().now() + Duration::seconds(86400);
  TRY(admit_program(*hub, token_, expires));
  TRY(admit_edges(*hub, enrolment_, expires));
  ca_sha256_ = hub->keys().ca_fingerprint();
  ca_pem_ = hub->keys().authority.certificate_pem();
  return {};
}

Result<void> HubProcess::launch() {
  const std::string address = folder_ + "/address";
  TRY(world::system_files().remove(address));
  const std::string listen = std::format("127.0.0.1:{}", port_);
  const std::string log = folder_ + "/hub.log";
  process_.emplace(
      TRY(world::Process::start({.command = {program(), "hub", "--data", folder_ + "/hub",
                                             "--listen", listen, "--address-file", address},
                                 .stdout_file = log,
                                 .stderr_file = log,
                                 .environment = {}})));
  url_ = "https://" + listen;
  const Time limit = wall() + kStartLimit;
  while (!world::system_files().exists(address)) {
    if (process_->wait({})) return fail(Code::unavailable, "the hub has ended: see " + log);
    if (wall() > limit) return fail(Code::timeout, "the hub does not start: see " + log);
    pause(Duration::millis(10));
  }
  return {};
}

Result<void> HubProcess::restart(int signal) {
  process_->signal(signal);
  if (!process_->wait(kEndLimit)) return fail(Code::timeout, "the hub does not end");
  return launch();
}

HubProgram::HubProgram(const HubProcess& hub) : authorization_("Bearer " + hub.token()) {
  net::HttpClientOptions options;
  options.tls.ca_pem = hub.ca_pem();
  options.limit = Duration::seconds(120);
  connection_ = std::make_unique<net::HttpConnection>(hub.url(), dialer_, world::system_clock(),
                                                      std::move(options));
}

Result<std::string> HubProgram::call(std::string method, const std::string& target,
                                     std::string body) {
  net::HttpCall call{
      std::move(method), target, {{"Authorization", authorization_}}, std::move(body)};
  if (!call.body.empty()) call.headers.push_back({"Content-Type", "application/json"});
  auto response = TRY(connection_->send(call));
  if (response.status < 200 || response.status > 299)
    return fail(Code::internal, std::format("{} {}: {} {}", call.method, target, response.status,
                                            excerpt(response.body, 300)));
  return std::move(response.body);
}

}  // namespace lineside::benchmarks
