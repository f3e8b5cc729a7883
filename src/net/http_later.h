// A response that is made later: how thousands wait for news without a thread each (long polls).
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "net/http.h"

namespace lineside::net {

// Shared by the answer function, which puts it into HttpResponse::later and keeps it, and by the
// server. It must be completed some day, if only because a time has passed: the server sets no
// limit of its own, and learns of a peer that vanished from TCP alone, after some minutes.
// Thread-safe; outlives the server safely.
class HttpLater {
 public:
  HttpLater() = default;
  HttpLater(const HttpLater&) = delete;
  HttpLater& operator=(const HttpLater&) = delete;

  // Sends the response, once. False: too late, because there was one or nobody waits any more. It
  // may be called before the server has seen the object. Never blocks. `response` has no `later`.
  bool complete(HttpResponse response);

  // Whether the peer has gone away, or the server stops, and no response was there.
  bool cancelled() const;
  // `call` is made once cancelled() becomes true, on the server's thread and with no lock held: it
  // must be quick and must not block. At once where it is true already; one call at a time.
  void on_cancel(std::function<void()> call);

 private:
  friend class HttpSession;
  // From now on `wake` is called, under the lock, when the response comes; not if it is there.
  void attach(std::function<void()> wake);
  std::optional<HttpResponse> take();  // the response, if it is there; no `wake` after it
  void cancel();                       // unless the response is there; no `wake` after it

  enum class State : unsigned char { open, complete, cancelled };
  mutable std::mutex mutex_;
  State state_ = State::open;
  std::unique_ptr<HttpResponse> response_;  // waiting ones stay small
  std::function<void()> wake_;
  std::function<void()> on_cancel_;
};

}  // namespace lineside::net
