// One accepted connection, plain or with TLS, for Asio's coroutines. Only net's .cc files of the
// HTTP server include this.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include "base/result.h"
#include "net/http_server.h"

namespace lineside::net {

// Used by the server's thread only. Every error of the peer or of the network is the end of the
// connection, so that it is all a caller learns.
class HttpWire {
 public:
  virtual ~HttpWire() = default;
  virtual boost::asio::awaitable<bool> handshake() = 0;
  // 0: the connection is over.
  virtual boost::asio::awaitable<std::size_t> read_some(boost::asio::mutable_buffer into) = 0;
  // All of both, or false.
  virtual boost::asio::awaitable<bool> write(std::string_view head, std::string_view body) = 0;
  // Tells the peer that nothing more comes.
  virtual boost::asio::awaitable<void> close() = 0;
  // Ends whatever is going on.
  virtual void abort() = 0;
  // Whether the peer has closed its side.
  virtual bool peer_gone() = 0;
};

std::unique_ptr<HttpWire> make_plain_wire(boost::asio::ip::tcp::socket socket);
// `context` outlives the wire.
std::unique_ptr<HttpWire> make_tls_wire(boost::asio::ip::tcp::socket socket,
                                        boost::asio::ssl::context& context);
// Errors: invalid, with the file.
Result<std::unique_ptr<boost::asio::ssl::context>> make_tls_context(const HttpServerTls& tls);

}  // namespace lineside::net
