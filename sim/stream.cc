#include "sim/stream.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <format>
#include <utility>
#include <vector>

#include "base/check.h"
#include "sim/random.h"

namespace lineside::sim {

namespace {

enum Side : std::uint8_t { kClient = 0, kServer = 1 };

Side other(Side side) { return side == kClient ? kServer : kClient; }

std::chrono::nanoseconds chrono_of(Duration duration) {
  constexpr Duration kLongest = Duration::seconds(86'400);  // keeps the deadline in range
  return std::chrono::nanoseconds(std::min(duration, kLongest).ns);
}

// The bytes under way in one direction.
struct Pipe {
  explicit Pipe(const LinkOptions& link) : options(link), random(link.seed) {}

  std::size_t piece(std::size_t n) {
    if (options.piece_max == 0 || n == 0) return n;
    return std::min<std::size_t>(n, 1 + random.below(options.piece_max));
  }
  std::size_t room() const { return options.buffer - std::min(options.buffer, bytes.size()); }

  // How many of `given` were taken; `broken` becomes true when that was the last one allowed.
  std::size_t write(ByteView given, bool& broken) {
    std::size_t n = piece(std::min(given.size(), room()));
    if (options.close_at) n = std::min<std::size_t>(n, *options.close_at - written);
    std::size_t kept = n;
    if (options.drop_from) {
      kept = std::min<std::size_t>(n, *options.drop_from - std::min(*options.drop_from, written));
    }
    bytes.insert(bytes.end(), given.begin(), given.begin() + static_cast<std::ptrdiff_t>(kept));
    written += n;
    broken = options.close_at && written >= *options.close_at;
    return n;
  }

  std::size_t read(std::span<std::byte> out) {
    const std::size_t n = piece(std::min(out.size(), bytes.size()));
    const auto end = bytes.begin() + static_cast<std::ptrdiff_t>(n);
    std::copy(bytes.begin(), end, out.begin());
    bytes.erase(bytes.begin(), end);
    return n;
  }

  LinkOptions options;
  SimRandom random;
  std::deque<std::byte> bytes;
  std::uint64_t written = 0;
};

}  // namespace

// What both ends share. An end that is closed may still be read from by its peer.
struct Link {
  Link(const LinkOptions& to_server, const LinkOptions& to_client)
      : to{Pipe(to_client), Pipe(to_server)} {}

  void close(Side side) {
    std::lock_guard lock(mutex);
    open[side] = false;
    changed.notify_all();
  }
  void break_off() {
    std::lock_guard lock(mutex);
    for (Pipe& pipe : to) pipe.bytes.clear();
    open[kClient] = open[kServer] = false;
    changed.notify_all();
  }
  bool intact() const { return open[kClient] && open[kServer]; }
  bool ready(Side side, bool want_write) const {
    if (!intact()) return true;  // the next call tells
    return want_write ? to[other(side)].room() > 0 : !to[side].bytes.empty();
  }

  std::mutex mutex;
  std::condition_variable changed;
  Pipe to[2];  // by the side that reads it
  bool open[2] = {true, true};
  bool woken[2] = {false, false};
};

namespace {

class SimStream final : public world::Stream {
 public:
  SimStream(std::shared_ptr<Link> link, Side side, SimClock* clock)
      : link_(std::move(link)), side_(side), clock_(clock) {}
  ~SimStream() override { link_->close(side_); }

  Result<std::size_t> read(std::span<std::byte> out) override {
    std::lock_guard lock(link_->mutex);
    const std::size_t n = link_->to[side_].read(out);
    if (n == 0 && !out.empty() && !link_->intact()) return closed();
    link_->changed.notify_all();
    return n;
  }

  Result<std::size_t> write(ByteView bytes) override {
    std::lock_guard lock(link_->mutex);
    if (!link_->intact()) return closed();
    bool broken = false;
    const std::size_t n = link_->to[other(side_)].write(bytes, broken);
    if (broken) link_->open[kClient] = link_->open[kServer] = false;
    link_->changed.notify_all();
    return n;
  }

  bool wait(bool want_write, Duration limit) override {
    std::unique_lock lock(link_->mutex);
    const auto over = [&] { return link_->woken[side_] || link_->ready(side_, want_write); };
    if (clock_ == nullptr) {
      link_->changed.wait_for(lock, chrono_of(limit), over);
    } else if (!over()) {
      clock_->sleep(limit);
    }
    link_->woken[side_] = false;
    return link_->ready(side_, want_write);
  }

  void wake() override {
    std::lock_guard lock(link_->mutex);
    link_->woken[side_] = true;
    link_->changed.notify_all();
  }

 private:
  static Error closed() { return fail(Code::unavailable, "the peer has closed the connection"); }

  std::shared_ptr<Link> link_;
  Side side_;
  SimClock* clock_;
};

StreamPair connect(const std::shared_ptr<Link>& link, SimClock* clock) {
  return {std::make_unique<SimStream>(link, kClient, clock),
          std::make_unique<SimStream>(link, kServer, clock)};
}

}  // namespace

StreamPair make_stream_pair(const LinkOptions& to_server, const LinkOptions& to_client,
                            SimClock* clock) {
  return connect(std::make_shared<Link>(to_server, to_client), clock);
}

// Connections between dial() and accept().
class Backlog {
 public:
  bool push(std::unique_ptr<world::Stream> stream) {
    std::lock_guard lock(mutex_);
    if (closed_) return false;
    waiting_.push_back(std::move(stream));
    filled_.notify_one();
    return true;
  }

  std::unique_ptr<world::Stream> pop(Duration limit) {
    std::unique_lock lock(mutex_);
    // Even a wait of nothing costs a timer's slack of real time.
    if (limit > Duration{}) {
      filled_.wait_for(lock, chrono_of(limit), [&] { return !waiting_.empty(); });
    }
    if (waiting_.empty()) return nullptr;
    auto stream = std::move(waiting_.front());
    waiting_.pop_front();
    return stream;
  }

  void close() {
    std::lock_guard lock(mutex_);
    closed_ = true;
    waiting_.clear();
  }
  bool is_closed() const {
    std::lock_guard lock(mutex_);
    return closed_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<std::unique_ptr<world::Stream>> waiting_;
  bool closed_ = false;
};

struct SimDialer::Place {
  std::shared_ptr<Backlog> backlog;  // null: nobody listens
  std::vector<std::weak_ptr<Link>> links;
  Reach reach = Reach::open;
};

SimListener::~SimListener() {
  if (backlog_) backlog_->close();
}

std::unique_ptr<world::Stream> SimListener::accept(Duration limit) { return backlog_->pop(limit); }

SimListener SimDialer::listen(const world::Endpoint& at) {
  std::lock_guard lock(mutex_);
  auto& place = places_[at];
  if (!place) place = std::make_shared<Place>();
  CHECK(!place->backlog || place->backlog->is_closed());  // one listener at a time
  place->backlog = std::make_shared<Backlog>();
  return SimListener(place->backlog);
}

Result<std::unique_ptr<world::Stream>> SimDialer::dial(const world::Endpoint& to,
                                                       const std::optional<world::TlsOptions>&,
                                                       Duration limit) {
  std::lock_guard lock(mutex_);
  ++dials_;
  const auto found = places_.find(to);
  Place* place = found == places_.end() ? nullptr : found->second.get();
  if (place != nullptr && place->reach == Reach::silent) {
    if (clock_ != nullptr) clock_->sleep(limit);
    return fail(Code::timeout, std::format("cannot connect to {}: no answer", to_string(to)));
  }
  LinkOptions to_server = to_server_;
  LinkOptions to_client = to_client_;
  to_server.seed = SimRandom(to_server.seed + dials_).next();
  to_client.seed = SimRandom(~to_client.seed + dials_).next();
  const auto link = std::make_shared<Link>(to_server, to_client);
  StreamPair pair = connect(link, clock_);
  const bool accepted = place != nullptr && place->reach == Reach::open && place->backlog &&
                        place->backlog->push(std::move(pair.server));
  if (!accepted) {
    return fail(Code::unavailable,
                std::format("cannot connect to {}: connection refused", to_string(to)));
  }
  std::erase_if(place->links, [](const auto& old) { return old.expired(); });
  place->links.push_back(link);
  return std::move(pair.client);
}

void SimDialer::set_links(const LinkOptions& to_server, const LinkOptions& to_client) {
  std::lock_guard lock(mutex_);
  to_server_ = to_server;
  to_client_ = to_client;
}

void SimDialer::set_reach(const world::Endpoint& endpoint, Reach reach) {
  std::lock_guard lock(mutex_);
  auto& place = places_[endpoint];
  if (!place) place = std::make_shared<Place>();
  place->reach = reach;
  if (reach != Reach::open) break_links(*place);
}

void SimDialer::cut(const world::Endpoint& endpoint) {
  std::lock_guard lock(mutex_);
  const auto found = places_.find(endpoint);
  if (found != places_.end()) break_links(*found->second);
}

std::uint64_t SimDialer::dials() const {
  std::lock_guard lock(mutex_);
  return dials_;
}

void SimDialer::break_links(Place& place) {
  for (const auto& weak : place.links) {
    if (const auto link = weak.lock()) link->break_off();
  }
  place.links.clear();
}

}  // namespace lineside::sim
