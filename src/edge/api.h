// The edge's local API and page: docs/formats/edge-api.md.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/time.h"
#include "codec/json_writer.h"
#include "domain/alert.h"
#include "edge/auth.h"
#include "edge/directory.h"
#include "edge/edge.h"
#include "edge/event_feed.h"
#include "edge/live_view.h"
#include "net/http.h"
#include "net/http_files.h"
#include "store/edge_db.h"
#include "store/history.h"
#include "world/clock.h"

namespace lineside::edge {

// Where answers come from; what is referred to outlives the API, the functions are called by any
// thread.
struct ApiSources {
  const LiveView& live;
  const StreamDirectory& directory;
  store::EdgeDb& db;
  const store::History& readings;
  const store::History& predictions;
  EventFeed& feed;
  const world::Clock& clock;
  // Members, into an open object, with the first `problems_max` problems of the configuration.
  std::function<void(codec::JsonWriter&, std::size_t problems_max)> write_status;
  std::function<std::string()> metrics_text;
  std::function<Result<Reloaded>()> reload;  // conflict: one is under way
  std::function<ConfigState()> config;
  bool to_hub = false;  // verdicts go to the outbox for the hub too
};

// Any thread may call.
class Api {
 public:
  // Everything outlives it; `page` are the files given to whoever asks, they hold no secret.
  Api(ApiSources sources, Auth& auth, const net::HttpFiles& page);
  ~Api();
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  // Checks who calls, then answers; every error is an answer. Streams must end before the API does.
  net::HttpResponse answer(const net::HttpRequest& request);

 private:
  class Events;
  class EventStream;

  const ApiSources sources_;
  Auth& auth_;
  const net::HttpFiles& page_;
  std::unique_ptr<Events> events_;
};

// `asset` and `readings` events for what changed since; to be called four times a second. Does
// nothing while nobody reads, and tells what changed meanwhile once somebody does.
void publish_changes(LiveView& live, EventFeed& feed);
// An `alert` event. An alert whose verdicts cannot be read is told without them.
void publish_alert(const LiveView& live, const store::EdgeDb& db, EventFeed& feed,
                   const domain::Alert& alert);

}  // namespace lineside::edge
