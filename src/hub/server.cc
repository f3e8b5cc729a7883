#include "hub/server.h"

#include <algorithm>
#include <charconv>
#include <format>

#include "base/log.h"
#include "base/text.h"
#include "crypt/x509.h"
#include "hub/api/api.h"
#include "net/http_server.h"
#include "net/socket.h"

namespace lineside::hub {

namespace {

constexpr Duration kTidyEvery = Duration::seconds(60);
constexpr Duration kRetryAfter = Duration::seconds(3600);  // a renewal that failed
constexpr std::size_t kWorkers = 8;
constexpr std::size_t kDescriptorsBeside = 256;  // of the database, of artifacts that are sent
constexpr std::string_view kCertificateBegin = "-----BEGIN CERTIFICATE-----";
constexpr std::string_view kCertificateEnd = "-----END CERTIFICATE-----";

bool is_ip(const std::string& host) {
  const auto fits = [](char c) { return (c >= '0' && c <= '9') || c == '.'; };
  return host.contains(':') || std::ranges::all_of(host, fits);
}

bool is_any(const std::string& host) { return host == "0.0.0.0" || host == "::"; }

ServerNames names_of(const ServerOptions& options, const world::Endpoint& endpoint) {
  ServerNames names{{"localhost"}, {"127.0.0.1", "::1"}};
  const auto add = [&](const std::string& host) {
    auto& list = is_ip(host) ? names.ips : names.dns;
    if (!std::ranges::contains(list, host)) list.push_back(host);
  };
  if (!is_any(endpoint.host)) add(endpoint.host);
  for (const std::string& host : options.hosts) add(host);
  return names;
}

// The last certificate of a chain is what the others lead to; a lone one is its own authority.
Result<ServerTrust> trust_of_chain(const std::string& path, const world::Files& files) {
  const Bytes bytes = TRY(files.read(path));
  const std::string_view text = as_text(bytes);
  const auto begin = text.rfind(kCertificateBegin);
  const auto end = text.find(kCertificateEnd, begin);
  if (begin == std::string_view::npos || end == std::string_view::npos)
    return invalid(path + ": expected certificates in PEM, found none");
  std::string pem(text.substr(begin, end + kCertificateEnd.size() - begin));
  pem += '\n';
  const auto certificate = TRY_WITH(crypt::parse_certificate(pem), path);
  return ServerTrust{std::move(pem), to_hex(certificate.sha256)};
}

std::string server_metrics(const net::HttpServerCounts& counts) {
  struct Row {
    std::string_view name;
    std::string_view type;
    std::string_view doc;
    const std::atomic<std::uint64_t>& count;
  };
  const Row rows[] = {
      {"connections", "gauge", "Connections that are open.", counts.connections},
      {"streams", "gauge", "Of them, those that follow events.", counts.streams},
      {"waiting", "gauge", "Of them, those that wait for news.", counts.waiting},
      {"requests_total", "counter", "Requests answered.", counts.requests},
      {"refused_total", "counter", "Requests that were no HTTP or beyond a limit.", counts.refused},
      {"timeouts_total", "counter", "Connections closed because they were too slow.",
       counts.timeouts},
      {"displaced_total", "counter", "Waiting connections closed to make room.", counts.displaced},
      {"overloads_total", "counter", "Connections turned away, for there was no room.",
       counts.overloads}};
  std::string text;
  for (const Row& row : rows)
    text += std::format(
        "# HELP lineside_http_{0} {1}\n# TYPE lineside_http_{0} {2}\n"
        "lineside_http_{0} {3}\n",
        row.name, row.doc, row.type, row.count.load(std::memory_order_relaxed));
  return text;
}

// ---- The port ----------------------------------------------------------------------------------

// 0: none was chosen yet.
Result<std::uint16_t> remembered_port(const world::Files& files, const std::string& path) {
  if (!files.exists(path)) return std::uint16_t{0};
  const Bytes bytes = TRY(files.read(path));
  const std::string_view text = trim(as_text(bytes));
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error == std::errc() && end == text.data() + text.size() && port != 0) return port;
  return fail(Code::corrupt,
              std::format("{}: expected a port, found '{}'; delete the file to let a "
                          "free one be chosen",
                          path, excerpt(text, 40)));
}

// Edges and people know a hub by its address: where it may choose the port it takes the one it had.
Result<std::unique_ptr<net::HttpServer>> bind_again(net::HttpServerOptions http,
                                                    const std::string& data, world::Files& files) {
  const std::string path = data + "/port";
  const std::uint16_t before = http.endpoint.port == 0 ? TRY(remembered_port(files, path)) : 0;
  if (before != 0) http.endpoint.port = before;
  auto bound = net::HttpServer::bind(http);
  if (!bound && before != 0 && bound.error().code == Code::conflict)
    return fail(Code::conflict,
                std::format("port {0} is taken, which this hub had before and where its edges look "
                            "for it: end what listens there, or give --listen HOST:PORT with "
                            "another one, at which edges have to join again (delete {1} to let a "
                            "free one be chosen)",
                            before, path));
  if (!bound) return bound.error();
  const std::string text = std::format("{}\n", (*bound)->endpoint().port);
  const auto known = files.read(path);
  if (!known || as_text(*known) != text) TRY(files.write_atomic(path, as_bytes(text)));
  return bound;
}

}  // namespace

// In the order in which they are needed: the server is the first to go.
struct Server::Parts {
  ServerOptions options;
  Hub& hub;
  std::unique_ptr<Api> api;
  std::unique_ptr<net::HttpServer> http;
  std::string url;
  Time renew_at = Time::max();       // of our own certificate, by the wall clock
  std::uint64_t stamp = 0;           // of the operator's certificate
  std::optional<ServerTrust> trust;  // of it
  Time tidy_at;                      // by the steady clock

  bool is_own() const { return options.tls_cert.empty(); }

  Result<net::HttpServerTls> tls(const world::Endpoint& endpoint) {
    net::HttpServerTls made;
    if (is_own()) {
      const std::string path = hub.options().keys.passphrase.empty()
                                   ? hub.options().data_folder + "/keys/server.pem"
                                   : std::string();
      auto certificate = TRY(open_server_certificate(
          path, hub.keys().authority, names_of(options, endpoint), hub.world().clock.now(),
          {hub.world().files, hub.world().random}));
      made.cert_pem = std::move(certificate.certificate_pem);
      made.key_pem = std::move(certificate.key_pem);
      renew_at = certificate.renew_at;
    } else {
      made.cert_file = options.tls_cert;
      made.key_file = options.tls_key;
      stamp = hub.world().files.stamp(options.tls_cert);
      trust = TRY(trust_of_chain(options.tls_cert, hub.world().files));
    }
    made.client_certificates = net::ClientCertificates::optional;
    made.client_ca_pem = hub.keys().authority.certificate_pem();
    return made;
  }

  bool is_tls_due() const {
    if (is_own()) return hub.world().clock.now() >= renew_at;
    return hub.world().files.stamp(options.tls_cert) != stamp;
  }

  // Edges that know the former authority alone do not come any more, and new ones have to name this
  // one.
  void tell_trust(const std::string& before) {
    hub.set_url(url, trust);
    const std::string now = hub.trust().sha256;
    if (now == before) return log::info("hub", "another server certificate is in use");
    log::warn("hub",
              "another server certificate is in use, of another authority: edges join with "
              "ca-sha256 {} from now on, no longer with {}",
              now, before);
  }

  void renew_tls() {
    const auto made = tls(http->endpoint());
    const auto done = made ? http->set_tls(*made) : Result<void>(made.error());
    if (done) {
      tell_trust(hub.trust().sha256);
      return;
    }
    log::error("hub", "the server certificate stays as it is: {}", done.error().text);
    renew_at = hub.world().clock.now() + kRetryAfter;
  }
};

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Server::~Server() { stop(); }

Result<std::unique_ptr<Server>> Server::start(const ServerOptions& options, Hub& hub,
                                              const net::HttpFiles& page) {
  if (options.tls_cert.empty() != options.tls_key.empty())
    return invalid("expected both a certificate and its key, or neither");
  auto parts = std::make_unique<Parts>(options, hub);
  Parts* raw = parts.get();
  // Fewer will do for most; whom there is no room for waits in the kernel's queue.
  if (const auto room = net::raise_descriptor_limit(options.connections_max + kDescriptorsBeside);
      !room)
    log::warn("hub", "not every edge may find room: {}", room.error().text);
  const auto metrics = [raw, more = options.more_metrics] {
    return server_metrics(raw->http->counts()) + (more ? more() : "");
  };
  parts->api = TRY(Api::create(hub, page, {options.password_cost, metrics}));
  net::HttpServerOptions http;
  http.endpoint = TRY(world::parse_endpoint(options.listen));
  http.tls = TRY(parts->tls(http.endpoint));
  http.workers = kWorkers;
  http.connections_max = options.connections_max;
  http.body_max_for = [api = parts->api.get()](const net::HttpRequest& head) {
    return api->body_max(head);
  };
  http.answer_too_large = [api = parts->api.get()](const net::HttpRequest& head) {
    return api->answer_too_large(head);
  };
  parts->http = TRY(bind_again(http, hub.options().data_folder, hub.world().files));
  world::Endpoint shown = parts->http->endpoint();
  parts->api->set_site({shown, true});
  if (is_any(shown.host)) shown.host = "localhost";
  if (!options.hosts.empty()) shown.host = options.hosts.front();
  parts->url = "https://" + to_string(shown);
  hub.set_url(parts->url, parts->trust);
  parts->http->serve(
      [api = parts->api.get()](const net::HttpRequest& request) { return api->answer(request); },
      [api = parts->api.get()](const net::HttpRequest& head) { return api->begin_upload(head); });
  return std::unique_ptr<Server>(new Server(std::move(parts)));  // private constructor
}

std::string Server::url() const { return parts_->url; }
std::string Server::setup_link() const { return parts_->api->setup_link(); }

void Server::tick() {
  if (parts_->is_tls_due()) parts_->renew_tls();
  const Time now = parts_->hub.world().clock.steady();
  if (now < parts_->tidy_at) return;
  parts_->tidy_at = now + kTidyEvery;
  parts_->api->tidy_up();
}

void Server::stop() { parts_->http->stop(); }

}  // namespace lineside::hub
