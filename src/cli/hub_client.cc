#include "cli/hub_client.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <format>

#include "base/text.h"
#include "cli/answer.h"
#include "cli/secret_file.h"
#include "net/http.h"
#include "world/clock.h"
#include "world/files.h"
#include "world/process.h"

namespace lineside::cli {

namespace {

constexpr std::string_view kSecure = "https://";
constexpr std::size_t kFingerprintDigits = 64;
// The hub reads and checks 64 MiB of objects, or makes proofs of a long log.
constexpr Duration kCallLimit = Duration::seconds(300);
constexpr Duration kDialLimit = Duration::seconds(10);
constexpr int kNoContent = 204;
constexpr std::size_t kTextMax = 2000;  // of what others wrote, in messages

bool is_fingerprint(std::string_view text) {
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return text.size() == kFingerprintDigits && std::ranges::all_of(text, is_digit);
}

Code code_told(std::string_view name, int status) {
  for (int i = 0; i <= static_cast<int>(Code::internal); ++i) {
    const Code code = static_cast<Code>(i);
    if (name.empty() ? traits(code).http_status == status : traits(code).name == name) return code;
  }
  return status == 429 ? Code::exhausted : Code::corrupt;
}

int number_of(std::string_view text) {
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

domain::Problem problem_of(const Answer& answer, const codec::TreeNode& node) {
  return {{answer.text(node, "file"), number_of(answer.text(node, "line")),
           number_of(answer.text(node, "column"))},
          answer.text(node, "path"),
          answer.text(node, "text"),
          answer.text(node, "expected"),
          answer.text(node, "found")};
}

// A hub begins some sentences with the object that they are about: "Pipeline/oil: expected ...".
bool begins_with_name(std::string_view text, std::string_view path) {
  if (path.empty() || !text.starts_with(path)) return false;
  text.remove_prefix(path.size());
  return text.starts_with(": ") || text.starts_with(' ');
}

}  // namespace

// ---- Which hub ---------------------------------------------------------------------------------

HubAccess HubAccess::from_environment() {
  const auto value = [](const char* name) { return world::environment(name).value_or(""); };
  return {value("LINESIDE_HUB"), value("LINESIDE_TOKEN_FILE"), value("LINESIDE_HUB_CA_FILE"),
          value("LINESIDE_HUB_CA_SHA256")};
}

void HubAccess::add_to(Options& options) {
  options.text("--hub", url, "address of the hub, https://HOST:PORT (LINESIDE_HUB)");
  options.text("--token-file", token_file, "file with the token's secret (LINESIDE_TOKEN_FILE)");
  options.text("--ca-file", ca_file, "authorities of the hub, PEM (LINESIDE_HUB_CA_FILE)");
  options.text("--ca-sha256", ca_sha256,
               "fingerprint of the hub's authority (LINESIDE_HUB_CA_SHA256)");
}

namespace {

Result<void> check(const HubAccess& access) {
  if (access.url.empty()) return invalid("expected --hub https://HOST:PORT, or LINESIDE_HUB");
  // A token is not told to whoever listens.
  if (!access.url.starts_with(kSecure))
    return invalid(
        std::format("--hub: expected https://HOST:PORT, found '{}'", excerpt(access.url, 80)));
  if (!access.ca_sha256.empty() && !is_fingerprint(access.ca_sha256))
    return invalid("--ca-sha256: expected 64 lower-case hex digits");
  if (!access.ca_file.empty() && !world::system_files().exists(access.ca_file))
    return fail(Code::not_found,
                std::format("--ca-file: no file {}", excerpt(access.ca_file, 200)));
  return {};
}

}  // namespace

Result<HubClient> HubClient::open(const HubAccess& access) {
  TRY(check(access));
  if (access.token_file.empty())
    return invalid("expected --token-file FILE, or LINESIDE_TOKEN_FILE");
  return HubClient(access, {{"Authorization", "Bearer " + TRY(read_secret(access.token_file))}});
}

Result<HubClient> HubClient::begin_session(const HubAccess& access, const std::string& target,
                                           std::string json) {
  TRY(check(access));
  HubClient client(access, {});
  const auto response =
      TRY(client.ask({"POST", target, {{"Content-Type", "application/json"}}, std::move(json)}));
  const auto answer = TRY(Answer::parse(response.content()));
  const std::string_view cookie = response.header("Set-Cookie");
  if (cookie.empty() || answer.text(answer.root(), "csrf").empty())
    return fail(Code::corrupt, "the answer is not a hub's: expected a session, found none");
  client.who_ = {{"Cookie", std::string(cookie.substr(0, cookie.find(';')))},
                 {"X-Lineside-CSRF", answer.text(answer.root(), "csrf")}};
  return client;
}

HubClient::HubClient(const HubAccess& access, std::vector<net::HttpHeader> who)
    : who_(std::move(who)),
      is_pinned_(!access.ca_sha256.empty() || !access.ca_file.empty()),
      dialer_(std::make_unique<net::SystemDialer>()) {
  net::HttpClientOptions options;
  // The fingerprint is the nearer word: who gives both pins.
  if (access.ca_sha256.empty()) options.tls.ca_file = access.ca_file;
  options.tls.ca_sha256 = access.ca_sha256;
  options.limit = kCallLimit;
  options.dial_limit = kDialLimit;
  connection_ =
      std::make_unique<net::HttpConnection>(access.url, *dialer_, world::system_clock(), options);
}

// ---- Calls -------------------------------------------------------------------------------------

Result<std::string> HubClient::get(const std::string& target) { return send("GET", target); }

Result<std::string> HubClient::send(const std::string& method, const std::string& target,
                                    std::string json) {
  return send({method, target, {}, std::move(json)}, "application/json");
}

Result<void> HubClient::tell(const std::string& method, const std::string& target,
                             std::string json) {
  net::HttpCall call{method, target, who_, std::move(json)};
  if (!call.body.empty()) call.headers.push_back({"Content-Type", "application/json"});
  const auto response = TRY(ask(std::move(call)));
  if (response.status == kNoContent) return {};
  return fail(Code::corrupt,
              std::format("the answer is not a hub's: expected status {}, found {}; is --hub the "
                          "address of one?",
                          kNoContent, response.status));
}

Result<std::string> HubClient::send(net::HttpCall call, const std::string& media_type) {
  call.headers.insert(call.headers.end(), who_.begin(), who_.end());
  if (!call.body.empty()) call.headers.push_back({"Content-Type", media_type});
  const auto response = TRY(ask(std::move(call)));
  return std::string(response.content());
}

Result<net::HttpResponse> HubClient::ask(net::HttpCall call) {
  return judge(connection_->send(call));
}

Result<std::string> HubClient::upload(const std::string& target, net::HttpSource& body) {
  net::HttpCall call{"POST", target, who_, ""};
  call.headers.push_back({"Content-Type", "application/octet-stream"});
  const auto response = TRY(judge(connection_->upload(call, body)));
  return std::string(response.content());
}

Result<net::HttpResponse> HubClient::judge(Result<net::HttpResponse> answer) {
  problems_.clear();
  if (!answer && !is_pinned_ && answer.error().text.contains("certificate does not verify"))
    return fail(answer.error().code, answer.error().text +
                                         "; say whom the hub's certificate leads to by --ca-sha256 "
                                         "HEX, or LINESIDE_HUB_CA_SHA256");
  auto response = TRY(std::move(answer));
  if (response.status >= 400) return refusal(response);
  if (response.status >= 200 && response.status < 300) return response;
  return fail(Code::corrupt, std::format("the answer is not a hub's: status {}; is --hub the "
                                         "address of one?",
                                         response.status));
}

Error HubClient::refusal(const net::HttpResponse& response) {
  const auto answer = Answer::parse(response.content());
  const auto* error = answer ? answer->find(answer->root(), "error") : nullptr;
  // A hub says what is not there; who does not is somebody else.
  const bool is_strange = response.status == 404 || response.status == 405;
  if (error == nullptr)
    return fail(is_strange ? Code::corrupt : code_told("", response.status),
                std::format("the hub answered {} {}{}", response.status,
                            net::reason_phrase(response.status),
                            is_strange ? ", as no hub does; is --hub the address of one?" : ""));
  for (const codec::TreeNode* problem : answer->items(answer->root(), "problems"))
    problems_.push_back(problem_of(*answer, *problem));
  return fail(code_told(answer->text(*error, "code"), response.status),
              excerpt(answer->text(*error, "text"), kTextMax));
}

// ---- Telling -----------------------------------------------------------------------------------

std::string problem_line(const domain::Problem& problem) {
  std::string line;
  const auto add = [&line](const std::string& part) {
    if (part.empty()) return;
    line += (line.empty() ? "" : ": ") + excerpt(part, kTextMax);
  };
  add(problem.place.line > 0
          ? std::format("{}:{}:{}", problem.place.file, problem.place.line, problem.place.column)
          : problem.place.file);
  if (!begins_with_name(problem.text, problem.path)) add(problem.path);
  add(problem.text);
  if (!problem.expected.empty())
    add(std::format("expected {}, found {}", problem.expected, problem.found));
  return line;
}

int report(std::string_view verb, const HubClient& client, const Error& error) {
  // Of one object that has no place nothing more is known than the error says.
  for (const domain::Problem& problem : client.problems())
    if (problem.place.line > 0 || !error.text.starts_with(problem.text))
      std::fputs((problem_line(problem) + "\n").c_str(), stderr);
  return report(verb, error);
}

std::string api_path(const std::vector<std::string_view>& segments) {
  std::string path = "/api/v1";
  for (const std::string_view segment : segments) path += "/" + net::encode_component(segment);
  return path;
}

}  // namespace lineside::cli
