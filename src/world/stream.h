// The seam to the network: byte streams that never block unless asked to wait.
// The real ones (TCP, TLS) are net/socket.h; in-memory ones live in sim/.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"

namespace lineside::world {

struct Endpoint {
  std::string host;  // name, IPv4 or IPv6 without brackets
  std::uint16_t port = 0;
  auto operator<=>(const Endpoint&) const = default;
};

// "host:port", "[::1]:port".
Result<Endpoint> parse_endpoint(std::string_view text);
std::string to_string(const Endpoint& endpoint);
// True for localhost, 127.0.0.0/8 and ::1 as literals.
bool is_loopback(const Endpoint& endpoint);

struct TlsOptions {
  std::string ca_file;      // PEM; empty: the system's roots
  std::string cert_file;    // PEM chain of a client certificate; empty: none
  std::string key_file;     //
  std::string server_name;  // what the certificate must name; empty: the endpoint's host
  // The same as PEM texts; one that is there goes before its file.
  std::string ca_pem;
  std::string cert_pem;
  std::string key_pem;  // not encrypted
  // Instead of an authority, the SHA-256 of its certificate (DER, 64 lower-case hex digits), for
  // who knows no more yet: the peer must send that certificate with its own, which leads to it.
  std::string ca_sha256{};
};

// Owned and used by one thread.
class Stream {
 public:
  virtual ~Stream() = default;
  // Bytes read; 0 when nothing is there yet. Errors: unavailable when the peer has closed.
  virtual Result<std::size_t> read(std::span<std::byte> out) = 0;
  // Bytes taken, possibly fewer than given, 0 when the peer is slow.
  virtual Result<std::size_t> write(ByteView bytes) = 0;
  // Waits until reading (or, if `want_write`, writing) may succeed, wake() is called, or `limit`
  // passes. True if it is worth trying.
  virtual bool wait(bool want_write, Duration limit) = 0;
  // Ends a wait() of the owning thread; may be called from any thread.
  virtual void wake() = 0;
};

class Dialer {
 public:
  virtual ~Dialer() = default;
  // Connects (and, with `tls`, handshakes and verifies the peer) within `limit`.
  virtual Result<std::unique_ptr<Stream>> dial(const Endpoint& to,
                                               const std::optional<TlsOptions>& tls,
                                               Duration limit) = 0;
};

}  // namespace lineside::world
