// A hub on a port: HTTPS with a certificate of its own authority, or the operator's.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "crypt/password.h"
#include "hub/hub.h"
#include "net/http_files.h"

namespace lineside::hub {

struct ServerOptions {
  // address:port; port 0: the one it had before (<data>/port), at first a free one
  std::string listen = "127.0.0.1:8443";
  // Names and addresses by which others reach it, besides the one it listens at; for the
  // certificate. The first one is in the links it gives.
  std::vector<std::string> hosts;
  std::string tls_cert;  // the operator's own PEM chain; empty: of the hub's authority
  std::string tls_key;   // PEM, not encrypted
  std::size_t connections_max = 16'000;
  crypt::Argon2Cost password_cost{};
  std::function<std::string()> more_metrics{};  // of what runs beside it; any thread may call
};

class Server {
 public:
  // Answers from now on. Errors: invalid (address, certificate, key), conflict (the port is taken,
  // or the one that it had before is),
  // those of the keys' folder. `hub` and `page` outlive it.
  static Result<std::unique_ptr<Server>> start(const ServerOptions& options, Hub& hub,
                                               const net::HttpFiles& page);
  ~Server();  // stop()
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // "https://127.0.0.1:8443", or with the first of ServerOptions::hosts.
  std::string url() const;
  // Opened by who is to become the first admin; empty once there is one.
  std::string setup_link() const;
  // Renews the certificate when it is due, reads the operator's anew when its file has changed,
  // ends what has expired; to be called about every second.
  void tick();
  // Ends every connection; before the hub goes.
  void stop();

 private:
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace lineside::hub
