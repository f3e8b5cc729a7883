// The hub's REST API: docs/formats/hub-api.md.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "hub/access/accounts.h"
#include "hub/access/denials.h"
#include "hub/access/grants.h"
#include "hub/access/sessions.h"
#include "hub/approvals.h"
#include "hub/catalog/patterns.h"
#include "hub/catalog/writer.h"
#include "hub/hub.h"
#include "net/http.h"
#include "net/http_files.h"
#include "net/http_site.h"
#include "net/http_transfer.h"

namespace lineside::hub {

struct ApiOptions {
  crypt::Argon2Cost password_cost{};
  std::function<std::string()> metrics_text;  // of the server; may be empty
};

// What answers are made from.
struct ApiParts {
  Hub& hub;
  GrantBook& grants;
  Sessions& sessions;
  DenialLog& denials;
  Accounts& accounts;
  Approvals& approvals;
  CatalogWriter& writer;
  PatternBook& patterns;
  ApiOptions options;
  std::string openapi;  // the document, made once; Api::set_site()
  // Microseconds since 1970 at the start: no feed makes a million events a second, so the ids of a
  // later process are beyond all of this one's.
  std::uint64_t events_base;
  std::atomic<std::uint64_t> upload_bytes = 0;  // of large bodies that are in memory now
  std::string cookie{};                         // its name; Api::set_site()
};

// Any thread may call.
class Api {
 public:
  // Hears of changes of the catalog from now on, so before the hub serves. Hub and page outlive it;
  // `page` are the files given to whoever asks. Errors: of the database.
  static Result<std::unique_ptr<Api>> create(Hub& hub, const net::HttpFiles& page,
                                             ApiOptions options);
  ~Api();
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  // Where it is reached; before it answers.
  void set_site(net::HttpSite site);
  // Checks who calls, then answers; every error is an answer. Streams must end before the API does.
  net::HttpResponse answer(const net::HttpRequest& request);

  // HttpServerOptions::body_max_for.
  std::uint64_t body_max(const net::HttpRequest& head) const;
  // HttpServerOptions::answer_too_large: told, and in the audit log.
  net::HttpResponse answer_too_large(const net::HttpRequest& head);
  // HttpServer::BeginUpload: who may not send a large body is not heard out.
  std::unique_ptr<net::HttpSink> begin_upload(const net::HttpRequest& head);

  // "https://hub:8443/#/setup?token=..." while the hub has no admin; else empty.
  std::string setup_link() const;
  // Ends what has expired, writes what waits; to be called about once a minute.
  void tidy_up();

 private:
  struct State;
  explicit Api(std::shared_ptr<State> state, const net::HttpFiles& page);

  const std::shared_ptr<State> state_;
  const net::HttpFiles& page_;
  net::HttpSite site_;
};

}  // namespace lineside::hub
