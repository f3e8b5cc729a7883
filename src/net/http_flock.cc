#include "net/http_flock.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <queue>
#include <sys/epoll.h>

#include "base/check.h"
#include "net/http_call_internal.h"
#include "net/socket_internal.h"
#include "net/tls_internal.h"

namespace lineside::net {

namespace {

constexpr std::size_t kFlockHeaderMax = 64 * 1024;
constexpr std::size_t kBodyMax = std::size_t{16} << 20;  // of one that no sink takes
constexpr std::size_t kEventsMax = 256;                  // of one look

enum class Phase : unsigned char { closed, connecting, shaking, idle, writing, reading };

struct Member {
  Phase phase = Phase::closed;
  std::uint32_t events = 0;                // that epoll looks for
  Descriptor socket;                       //
  std::unique_ptr<Channel> channel;        //
  std::unique_ptr<TlsIdentity> identity;   //
  std::unique_ptr<HttpCall> call;          // under way
  std::string unsent;                      //
  std::unique_ptr<HttpExchange> exchange;  // from the last byte of the request on
  HttpSink* sink = nullptr;
  std::uint64_t number = 0;  // of the call; what a limit of an earlier one says is void
};

struct Limit {
  Time at;
  std::size_t member = 0;
  std::uint64_t number = 0;
  bool operator>(const Limit& other) const { return at > other.at; }
};

}  // namespace

struct HttpFlock::Impl {
  HttpPeer peer;
  Addresses addresses;
  TlsContext tls;
  Descriptor epoll;
  std::vector<Member> members;
  std::priority_queue<Limit, std::vector<Limit>, std::greater<>> limits;
  std::vector<Answer> answers;

  void begin(std::size_t at);
  Result<void> connect(std::size_t at);
  void watch(std::size_t at, bool want_write);
  void drop(Member& member);
  void finish(std::size_t at, Result<HttpResponse> response);
  void advance(std::size_t at);
  Result<void> step(std::size_t at);
  Result<void> write(Member& member);
  Result<void> read(std::size_t at);
  void end_late();
};

// ---- Connections -------------------------------------------------------------------------------

// Level-triggered: what is not read now is told again.
void HttpFlock::Impl::watch(std::size_t at, bool want_write) {
  Member& member = members[at];
  const std::uint32_t wanted =
      EPOLLIN | EPOLLRDHUP | (want_write ? static_cast<std::uint32_t>(EPOLLOUT) : 0U);
  if (member.events == wanted) return;
  epoll_event event{};
  event.events = wanted;
  event.data.u64 = at;
  const int what = member.events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  CHECK(::epoll_ctl(epoll.get(), what, member.socket.get(), &event) == 0);
  member.events = wanted;
}

void HttpFlock::Impl::drop(Member& member) {
  member.channel.reset();
  member.socket = Descriptor();
  member.events = 0;
  member.phase = Phase::closed;
  member.exchange.reset();
  member.unsent = {};
}

Result<void> HttpFlock::Impl::connect(std::size_t at) {
  Member& member = members[at];
  Descriptor socket = TRY(begin_connect(*addresses));
  member.channel = TRY(open_client(tls, peer.endpoint.host, socket.get(), member.identity.get()));
  member.socket = std::move(socket);
  member.phase = Phase::connecting;
  watch(at, true);
  return {};
}

// ---- Calls -------------------------------------------------------------------------------------

void HttpFlock::Impl::begin(std::size_t at) {
  Member& member = members[at];
  member.unsent = text_of(*member.call, peer.endpoint, AfterCall::keep);
  if (member.phase == Phase::idle) {
    member.phase = Phase::writing;
    return advance(at);
  }
  if (const auto begun = connect(at); !begun) finish(at, begun.error());
}

// The outcome of the call under way, if there is one.
void HttpFlock::Impl::finish(std::size_t at, Result<HttpResponse> response) {
  Member& member = members[at];
  if (!response) {
    drop(member);
    response = response.error().with(to_string(peer.endpoint));
  }
  if (!member.call) return;
  member.call.reset();
  member.sink = nullptr;
  ++member.number;
  answers.push_back({at, std::move(response)});
}

void HttpFlock::Impl::advance(std::size_t at) {
  if (const auto done = step(at); !done) return finish(at, done.error());
  Member& member = members[at];
  if (!member.channel) return;
  const bool wants_write =
      member.phase == Phase::connecting || !member.unsent.empty() || member.channel->wants_write();
  watch(at, wants_write);
}

// As far as it goes without waiting.
Result<void> HttpFlock::Impl::step(std::size_t at) {
  Member& member = members[at];
  if (member.phase == Phase::connecting) {
    TRY(end_connect(member.socket));
    member.phase = Phase::shaking;
  }
  if (member.phase == Phase::shaking && TRY(member.channel->handshake()))
    member.phase = Phase::writing;
  if (member.phase == Phase::writing) TRY(write(member));
  if (member.phase == Phase::reading) return read(at);
  if (member.phase != Phase::idle) return {};
  // Between calls a server says nothing but farewell.
  std::array<std::byte, 1> unasked;
  const std::size_t count = TRY(member.channel->read(unasked));
  if (count > 0) return fail(Code::corrupt, "an answer that nobody asked for");
  return {};
}

Result<void> HttpFlock::Impl::write(Member& member) {
  while (!member.unsent.empty()) {
    const auto written = member.channel->write(as_bytes(member.unsent));
    // A server that refuses a request may close before it has read all; its answer says why.
    if (!written) member.unsent.clear();
    if (!written || *written == 0) break;
    member.unsent.erase(0, *written);
  }
  if (!member.unsent.empty()) return {};
  member.unsent = {};
  const std::uint64_t most = member.sink ? std::numeric_limits<std::uint64_t>::max() : kBodyMax;
  member.exchange = std::make_unique<HttpExchange>(
      HttpExchange{{{kFlockHeaderMax, most}, member.call->method == "HEAD"}});
  member.phase = Phase::reading;
  return {};
}

Result<void> HttpFlock::Impl::read(std::size_t at) {
  Member& member = members[at];
  HttpExchange& exchange = *member.exchange;
  while (!exchange.reader.done()) {
    const std::size_t count = TRY(exchange.step(*member.channel));
    const bool sinks =
        member.sink && exchange.reader.header_done() && exchange.reader.status() == 200;
    if (sinks) TRY(member.sink->write(as_bytes(exchange.reader.take_body())));
    if (count == 0) return {};
  }
  HttpResponse response = exchange.reader.take_header();
  response.body = exchange.reader.take_body();
  const bool keeps = exchange.reader.keep_alive() && exchange.buffer.empty() && !exchange.ended;
  member.exchange.reset();
  member.phase = Phase::idle;
  if (!keeps) drop(member);
  finish(at, std::move(response));
  return {};
}

void HttpFlock::Impl::end_late() {
  const Time now = steady();
  while (!limits.empty() && limits.top().at <= now) {
    const Limit limit = limits.top();
    limits.pop();
    if (members[limit.member].call && members[limit.member].number == limit.number)
      finish(limit.member, timed_out(peer.endpoint));
  }
}

// ---- The flock ---------------------------------------------------------------------------------

HttpFlock::HttpFlock(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpFlock::~HttpFlock() = default;

Result<std::unique_ptr<HttpFlock>> HttpFlock::open(std::string_view address,
                                                   const world::TlsOptions& tls,
                                                   std::size_t members) {
  auto impl = std::make_unique<Impl>();
  impl->peer = TRY(parse_address(address));
  if (!impl->peer.tls) return invalid("expected an address that begins with https://");
  impl->addresses = TRY_WITH(look_up(impl->peer.endpoint), impl->peer.endpoint.host);
  impl->tls = TRY(make_client_context(tls));
  impl->epoll = Descriptor(::epoll_create1(EPOLL_CLOEXEC));
  if (!impl->epoll.valid()) return fail(Code::exhausted, errno_text(errno));
  impl->members.resize(members);
  return std::unique_ptr<HttpFlock>(new HttpFlock(std::move(impl)));  // private constructor
}

Result<void> HttpFlock::identify(std::size_t member, const std::string& cert_pem,
                                 const std::string& key_pem) {
  impl_->members.at(member).identity =
      std::make_unique<TlsIdentity>(TRY(read_identity(cert_pem, key_pem)));
  return {};
}

void HttpFlock::send(std::size_t member, HttpCall call, Duration limit, HttpSink* sink) {
  Member& one = impl_->members.at(member);
  CHECK(!one.call);
  one.call = std::make_unique<HttpCall>(std::move(call));
  one.sink = sink;
  impl_->limits.push({steady() + limit, member, one.number});
  impl_->begin(member);
}

bool HttpFlock::busy(std::size_t member) const { return impl_->members.at(member).call != nullptr; }

void HttpFlock::cut(std::size_t member) {
  Member& one = impl_->members.at(member);
  if (one.call) ++one.number;
  one.call.reset();
  one.sink = nullptr;
  impl_->drop(one);
}

std::vector<HttpFlock::Answer> HttpFlock::turn(Duration wait) {
  Impl& impl = *impl_;
  const Time end = steady() + wait;
  do {
    Time until = impl.answers.empty() ? end : Time{};
    if (!impl.limits.empty()) until = std::min(until, impl.limits.top().at);
    const std::int64_t left = ((until - steady()).ns + 999'999) / 1'000'000;
    std::array<epoll_event, kEventsMax> events;
    const int count = ::epoll_wait(impl.epoll.get(), events.data(), kEventsMax,
                                   static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000)));
    for (int i = 0; i < count; ++i) impl.advance(events.at(static_cast<std::size_t>(i)).data.u64);
    impl.end_late();
  } while (impl.answers.empty() && steady() < end);
  return std::exchange(impl.answers, {});
}

}  // namespace lineside::net
