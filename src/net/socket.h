// TCP, and TLS over it by OpenSSL: the real world::Dialer.
#pragma once

#include <memory>

#include "world/stream.h"

namespace lineside::net {

// Streams are non-blocking sockets with TCP_NODELAY; wait() polls the socket and an eventfd.
// TLS is 1.2 or newer, the peer's chain and name are always verified, SNI is sent for names, and a
// client certificate is presented where given. Files are read at each dial, so renewed certificates
// are taken up. Errors of dial(): unavailable (refused, unreachable, unknown host), timeout, denied
// (the peer's certificate does not verify, or it refuses ours), invalid (our files do not load).
// A dial blocks its thread up to `limit`, name resolution not counted.
class SystemDialer final : public world::Dialer {
 public:
  Result<std::unique_ptr<world::Stream>> dial(const world::Endpoint& to,
                                              const std::optional<world::TlsOptions>& tls,
                                              Duration limit) override;
};

}  // namespace lineside::net
