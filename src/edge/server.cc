#include "edge/server.h"

#include "base/log.h"
#include "codec/metrics_text.h"
#include "edge/api.h"
#include "edge/auth.h"
#include "net/http_server.h"
#include "store/link_folder.h"

namespace lineside::edge {

namespace {

std::string http_metrics(const net::HttpServerCounts& counts) {
  const auto number = [](const std::atomic<std::uint64_t>& count) {
    return static_cast<double>(count.load(std::memory_order_relaxed));
  };
  codec::MetricsText out;
  out.gauge("lineside_http_connections", "Connections to page and API that are open.");
  out.sample(number(counts.connections));
  out.gauge("lineside_http_streams", "Of them, those that follow events.");
  out.sample(number(counts.streams));
  out.counter("lineside_http_requests_total", "Requests answered.");
  out.sample(number(counts.requests));
  out.counter("lineside_http_refused_total", "Requests that were no HTTP or beyond a limit.");
  out.sample(number(counts.refused));
  out.counter("lineside_http_timeouts_total", "Connections closed because they were too slow.");
  out.sample(number(counts.timeouts));
  out.counter("lineside_http_displaced_total", "Waiting connections closed to make room.");
  out.sample(number(counts.displaced));
  out.counter("lineside_http_overloads_total", "Connections turned away, for there was no room.");
  out.sample(number(counts.overloads));
  return out.take();
}

// One line: the caller is told all of it, and may call as often as it likes.
Result<Reloaded> reload(Edge& edge) {
  // What is in its folder is the follower's to read, beside the signature.
  if (edge.config_state().follows_hub)
    return fail(Code::conflict,
                "this edge runs what its hub desires: change it there; SIGHUP tries again what "
                "was refused here");
  Reloaded reloaded = edge.reload({}, WhenBusy::refuse);
  if (reloaded.busy)
    return fail(Code::conflict, "a reload is under way already: try again once it has ended");
  if (!reloaded.problems.empty())
    log::warn("edge", "a reload asked for by the API is refused, problems={} first: {}",
              reloaded.problems.size(), reloaded.problems.front());
  return reloaded;
}

ApiSources sources_of(Edge& edge, const net::HttpServer& http) {
  return {edge.live(),
          edge.directory(),
          edge.db(),
          edge.readings(),
          edge.predictions(),
          edge.feed(),
          edge.world().clock,
          [&edge](codec::JsonWriter& json, std::size_t problems_max) {
            edge.write_status(json, problems_max);
          },
          [&edge, &http] { return metrics_text(edge.metrics()) + http_metrics(http.counts()); },
          [&edge] { return reload(edge); },
          [&edge] { return edge.config_state(); },
          edge.config_state().follows_hub};
}

Result<net::HttpServerOptions> http_options(const ServerOptions& options) {
  net::HttpServerOptions http;
  http.endpoint = TRY(world::parse_endpoint(options.listen));
  if (options.tls_cert.empty() != options.tls_key.empty())
    return invalid("expected both a certificate and its key, or neither");
  if (!options.tls_cert.empty()) http.tls = net::HttpServerTls{options.tls_cert, options.tls_key};
  return http;
}

}  // namespace

// In the order in which they are needed: the server is the first to go.
struct Server::Parts {
  std::unique_ptr<store::LinkFolder> links;
  std::unique_ptr<Auth> auth;
  std::unique_ptr<Api> api;
  std::unique_ptr<net::HttpServer> http;
};

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Server::~Server() { stop(); }

Result<std::unique_ptr<Server>> Server::start(const ServerOptions& options, Edge& edge,
                                              const net::HttpFiles& page) {
  const EdgeWorld& world = edge.world();
  const net::HttpServerOptions http = TRY(http_options(options));
  AuthOptions auth = {http.endpoint, http.tls.has_value(), "", {}};
  if (!options.token_file.empty())
    auth.bearer = TRY(read_token_file(world.files, options.token_file));
  TRY(Auth::check(auth));  // before the port is taken
  auto parts = std::make_unique<Parts>();
  parts->http = TRY(net::HttpServer::bind(http));
  auth.endpoint = parts->http->endpoint();
  if (!options.data_folder.empty()) {
    parts->links =
        std::make_unique<store::LinkFolder>(world.files, world.clock, options.data_folder);
    auth.claim_link = [links = parts->links.get()](const std::string& digest) {
      return links->claim(digest);
    };
  }
  parts->auth = TRY(Auth::create(auth, world.clock, world.random));
  if (parts->links) TRY(parts->links->open(parts->auth->address()));
  parts->api = std::make_unique<Api>(sources_of(edge, *parts->http), *parts->auth, page);
  parts->http->serve(
      [api = parts->api.get()](const net::HttpRequest& request) { return api->answer(request); });
  return std::unique_ptr<Server>(new Server(std::move(parts)));  // private constructor
}

std::string Server::address() { return parts_->auth->new_link(); }
void Server::stop() { parts_->http->stop(); }

}  // namespace lineside::edge
