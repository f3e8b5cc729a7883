// Delivers the lineage file's events to a consumer (Marquez, DataHub and others) by HTTP: one POST
// of JSON for each, in their order, as the HTTP transport of OpenLineage's clients does. What was
// delivered is remembered in a file beside it, so a consumer that was away gets everything later;
// after a crash one event may come twice, with the same run id.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/lane.h"
#include "base/result.h"
#include "net/backoff.h"
#include "net/http_connection.h"
#include "world/clock.h"
#include "world/files.h"
#include "world/random.h"

namespace lineside::hub {

struct LineagePostOptions {
  std::string url;          // "https://host:port/api/v1/lineage"; http: to loopback alone
  std::string token{};      // sent as bearer; empty: none
  std::string ca_file{};    // PEM of whom to trust; empty: the system's roots
  std::string events_file;  // lines of JSON, see lineage.h
  std::string sent_file;    // how many of its bytes are delivered, in decimal
};

struct LineagePostSeams {
  world::Dialer& dialer;
  world::Files& files = world::system_files();
  world::Clock& clock = world::system_clock();
  world::Random& random = world::system_random();
};

struct LineagePostCounts {
  std::uint64_t sent = 0;
  std::uint64_t refused = 0;  // answered with 400, 413 or 422, or no event: logged and passed over
  std::uint64_t failed = 0;   // attempts; the event is tried again
};

class LineagePost {
 public:
  // Errors: invalid (the URL; plain http beyond loopback), those of Files.
  static Result<std::unique_ptr<LineagePost>> open(LineagePostOptions options,
                                                   LineagePostSeams seams);
  ~LineagePost() { stop(); }
  LineagePost(const LineagePost&) = delete;
  LineagePost& operator=(const LineagePost&) = delete;

  void start();  // a thread that calls step()
  void stop();   // ends a call under way
  // Delivers one event, if there is one and it is time. How long there is nothing to do. By one
  // thread.
  Duration step();

  LineagePostCounts counts() const { return {sent_.load(), refused_.load(), failed_.load()}; }
  std::string metrics_text() const;  // Prometheus

 private:
  LineagePost(LineagePostOptions options, LineagePostSeams seams, std::string address,
              std::string target);
  Result<std::string> read_event() const;
  Duration wait(Duration how_long);
  Duration try_later(std::string_view why);
  Duration pass_torn(const std::string& line);
  Result<int> post(const std::string& event);
  Result<void> pass(std::size_t bytes);

  const LineagePostOptions options_;
  const LineagePostSeams seams_;
  const std::string target_;
  net::HttpConnection connection_;
  net::Backoff backoff_;
  std::uint64_t offset_ = 0;  // in the events file: the first event that is not delivered
  Time not_before_;           // steady
  std::atomic<std::uint64_t> sent_ = 0, refused_ = 0, failed_ = 0;
  std::unique_ptr<Lane> lane_;
};

}  // namespace lineside::hub
