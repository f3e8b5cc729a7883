// The client's side of TLS over a non-blocking socket. Source: RFC 8446, RFC 9525 (names).
#pragma once

#include <memory>
#include <span>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "world/stream.h"

namespace lineside::net {

// Owned by one thread. The socket outlives it and stays the caller's.
class TlsClient {
 public:
  // Errors: invalid (a file does not load, or the key is not the certificate's).
  static Result<std::unique_ptr<TlsClient>> create(const world::TlsOptions& options,
                                                   const std::string& host, int fd);
  virtual ~TlsClient() = default;

  // True when done; false: wait for the socket and call again. Errors: denied (the peer does not
  // verify, or refuses us), unavailable.
  virtual Result<bool> handshake() = 0;
  virtual Result<std::size_t> read(std::span<std::byte> out) = 0;
  virtual Result<std::size_t> write(ByteView bytes) = 0;
  // Tells the peer that nothing more comes; does not wait for its answer.
  virtual void close() = 0;

  virtual bool has_pending() const = 0;  // decrypted bytes wait to be read
  virtual bool wants_write() const = 0;  // the last call stopped because the socket was full
};

}  // namespace lineside::net
