// Edges that wait for news: at most one poll of each, without a thread or a timer of its own.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/time.h"
#include "net/http.h"
#include "net/http_later.h"

namespace lineside::hub {

// Any thread may call.
class WaitingPolls {
 public:
  // To be put into the response. The edge's poll before, should one still wait, is told 204.
  // `deadline` is of steady time.
  std::shared_ptr<net::HttpLater> wait(const std::string& edge, Time deadline);
  // Answers the edge's poll; false: none waits.
  bool answer(const std::string& edge, net::HttpResponse response);
  bool is_waiting(const std::string& edge) const;
  // Tells 204 to those past their deadline; who they were.
  std::vector<std::string> expire(Time steady);
  std::size_t size() const;
  std::vector<std::string> edges() const;

 private:
  struct Poll {
    std::shared_ptr<net::HttpLater> later;
    Time deadline;
  };
  // Outlives us in the callbacks of polls that are cancelled later.
  struct Shared {
    std::mutex mutex;
    std::unordered_map<std::string, Poll> polls;
  };
  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
};

}  // namespace lineside::hub
