// One accepted connection, plain or with TLS, for Asio's coroutines. Only net's .cc files of the
// HTTP server include this.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "base/result.h"
#include "net/http_server.h"
#include "net/tls_internal.h"

namespace lineside::net {

// What came of a read.
enum class Arrival : unsigned char { bytes, end, stirred };

// Used by the server's thread only. Every error of the peer or of the network is the end of the
// connection, so that it is all a caller learns. While it waits it holds no buffer.
class HttpWire {
 public:
  // `scratch` is for all wires of the thread; it outlives them. `tls`: null for plain HTTP.
  // Errors: unavailable (the socket is gone already), internal (no memory for TLS).
  static Result<std::unique_ptr<HttpWire>> create(boost::asio::ip::tcp::socket socket,
                                                  const TlsContext& tls,
                                                  std::span<std::byte> scratch);

  HttpWire(boost::asio::ip::tcp::socket socket, std::unique_ptr<Channel> channel,
           std::span<std::byte> scratch);  // for create()

  boost::asio::awaitable<bool> handshake();
  // Appends what comes next; `stirred`: stir() was called.
  boost::asio::awaitable<Arrival> read(std::string& into);
  // All of both, or false.
  boost::asio::awaitable<bool> write(std::string_view head, std::string_view body);
  // Tells the peer that nothing more comes, and waits until it has closed its side.
  boost::asio::awaitable<void> close();
  // Ends the read under way, or the next one.
  void stir();
  // Ends whatever is going on.
  void abort();
  // Whether the peer has closed its side.
  bool peer_gone();
  const std::optional<PeerCertificate>& peer() const { return peer_; }

 private:
  boost::asio::awaitable<bool> wait();
  boost::asio::awaitable<bool> write_all(std::string_view rest);

  boost::asio::ip::tcp::socket socket_;
  std::unique_ptr<Channel> channel_;
  std::span<std::byte> scratch_;
  std::optional<PeerCertificate> peer_;
  bool stirred_ = false;
};

}  // namespace lineside::net
