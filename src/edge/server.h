// The page and the API of an edge on a port: the HTTP server, the sign-in and the answers, wired.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "edge/edge.h"
#include "net/http_files.h"

namespace lineside::edge {

struct ServerOptions {
  std::string listen = "127.0.0.1:0";  // address:port; port 0: a free one
  std::string tls_cert;                // PEM chain; empty: plain HTTP
  std::string tls_key;                 // PEM
  std::string token_file;              // its first line is the token of programs; empty: none
  std::string data_folder;             // of the edge, for `lineside link`; empty: no such links
};

class Server {
 public:
  // Answers from now on. Errors: invalid (address, certificate, key, token file; an address other
  // than loopback without TLS and a token), conflict (the port is taken). `edge` and `page` outlive
  // it.
  static Result<std::unique_ptr<Server>> start(const ServerOptions& options, Edge& edge,
                                               const net::HttpFiles& page);
  ~Server();  // stop()
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // "http://127.0.0.1:PORT/?token=...": a new link, which signs in the one who opens it first.
  std::string address();
  // Ends every connection; before the edge stops.
  void stop();

 private:
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace lineside::edge
