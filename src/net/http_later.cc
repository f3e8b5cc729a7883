#include "net/http_later.h"

#include "base/check.h"

namespace lineside::net {

bool HttpLater::complete(HttpResponse response) {
  CHECK(response.later == nullptr);
  const std::lock_guard lock(mutex_);
  if (state_ != State::open) return false;
  state_ = State::complete;
  response_ = std::make_unique<HttpResponse>(std::move(response));
  on_cancel_ = nullptr;
  if (wake_) wake_();
  return true;
}

bool HttpLater::cancelled() const {
  const std::lock_guard lock(mutex_);
  return state_ == State::cancelled;
}

void HttpLater::on_cancel(std::function<void()> call) {
  {
    const std::lock_guard lock(mutex_);
    if (state_ == State::open) on_cancel_ = std::move(call);
    if (state_ != State::cancelled) return;
  }
  call();
}

void HttpLater::attach(std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  if (state_ == State::open) wake_ = std::move(wake);
}

std::optional<HttpResponse> HttpLater::take() {
  const std::lock_guard lock(mutex_);
  if (!response_) return std::nullopt;
  wake_ = nullptr;
  HttpResponse response = std::move(*response_);
  response_.reset();
  return response;
}

void HttpLater::cancel() {
  std::function<void()> call;
  {
    const std::lock_guard lock(mutex_);
    wake_ = nullptr;
    if (state_ != State::open) return;
    state_ = State::cancelled;
    call = std::move(on_cancel_);
    on_cancel_ = nullptr;
  }
  if (call) call();
}

}  // namespace lineside::net
