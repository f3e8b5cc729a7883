// Calls of the command line to the REST API of a hub (docs/formats/hub-api.md).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/options.h"
#include "domain/manifest.h"
#include "net/http_connection.h"
#include "net/socket.h"

namespace lineside::cli {

// Which hub, as whom, and how it is known to be the right one.
struct HubAccess {
  std::string url;         // https://HOST:PORT
  std::string token_file;  // its first line is the secret of a Token
  std::string ca_file;     // PEM; with neither this nor the next: the system's roots
  std::string ca_sha256;   // fingerprint of the authority, as `lineside hub` prints it

  // LINESIDE_HUB, LINESIDE_TOKEN_FILE, LINESIDE_HUB_CA_FILE, LINESIDE_HUB_CA_SHA256.
  static HubAccess from_environment();
  // --hub, --token-file, --ca-file, --ca-sha256.
  void add_to(Options& options);
};

// Keeps one connection. Blocks the calling thread; used by one at a time.
class HubClient {
 public:
  // Reads the token; does not connect yet. Errors: invalid (addresses, fingerprints), those of
  // read_secret().
  static Result<HubClient> open(const HubAccess& access);
  // As a person, by the session that the answer to `json` at `target` begins: "/api/v1/session",
  // "/api/v1/setup" or "/api/v1/welcome". No token is read. Errors: as open(), and what the hub
  // says.
  static Result<HubClient> begin_session(const HubAccess& access, const std::string& target,
                                         std::string json);

  // The body of an answer below 400. Errors: what the hub says, with its code; corrupt (no error of
  // the API); those of HttpConnection.
  Result<std::string> get(const std::string& target);
  Result<std::string> send(const std::string& method, const std::string& target,
                           std::string json = "");
  // A change that is answered by nothing. Errors: also corrupt, where it is answered otherwise.
  Result<void> tell(const std::string& method, const std::string& target, std::string json = "");
  // With a body of another type than JSON.
  Result<std::string> send(net::HttpCall call, const std::string& media_type);
  // A POST with bytes that are read while they are sent.
  Result<std::string> upload(const std::string& target, net::HttpSource& body);

  // Of the last call that the hub refused: what is wrong in detail.
  const std::vector<domain::Problem>& problems() const { return problems_; }

 private:
  HubClient(const HubAccess& access, std::vector<net::HttpHeader> who);
  Result<net::HttpResponse> ask(net::HttpCall call);
  Result<net::HttpResponse> judge(Result<net::HttpResponse> answer);
  Error refusal(const net::HttpResponse& response);

  std::vector<net::HttpHeader> who_;  // headers that say it
  bool is_pinned_ = false;
  std::unique_ptr<net::SystemDialer> dialer_;
  std::unique_ptr<net::HttpConnection> connection_;
  std::vector<domain::Problem> problems_;
};

// "file:line:column: path: text: expected ..., found ..." without what is empty, and without a path
// that the text begins with.
std::string problem_line(const domain::Problem& problem);
// The problems line by line, then the error, to stderr; the exit code.
int report(std::string_view verb, const HubClient& client, const Error& error);

// "/api/v1/" and the segments, each percent-encoded, joined by slashes.
std::string api_path(const std::vector<std::string_view>& segments);

}  // namespace lineside::cli
