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
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(BIO_METHOD* method) const { BIO_meth_free(method); }
};

// OpenSSL's reasons of the last failure, first one first.
std::string library_reasons() {
  std::string text;
  while (const unsigned long code = ERR_get_error()) {
    const char* reason = ERR_reason_error_string(code);
    if (!text.empty()) text += ", ";
    text += reason != nullptr ? reason : std::format("error {:#x}", code);
  }
  return text.empty() ? "no reason given" : text;
}

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

Result<void> load_files(SSL_CTX* context, const world::TlsOptions& options) {
  const auto bad_file = [](std::string_view what, const std::string& file) {
    return invalid(std::format("{} {}: {}", what, file, library_reasons()));
  };
  if (options.ca_file.empty()) {
    if (SSL_CTX_set_default_verify_paths(context) != 1) {
      return bad_file("certificate authorities", "of the system");
    }
  } else if (SSL_CTX_load_verify_locations(context, options.ca_file.c_str(), nullptr) != 1) {
    return bad_file("certificate authority", options.ca_file);
  }
  if (options.cert_file.empty()) return {};
  if (SSL_CTX_use_certificate_chain_file(context, options.cert_file.c_str()) != 1) {
    return bad_file("client certificate", options.cert_file);
  }
  const std::string& key = options.key_file.empty() ? options.cert_file : options.key_file;
  if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return bad_file("private key", key);
  }
  return {};
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

class OpenSslClient final : public TlsClient {
 public:
  OpenSslClient(std::unique_ptr<SSL_CTX, Free> context, std::unique_ptr<SSL, Free> ssl)
      : context_(std::move(context)), ssl_(std::move(ssl)) {}

  Result<bool> handshake() override {
    ERR_clear_error();
    const int result = SSL_connect(ssl_.get());
    if (result == 1) return true;
    if (blocked(result)) return false;
    const long verdict = SSL_get_verify_result(ssl_.get());
    if (verdict != X509_V_OK) {
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
                std::format("{}: {}", what, library_reasons()));
  }

  std::unique_ptr<SSL_CTX, Free> context_;
  std::unique_ptr<SSL, Free> ssl_;
  bool wants_write_ = false;
  bool failed_ = false;
};

}  // namespace

Result<std::unique_ptr<TlsClient>> TlsClient::create(const world::TlsOptions& options,
                                                     const std::string& host, int fd) {
  ERR_clear_error();
  std::unique_ptr<SSL_CTX, Free> context(SSL_CTX_new(TLS_client_method()));
  if (!context) return fail(Code::internal, library_reasons());
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
  // A peer that goes without close_notify is as gone as any other: MQTT frames itself.
  SSL_CTX_set_options(context.get(), SSL_OP_IGNORE_UNEXPECTED_EOF);
  TRY(load_files(context.get(), options));

  std::unique_ptr<SSL, Free> ssl(SSL_new(context.get()));
  BIO* bio = BIO_new(socket_method());
  if (!ssl || bio == nullptr) return fail(Code::internal, library_reasons());
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(fd)));
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl.get(), bio, bio);  // takes the one reference for both directions
  const std::string& name = options.server_name.empty() ? host : options.server_name;
  if (!expect_name(ssl.get(), name)) {
    return invalid(std::format("server name: expected a host name, found \"{}\"", name));
  }
  SSL_set_connect_state(ssl.get());
  return std::make_unique<OpenSslClient>(std::move(context), std::move(ssl));
}

}  // namespace lineside::net
