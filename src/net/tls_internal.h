// TLS over a non-blocking socket, either side. Source: RFC 8446, RFC 9525 (names).
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "net/http_server.h"
#include "world/stream.h"

struct bio_st;
struct evp_pkey_st;
struct ssl_ctx_st;
struct x509_st;

namespace lineside::net {

// A socket, with or without TLS on it. Owned by one thread; the socket outlives it and stays the
// caller's. Errors of all: the connection is over.
class Channel {
 public:
  virtual ~Channel() = default;

  // True when done; false: wait for the socket and call again. Errors: denied (the peer does not
  // verify, or refuses us), unavailable.
  virtual Result<bool> handshake() = 0;
  // 0: wait for the socket and call again.
  virtual Result<std::size_t> read(std::span<std::byte> out) = 0;
  virtual Result<std::size_t> write(ByteView bytes) = 0;
  // Tells the peer that nothing more comes; does not wait for its answer.
  virtual void close() = 0;

  virtual bool has_pending() const = 0;  // decrypted bytes wait to be read
  // Which way the last call that has to be made again waits for.
  virtual bool wants_write() const = 0;
  // After the handshake of a server.
  virtual std::optional<PeerCertificate> peer() const = 0;
};

// Certificates, keys and whom we trust; shared by connections, which keep it alive.
using TlsContext = std::shared_ptr<ssl_ctx_st>;
// Errors of both: invalid (a PEM file or text does not load, or the key is not the certificate's).
Result<TlsContext> make_client_context(const world::TlsOptions& options);
Result<TlsContext> make_server_context(const HttpServerTls& tls);

// A client certificate of ours and its key, for connections whose context has none: a context each
// would cost a fleet of clients 50 KiB a head.
struct TlsIdentity {
  std::shared_ptr<x509_st> certificate;
  std::shared_ptr<evp_pkey_st> key;
};
// Errors: invalid (not PEM).
Result<TlsIdentity> read_identity(const std::string& cert_pem, const std::string& key_pem);

// Errors: invalid (`host` is no name; the identity's key is another's).
Result<std::unique_ptr<Channel>> open_client(const TlsContext& context, const std::string& host,
                                             int fd, const TlsIdentity* identity = nullptr);
Result<std::unique_ptr<Channel>> open_server(const TlsContext& context, int fd);

// What OpenSSL says of the last failure on this thread, first reason first; forgotten with it.
std::string tls_reasons();
std::optional<PeerCertificate> describe_certificate(const x509_st* certificate);

}  // namespace lineside::net
