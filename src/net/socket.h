// TCP, and TLS over it by OpenSSL: the real world::Dialer.
#pragma once

#include <cstddef>
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

// Makes room for `wanted` open files and connections of this process (RLIMIT_NOFILE), as far as the
// hard limit goes, and never lowers it; gives the limit that holds now. Errors: exhausted, with
// what the hard limit is and where to raise it; it has been raised up to there then.
Result<std::size_t> raise_descriptor_limit(std::size_t wanted);

}  // namespace lineside::net
