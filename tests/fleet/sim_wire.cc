#include "tests/fleet/sim_wire.h"

#include <format>

#include "base/text.h"
#include "crypt/x509.h"
#include "net/http_later.h"
#include "net/http_transfer.h"
#include "wire/messages.h"

namespace lineside {

namespace {

constexpr std::size_t kStatesMax = 200;

std::optional<net::PeerCertificate> peer_of(const std::string& pem) {
  if (pem.empty()) return std::nullopt;
  const auto certificate = crypt::parse_certificate(pem);
  if (!certificate) return std::nullopt;
  return net::PeerCertificate{to_hex(certificate->sha256), certificate->serial_hex,
                              certificate->common_name, certificate->uris, certificate->not_after};
}

std::size_t body_bytes(std::string_view head) {
  constexpr std::string_view kName = "Content-Length: ";
  const std::size_t at = head.find(kName);
  if (at == std::string_view::npos) return 0;
  return std::stoul(std::string(head.substr(at + kName.size(), 12)));
}

net::HttpRequest parse(std::string_view text) {
  const std::size_t head_end = text.find("\r\n\r\n");
  const auto lines = split(text.substr(0, head_end), '\n');
  const auto words = split(trim(lines[0]), ' ');
  net::HttpRequest request;
  request.method = words[0];
  request.target = *net::parse_target(words[1]);
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::string_view line = trim(lines[i]);
    const std::size_t colon = line.find(": ");
    request.headers.push_back(
        {std::string(line.substr(0, colon)), std::string(line.substr(colon + 2))});
  }
  request.body = text.substr(head_end + 4);
  return request;
}

// The bytes of a source, as many as are asked for.
std::string content_of(const net::HttpResponse& response) {
  if (!response.source) return std::string(response.content());
  const net::HttpRange range = response.range.value_or(net::HttpRange{0, response.source->size()});
  std::string content(static_cast<std::size_t>(range.count), '\0');
  const auto read = response.source->read(range.first, std::as_writable_bytes(std::span(content)));
  return read ? content : "";
}

std::string text_of(const net::HttpResponse& response, std::string_view body) {
  std::string text = std::format("HTTP/1.1 {} X\r\n", response.status);
  for (const net::HttpHeader& header : response.headers)
    text += header.name + ": " + header.value + "\r\n";
  if (response.status != 204) text += std::format("Content-Length: {}\r\n", body.size());
  return text + "\r\n" + std::string(response.status == 204 ? "" : body);
}

}  // namespace

class SimWire::Line final : public world::Stream {
 public:
  Line(SimWire& wire, std::optional<net::PeerCertificate> peer)
      : wire_(wire), peer_(std::move(peer)) {}

  Result<std::size_t> read(std::span<std::byte> out) override {
    if (out_.empty() && closed_) return fail(Code::unavailable, "the peer closed the connection");
    const std::size_t n = std::min(out.size(), out_.size());
    std::ranges::copy(as_bytes(out_).first(n), out.begin());
    out_.erase(0, n);
    return n;
  }
  Result<std::size_t> write(ByteView bytes) override {
    in_ += as_text(bytes);
    const std::size_t head = in_.find("\r\n\r\n");
    if (head == std::string::npos || in_.size() < head + 4 + body_bytes(in_.substr(0, head)))
      return bytes.size();
    Said said = wire_.serve(in_, peer_);
    in_.clear();
    out_ += said.bytes;
    closed_ = said.closes;
    return bytes.size();
  }
  bool wait(bool, Duration) override { return true; }
  void wake() override {}

 private:
  SimWire& wire_;
  const std::optional<net::PeerCertificate> peer_;
  std::string in_, out_;
  bool closed_ = false;
};

Result<std::unique_ptr<world::Stream>> SimWire::dial(const world::Endpoint&,
                                                     const std::optional<world::TlsOptions>& tls,
                                                     Duration) {
  if (edges_ == nullptr || happens(faults_.refused)) return fail(Code::unavailable, "refused");
  return std::make_unique<Line>(*this, peer_of(tls ? tls->cert_pem : ""));
}

SimWire::Said SimWire::serve(std::string_view request,
                             const std::optional<net::PeerCertificate>& peer) {
  clock_.advance(Duration::millis(1));
  if (edges_ == nullptr || happens(faults_.request_lost)) return {"", true};
  net::HttpRequest asked = parse(request);
  asked.peer = peer;
  net::HttpResponse response = answer(asked);
  if (peer && revoked_.contains(peer->sha256) && response.status < 300)
    broken_ = std::format("{} {} under a revoked certificate got {}", asked.method,
                          asked.target.path, response.status);
  std::string body = content_of(response);
  response.source.reset();
  response.body = std::move(body);
  corrupt(asked, response);
  std::string text = text_of(response, response.body);
  if (happens(faults_.answer_lost)) return {"", true};
  if (happens(faults_.answer_cut)) return {text.substr(0, random_.below(text.size())), true};
  return {std::move(text), false};
}

// What comes later has come once the hub has taken its next turn, or does not.
net::HttpResponse SimWire::answer(const net::HttpRequest& request) {
  net::HttpResponse response = edges_->answer(request);
  if (!response.later) return response;
  clock_.advance(Duration::seconds(1));
  edges_->step();
  const bool is_open = response.later->complete({.status = 599});
  return {.status = is_open ? 503 : 204};
}

void SimWire::corrupt(const net::HttpRequest& request, net::HttpResponse& response) {
  if (response.status != 200) return;
  const bool is_state = request.target.path == wire::kStatePath;
  if (is_state) {
    if (states_.size() >= kStatesMax) states_.erase(states_.begin());
    states_.push_back(response.body);
    if (happens(faults_.answer_stray)) response.body = states_[random_.below(states_.size())];
  }
  // Of the rest TLS is the only guard, which is not played here.
  const bool is_guarded = is_state || request.target.path.starts_with(wire::kArtifactsPath);
  if (is_guarded && !response.body.empty() && happens(faults_.answer_altered))
    response.body[random_.below(response.body.size())] ^= 1;
}

}  // namespace lineside
