#include "connect/mqtt_connector.h"

#include <algorithm>
#include <atomic>
#include <format>
#include <mutex>
#include <utility>

#include "base/log.h"
#include "connect/arrival_clock_internal.h"
#include "connect/mqtt_settings_internal.h"
#include "net/backoff.h"
#include "net/mqtt_topic.h"

namespace lineside::connect {

namespace {

using net::MqttPhase;

constexpr std::size_t kBufferSize = 256 * 1024;
constexpr std::size_t kRoomMin = 32 * 1024;  // less behind the rest moves the rest to the front
constexpr std::size_t kReadingsMax = 4096;   // of one step
constexpr Duration kWorkMax = Duration::millis(2);
constexpr Duration kDialLimit = Duration::seconds(5);
constexpr Duration kPartingLimit = Duration::seconds(2);  // for the peer to close after a goodbye
constexpr std::uint64_t kPublicationsMax = 10'000;

// What was read and not yet used.
class ReadBuffer {
 public:
  ByteView unread() const { return ByteView(bytes_).subspan(begin_, end_ - begin_); }
  void consume(std::size_t n) { begin_ += n; }
  void fill(std::size_t n) { end_ += n; }
  void clear() { begin_ = end_ = 0; }

  // Room behind the rest; more than before if `packet_max` bytes would not fit otherwise.
  std::span<std::byte> room(std::size_t packet_max) {
    if (bytes_.empty()) bytes_.resize(kBufferSize);
    if (begin_ == end_) clear();
    if (bytes_.size() - end_ < kRoomMin && begin_ > 0) {
      std::copy(bytes_.begin() + static_cast<std::ptrdiff_t>(begin_),
                bytes_.begin() + static_cast<std::ptrdiff_t>(end_), bytes_.begin());
      end_ -= begin_;
      begin_ = 0;
    }
    if (end_ == bytes_.size() && bytes_.size() < packet_max) {
      bytes_.resize(std::min(packet_max, 2 * bytes_.size()));
    }
    return std::span(bytes_).subspan(end_);
  }

 private:
  Bytes bytes_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

class MqttConnector final : public Connector {
 public:
  MqttConnector(std::unique_ptr<MqttSettings> settings, ConnectorContext context)
      : context_(std::move(context)),
        settings_(std::move(settings)),
        session_(session_options(*settings_)) {}

  ~MqttConnector() override {
    if (!stream_) return;
    session_.leave();
    (void)flush();  // as far as it goes: the connection ends here either way
  }

  bool step(Duration wait, Arrival& out) override {
    out.clear();
    if (parting_until_) end_parting();
    take_mail();
    if (stream_ || dial(wait)) {
      if (Result<void> done = work(wait, out); !done) go_down(done.error());
    }
    session_.take_published(finished_);
    for (net::MqttPublished& end : finished_) {
      outstanding_.fetch_sub(1, std::memory_order_relaxed);
      out.published.push_back({end.tag, std::move(end.error)});
    }
    finished_.clear();
    return out.any();
  }

  void keep(Duration wait) override {
    take_mail();
    if (stream_) {
      Result<void> done = session_.tick(steady(), net::MqttIntake::paused);
      if (done) done = flush();
      if (!done) go_down(done.error());
    }
    if (wait > Duration{}) context_.clock.sleep(wait);
  }

  void leave(Duration wait) override {
    if (state() == LinkState::down) return context_.clock.sleep(wait);
    if (!parting_until_) {
      keep(wait);
      if (stream_ && session_.report().unacknowledged > 0) return;
      session_.leave(net::MqttParting::for_good);
      parting_until_ = steady() + kPartingLimit;
    }
    if (stream_ && steady() < *parting_until_ && hear_out()) {
      if (wait > Duration{}) context_.clock.sleep(std::min(wait, Duration::millis(2)));
      return;
    }
    end_parting();
  }

  void acknowledge(std::uint64_t ack) override {
    std::lock_guard lock(mutex_);
    mail_.ack = std::max(mail_.ack, ack);
    wake();
  }

  Result<void> publish(Publication publication) override {
    TRY(net::check_topic_name(publication.topic));
    if (outstanding_.fetch_add(1, std::memory_order_relaxed) >= kPublicationsMax) {
      outstanding_.fetch_sub(1, std::memory_order_relaxed);
      return fail(Code::exhausted, std::format("connection {}: expected fewer than {} "
                                               "publications to wait",
                                               context_.name, kPublicationsMax));
    }
    std::lock_guard lock(mutex_);
    mail_.publications.push_back({.topic = std::move(publication.topic),
                                  .payload = std::move(publication.payload),
                                  .qos = static_cast<std::uint8_t>(publication.qos > 0 ? 1 : 0),
                                  .tag = publication.tag});
    wake();
    return {};
  }

  Result<void> reconfigure(const domain::ConnectionSpec& spec) override {
    std::unique_ptr<MqttSettings> fresh = TRY(read_settings(spec, context_));
    std::lock_guard lock(mutex_);
    mail_.settings = std::move(fresh);
    wake();
    return {};
  }

  ConnectorStatus status() const override {
    std::lock_guard lock(mutex_);
    return status_;
  }

 private:
  // What other threads left for the lane.
  struct Mail {
    std::uint64_t ack = 0;
    std::vector<net::MqttPublication> publications;
    std::unique_ptr<MqttSettings> settings;
  };

  LinkState state() const { return status().state; }
  Time steady() const { return context_.clock.steady(); }

  // With mutex_ held.
  void wake() {
    if (waiting_ && stream_) stream_->wake();
  }
  bool has_mail() const {
    return mail_.ack > acked_ || !mail_.publications.empty() || mail_.settings;
  }

  void take_mail() {
    std::unique_ptr<MqttSettings> settings;
    {
      std::lock_guard lock(mutex_);
      if (!has_mail()) return;
      acked_ = std::max(acked_, mail_.ack);
      publications_.swap(mail_.publications);
      settings = std::move(mail_.settings);
    }
    if (acked_ > token_base_) session_.acknowledge(acked_ - token_base_);
    if (settings) take_up(std::move(settings));
    for (net::MqttPublication& publication : publications_) hand_over(std::move(publication));
    publications_.clear();
  }

  void hand_over(net::MqttPublication publication) {
    const std::uint64_t tag = publication.tag;
    if (Result<void> taken = session_.publish(std::move(publication)); !taken) {
      finished_.push_back({tag, std::move(taken).error()});
    }
  }

  void take_up(std::unique_ptr<MqttSettings> fresh) {
    const bool same_link = fresh->link == settings_->link;
    settings_ = std::move(fresh);
    if (same_link) {
      session_.subscribe(settings_->subscriptions, steady());
      return;
    }
    session_.leave();
    if (stream_) (void)flush();  // a DISCONNECT that does not go out is a lost link to the broker
    drop_stream();
    session_.take_published(finished_);
    std::vector<net::MqttPublication> unfinished = session_.take_unfinished();
    token_base_ = last_given_;
    session_ = net::MqttSession(session_options(*settings_));
    for (net::MqttPublication& publication : unfinished) hand_over(std::move(publication));
    backoff_ = net::Backoff();
    next_dial_ = Time::min();
  }

  // True when there is a stream. While it is not yet time, waits a little.
  bool dial(Duration wait) {
    const Duration left = next_dial_ == Time::min() ? Duration{} : next_dial_ - steady();
    if (left > Duration{}) {
      if (wait > Duration{}) context_.clock.sleep(std::min(wait, left));
      return false;
    }
    report(LinkState::connecting, "");
    const MqttLink& link = settings_->link;
    auto dialled = context_.dialer.dial(link.endpoint, tls_options(link), kDialLimit);
    if (!dialled) {
      go_down(dialled.error());
      return false;
    }
    {
      std::lock_guard lock(mutex_);
      stream_ = std::move(*dialled);
    }
    buffer_.clear();
    more_ = false;
    up_since_.reset();
    session_.start(steady());
    return true;
  }

  // False once the peer has closed. To close first might reset the connection, and what we said
  // last would be lost on the peer.
  bool hear_out() {
    if (!flush()) return false;
    buffer_.clear();
    return stream_->read(buffer_.room(session_.packet_max())).has_value();
  }

  void end_parting() {
    drop_stream();
    buffer_.clear();
    parting_until_.reset();
    up_since_.reset();
    backoff_ = net::Backoff();
    next_dial_ = Time::min();
    report(LinkState::down, "");
    log::info("connect", "connection {} is closed", context_.name);
  }

  void drop_stream() {
    std::unique_ptr<world::Stream> gone;
    {
      std::lock_guard lock(mutex_);
      gone = std::move(stream_);
    }
    session_.stop();
  }

  void go_down(const Error& error) {
    if (stream_) (void)flush();  // the DISCONNECT with the reason, if it still goes out
    drop_stream();
    if (up_since_) backoff_.was_up(steady() - *up_since_);
    up_since_.reset();
    // Damaged bytes may be a passing thing; a refusal is not.
    const bool soon = traits(error.code).retry || error.code == Code::corrupt;
    const Duration delay =
        soon ? backoff_.next(context_.random) : backoff_.next_slow(context_.random);
    next_dial_ = steady() + delay;
    report(LinkState::waiting, error.text, context_.clock.now() + delay);
  }

  Result<void> work(Duration wait, Arrival& out) {
    TRY(flush());
    TRY(take_in(out));
    if (!out.any() && !more_ && wait > Duration{}) {
      if (pause(wait)) TRY(take_in(out));
      take_mail();
    }
    if (!stream_) return {};  // the mail brought another address
    TRY(session_.tick(steady()));
    notice_phase();
    note_counts(out);
    return flush();
  }

  // Waits for the peer or for mail; true when reading is worth a try.
  bool pause(Duration wait) {
    {
      std::lock_guard lock(mutex_);
      if (has_mail()) return false;
      waiting_ = true;
    }
    const bool ready = stream_->wait(!session_.output().empty(), wait);
    std::lock_guard lock(mutex_);
    waiting_ = false;
    return ready;
  }

  Result<void> flush() {
    while (!session_.output().empty()) {
      const std::size_t n = TRY(stream_->write(session_.output()));
      if (n == 0) break;
      session_.consume_output(n, steady());
    }
    return {};
  }

  // Reads and decodes until there is nothing more, or the step has done its share.
  Result<void> take_in(Arrival& out) {
    const Time started = steady();
    const Time wall = context_.clock.now();
    arrivals_.read(wall, started);
    out.received = wall;
    bool dry = false;  // the last read got all there was
    do {
      if (!more_) {
        const auto room = buffer_.room(session_.packet_max());
        const std::size_t n = TRY(stream_->read(room));
        if (n == 0) return {};
        buffer_.fill(n);
        dry = n < room.size();
      }
      TRY(decode(started, out));
      if (out.readings.size() >= kReadingsMax || steady() - started >= kWorkMax) break;
    } while (more_ || !dry);
    return {};
  }

  // One run of packets; more_ tells whether the buffer may hold another.
  Result<void> decode(Time now, Arrival& out) {
    messages_.clear();
    const Result<std::size_t> used = session_.feed(buffer_.unread(), now, messages_);
    // Also those in front of what ended the stream.
    for (const net::MqttMessage& message : messages_) {
      const std::size_t first = out.readings.size();
      settings_->map.decode({.topic = message.topic,
                             .bytes = message.payload,
                             .size = message.payload_size,
                             .arrival = arrivals_.stamp()},
                            out.readings, out.rejects);
      if (out.readings.size() > first)
        out.trail.add(first, message.topic, as_text(message.payload));
      out.bytes += message.payload_size;
      duplicates_ += message.dup ? 1 : 0;
      if (message.token > 0) out.ack = last_given_ = token_base_ + message.token;
    }
    out.messages += messages_.size();
    if (!used) return used.error();
    buffer_.consume(*used);
    more_ = !messages_.empty() && !buffer_.unread().empty();
    return {};
  }

  void notice_phase() {
    if (session_.phase() != MqttPhase::up || up_since_) return;
    up_since_ = steady();
    log::info("connect", "connection {} is up: {}", context_.name,
              world::to_string(settings_->link.endpoint));
    report(LinkState::up, "");
  }

  void note_counts(const Arrival& out) {
    const net::MqttReport& said = session_.report();
    std::lock_guard lock(mutex_);
    status_.connects = connects_;
    status_.messages += out.messages;
    status_.bytes += out.bytes;
    status_.duplicates = duplicates_;
    status_.unacknowledged = said.unacknowledged;
    status_.assets = settings_->map.assets();
    if (status_.state == LinkState::up) {
      status_.problem = said.refused.empty() ? "" : said.refused.front();
    }
  }

  void report(LinkState state, const std::string& problem,
              std::optional<Time> next_try = std::nullopt) {
    if (state == LinkState::up) ++connects_;
    if (!problem.empty() && problem != logged_) {
      log::warn("connect", "connection {}: {}", context_.name, problem);
    }
    if (state != LinkState::connecting) logged_ = problem;
    std::lock_guard lock(mutex_);
    if (status_.state != state) status_.since = context_.clock.now();
    // What went wrong last stays visible while it is tried again.
    if (state != LinkState::connecting) status_.problem = problem;
    status_.state = state;
    status_.next_try = next_try;
    if (state != LinkState::up) status_.unacknowledged = 0;
  }

  ConnectorContext context_;
  std::unique_ptr<MqttSettings> settings_;
  net::MqttSession session_;
  std::unique_ptr<world::Stream> stream_;  // changed with mutex_ held, so that wake() is safe
  ReadBuffer buffer_;
  bool more_ = false;
  std::vector<net::MqttMessage> messages_;
  std::vector<net::MqttPublished> finished_;
  std::vector<net::MqttPublication> publications_;
  ArrivalClock arrivals_;
  net::Backoff backoff_;
  Time next_dial_ = Time::min();
  std::optional<Time> up_since_;
  std::optional<Time> parting_until_;  // said goodbye for good
  std::string logged_;
  std::uint64_t token_base_ = 0;  // tokens of the present session count from here
  std::uint64_t last_given_ = 0;
  std::uint64_t acked_ = 0;
  std::uint64_t connects_ = 0;
  std::uint64_t duplicates_ = 0;

  std::atomic<std::uint64_t> outstanding_ = 0;  // publications without an end
  mutable std::mutex mutex_;
  Mail mail_;               // by mutex_
  bool waiting_ = false;    // by mutex_
  ConnectorStatus status_;  // by mutex_
};

}  // namespace

Result<std::unique_ptr<Connector>> make_mqtt_connector(const domain::ConnectionSpec& spec,
                                                       ConnectorContext context) {
  std::unique_ptr<MqttSettings> settings = TRY(read_settings(spec, context));
  return std::make_unique<MqttConnector>(std::move(settings), std::move(context));
}

}  // namespace lineside::connect
