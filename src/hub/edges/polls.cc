#include "hub/edges/polls.h"

namespace lineside::hub {

namespace {

net::HttpResponse no_news() { return {.status = 204}; }

}  // namespace

std::shared_ptr<net::HttpLater> WaitingPolls::wait(const std::string& edge, Time deadline) {
  auto later = std::make_shared<net::HttpLater>();
  std::shared_ptr<net::HttpLater> before;
  {
    const std::lock_guard lock(shared_->mutex);
    Poll& poll = shared_->polls[edge];
    before = std::exchange(poll.later, later);
    poll.deadline = deadline;
  }
  if (before) before->complete(no_news());
  later->on_cancel([shared = std::weak_ptr(shared_), edge, gone = std::weak_ptr(later)] {
    const auto still = shared.lock();
    if (!still) return;
    const std::lock_guard lock(still->mutex);
    const auto it = still->polls.find(edge);
    if (it != still->polls.end() && it->second.later == gone.lock()) still->polls.erase(it);
  });
  return later;
}

bool WaitingPolls::answer(const std::string& edge, net::HttpResponse response) {
  std::shared_ptr<net::HttpLater> later;
  {
    const std::lock_guard lock(shared_->mutex);
    const auto it = shared_->polls.find(edge);
    if (it == shared_->polls.end()) return false;
    later = std::move(it->second.later);
    shared_->polls.erase(it);
  }
  return later->complete(std::move(response));
}

bool WaitingPolls::is_waiting(const std::string& edge) const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->polls.contains(edge);
}

std::vector<std::string> WaitingPolls::expire(Time steady) {
  std::vector<std::string> edges;
  std::vector<std::shared_ptr<net::HttpLater>> due;
  {
    const std::lock_guard lock(shared_->mutex);
    for (auto it = shared_->polls.begin(); it != shared_->polls.end();) {
      if (it->second.deadline > steady) {
        ++it;
        continue;
      }
      edges.push_back(it->first);
      due.push_back(std::move(it->second.later));
      it = shared_->polls.erase(it);
    }
  }
  for (const auto& later : due) later->complete(no_news());
  return edges;
}

std::size_t WaitingPolls::size() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->polls.size();
}

std::vector<std::string> WaitingPolls::edges() const {
  const std::lock_guard lock(shared_->mutex);
  std::vector<std::string> edges;
  for (const auto& [edge, poll] : shared_->polls) edges.push_back(edge);
  return edges;
}

}  // namespace lineside::hub
