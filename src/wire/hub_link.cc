#include "wire/hub_link.h"

#include <algorithm>

#include "wire/artifact.h"

namespace lineside::wire {

namespace {

net::HttpClientOptions client_options(const Identity& identity, const Credential& credential,
                                      const LinkOptions& options) {
  net::HttpClientOptions out;
  out.tls.ca_pem = identity.ca;
  out.tls.cert_pem = credential.certificate;
  out.tls.key_pem = credential.key;
  out.limit = options.limit;
  out.dial_limit = options.dial_limit;
  out.body_max = 2 * kMessageBytesMax;
  return out;
}

}  // namespace

Result<Joined> join(const JoinOrder& order, LinkWorld world) {
  TRY(check_order(order));
  CertificateCall asked = TRY(join_call(order));
  net::HttpClientOptions options;
  options.tls.ca_sha256 = order.ca_sha256;
  net::HttpConnection connection(order.url, world.dialer, world.clock, options);
  const net::HttpResponse response = TRY(connection.send(asked.call));
  if (!is_success(response)) return error_of(response);
  return read_joined(response, order, std::move(asked.key), world.clock.now());
}

HubLink::HubLink(Identity identity, Credential credential, LinkWorld world, LinkOptions options)
    : identity_(std::move(identity)),
      credential_(std::move(credential)),
      world_(world),
      options_(options),
      patience_(options.backoff) {
  connect_anew();
}

void HubLink::connect_anew() {
  auto fresh = std::make_shared<net::HttpConnection>(
      identity_.url, world_.dialer, world_.clock, client_options(identity_, credential_, options_));
  const std::lock_guard lock(mutex_);
  connection_.swap(fresh);
}

void HubLink::wake() {
  std::shared_ptr<net::HttpConnection> connection;
  {
    const std::lock_guard lock(mutex_);
    connection = connection_;
  }
  connection->wake();
}

void HubLink::close() { connection_->close(); }

Result<net::HttpResponse> HubLink::call(const net::HttpCall& call, Duration limit) {
  patience_.call_begins();
  net::HttpResponse response = TRY(connection_->send(call, limit));
  if (is_success(response)) return response;
  patience_.note(response);
  return error_of(response);
}

Result<void> HubLink::tell(std::string_view path, std::string body) {
  TRY(call(tell_call(path, std::move(body)), options_.limit));
  return {};
}

Result<std::optional<crypt::Envelope>> HubLink::poll(std::uint64_t after, Duration wait) {
  return read_offered(TRY(call(poll_call(after, wait), options_.limit + std::min(wait, kWaitMax))));
}

Result<void> HubLink::fetch(const DesiredArtifact& artifact, const std::string& folder,
                            world::Files& files) {
  ArtifactSink sink = TRY(ArtifactSink::open(artifact, folder, files));
  if (!sink.whole()) {
    patience_.call_begins();
    const std::uint64_t before = sink.resume().offset;
    const auto response = connection_->download(
        {.target = std::string(kArtifactsPath) + artifact.digest}, sink.resume(), sink);
    // What was got is kept: a line that is cut again and again still brings all of it, soon.
    if (!response && sink.resume().offset > before) patience_.worked();
    if (!response) return response.error();
    if (!is_success(*response)) {
      patience_.note(*response);
      return error_of(*response);
    }
  }
  return sink.finish();
}

Result<void> HubLink::report(const StateReport& report) {
  TRY(call(report_call(report), options_.limit));
  return {};
}
Result<void> HubLink::discovered(const Discovered& discovered) {
  return tell(kDiscoveredPath, write_message(discovered));
}
Result<void> HubLink::send(const Batch& batch) { return tell(kBatchPath, write_message(batch)); }

bool HubLink::renewal_due() const { return world_.clock.now() >= identity_.renew_after; }

Result<Joined> HubLink::renew() {
  CertificateCall asked = TRY(renew_call());
  const net::HttpResponse response = TRY(call(asked.call, options_.limit));
  return read_renewed(response, identity_, std::move(asked.key), world_.clock.now());
}

void HubLink::use(Joined joined) {
  identity_ = std::move(joined.identity);
  credential_ = std::move(joined.credential);
  connect_anew();
}

Duration HubLink::pause_after(const Error& error) { return patience_.after(error, world_.random); }

}  // namespace lineside::wire
