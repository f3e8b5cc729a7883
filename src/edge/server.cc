#include "edge/server.h"

#include "edge/api.h"
#include "edge/auth.h"
#include "net/http_server.h"

namespace lineside::edge {

namespace {

ApiSources sources_of(Edge& edge) {
  return {edge.live(),
          edge.directory(),
          edge.db(),
          edge.readings(),
          edge.predictions(),
          edge.feed(),
          edge.world().clock,
          [&edge](codec::JsonWriter& json) { edge.write_status(json); },
          [&edge] { return metrics_text(edge.metrics()); },
          [&edge] { return edge.reload(); },
          [&edge] { return edge.config_state(); }};
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
  AuthOptions auth = {http.endpoint, http.tls.has_value(), ""};
  if (!options.token_file.empty())
    auth.bearer = TRY(read_token_file(world.files, options.token_file));
  TRY(Auth::check(auth));  // before the port is taken
  auto parts = std::make_unique<Parts>();
  parts->http = TRY(net::HttpServer::bind(http));
  auth.endpoint = parts->http->endpoint();
  parts->auth = TRY(Auth::create(auth, world.clock, world.random));
  parts->api = std::make_unique<Api>(sources_of(edge), *parts->auth, page);
  parts->http->serve(
      [api = parts->api.get()](const net::HttpRequest& request) { return api->answer(request); });
  // tidy: the constructor is private
  return std::unique_ptr<Server>(new Server(std::move(parts)));  // unique_ptr: private constructor
}

std::string Server::address() { return parts_->auth->new_link(); }
void Server::stop() { parts_->http->stop(); }

}  // namespace lineside::edge
