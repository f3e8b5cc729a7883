#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <climits>
#include <format>
#include <sys/socket.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "net/tls_internal.h"

namespace lineside::net {

namespace {

struct Free {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(BIO_METHOD* method) const { BIO_meth_free(method); }
};

int fd_of(BIO* bio) { return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio))); }

bool is_would_block(int number) {
  return number == EAGAIN || number == EWOULDBLOCK || number == EINTR;
}

int bio_write(BIO* bio, const char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t n = ::send(fd_of(bio), bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  if (n < 0 && is_would_block(errno)) BIO_set_retry_write(bio);
  return static_cast<int>(n);
}

int bio_read(BIO* bio, char* out, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t n = ::recv(fd_of(bio), out, static_cast<std::size_t>(size), 0);
  if (n < 0 && is_would_block(errno)) BIO_set_retry_read(bio);
  return static_cast<int>(n);
}

long bio_control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

// OpenSSL's own socket BIO writes without MSG_NOSIGNAL: a peer that is gone would end the process.
const BIO_METHOD* socket_method() {
  static const std::unique_ptr<BIO_METHOD, Free> method = [] {
    std::unique_ptr<BIO_METHOD, Free> made(
        BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket"));
    BIO_meth_set_write(made.get(), bio_write);
    BIO_meth_set_read(made.get(), bio_read);
    BIO_meth_set_ctrl(made.get(), bio_control);
    return made;
  }();
  return method.get();
}

bool is_address(const std::string& host) {
  in6_addr ignored{};
  return inet_pton(AF_INET, host.c_str(), &ignored) == 1 ||
         inet_pton(AF_INET6, host.c_str(), &ignored) == 1;
}

// SNI carries names only; an address is checked against the certificate's addresses.
bool expect_name(SSL* ssl, const std::string& name) {
  if (is_address(name)) {
    return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name.c_str()) == 1;
  }
  SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return SSL_set1_host(ssl, name.c_str()) == 1 && SSL_set_tlsext_host_name(ssl, name.c_str()) == 1;
}

class TlsChannel final : public Channel {
 public:
  explicit TlsChannel(std::unique_ptr<SSL, Free> ssl) : ssl_(std::move(ssl)) {}

  Result<bool> handshake() override {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
    if (result == 1) return true;
    if (blocked(result)) return false;
    const long verdict = SSL_get_verify_result(ssl_.get());
    if (verdict != X509_V_OK) {
      failed_ = true;
      ERR_clear_error();
      return fail(Code::denied, std::format("the peer's certificate does not verify: {}",
                                            X509_verify_cert_error_string(verdict)));
    }
    return lost("TLS handshake");
  }

  Result<std::size_t> read(std::span<std::byte> out) override {
    std::size_t total = 0;
    while (total < out.size()) {
      ERR_clear_error();
      std::size_t n = 0;
      const int result = SSL_read_ex(ssl_.get(), out.data() + total, out.size() - total, &n);
      total += n;
      if (result == 1) continue;
      // What was decrypted before a failure is given first; the failure comes back next time.
      if (blocked(result) || total > 0) break;
      if (SSL_get_error(ssl_.get(), result) == SSL_ERROR_ZERO_RETURN) {
        return fail(Code::unavailable, "the peer closed the connection");
      }
      return lost("TLS");
    }
    return total;
  }

  Result<std::size_t> write(ByteView bytes) override {
    if (bytes.empty()) return 0;
    ERR_clear_error();
    std::size_t n = 0;
    const int result = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &n);
    if (result == 1) return n;
    if (blocked(result)) return 0;
    return lost("TLS");
  }

  void close() override {
    if (!failed_) SSL_shutdown(ssl_.get());
    ERR_clear_error();
  }

  bool has_pending() const override { return SSL_pending(ssl_.get()) > 0; }
  bool wants_write() const override { return wants_write_; }

  std::optional<PeerCertificate> peer() const override {
    const X509* certificate = SSL_get0_peer_certificate(ssl_.get());
    if (certificate == nullptr) return std::nullopt;
    return describe_certificate(certificate);
  }

 private:
  bool blocked(int result) {
    const int why = SSL_get_error(ssl_.get(), result);
    wants_write_ = why == SSL_ERROR_WANT_WRITE;
    return wants_write_ || why == SSL_ERROR_WANT_READ;
  }

  // A peer that turns our certificate down says so by an alert, in TLS 1.3 after the handshake.
  Error lost(std::string_view what) {
    failed_ = true;  // SSL_shutdown must not follow a fatal failure
    const unsigned long first = ERR_peek_error();
    const int reason = ERR_GET_REASON(first);
    const bool alert = ERR_GET_LIB(first) == ERR_LIB_SSL && reason > SSL_AD_REASON_OFFSET &&
                       reason < SSL_AD_REASON_OFFSET + 256;
    if (first == 0) return fail(Code::unavailable, "the peer closed the connection");
    return fail(alert ? Code::denied : Code::unavailable,
                std::format("{}: {}", what, tls_reasons()));
  }

  std::unique_ptr<SSL, Free> ssl_;
  bool wants_write_ = false;
  bool failed_ = false;
};

Result<std::unique_ptr<SSL, Free>> make_connection(const TlsContext& context, int fd) {
  ERR_clear_error();
  std::unique_ptr<SSL, Free> ssl(SSL_new(context.get()));
  BIO* bio = BIO_new(socket_method());
  if (!ssl || bio == nullptr) {
    BIO_free(bio);
    return fail(Code::internal, tls_reasons());
  }
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(fd)));
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl.get(), bio, bio);  // takes the one reference for both directions
  return ssl;
}

}  // namespace

Result<std::unique_ptr<Channel>> open_client(const TlsContext& context, const std::string& host,
                                             int fd, const TlsIdentity* identity) {
  auto ssl = TRY(make_connection(context, fd));
  if (identity != nullptr && (SSL_use_certificate(ssl.get(), identity->certificate.get()) != 1 ||
                              SSL_use_PrivateKey(ssl.get(), identity->key.get()) != 1))
    return invalid("client certificate: " + tls_reasons());
  if (!expect_name(ssl.get(), host))
    return invalid(std::format("server name: expected a host name, found \"{}\"", host));
  SSL_set_connect_state(ssl.get());
  return std::make_unique<TlsChannel>(std::move(ssl));
}

Result<std::unique_ptr<Channel>> open_server(const TlsContext& context, int fd) {
  auto ssl = TRY(make_connection(context, fd));
  SSL_set_accept_state(ssl.get());
  return std::make_unique<TlsChannel>(std::move(ssl));
}

}  // namespace lineside::net
