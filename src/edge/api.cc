#include "edge/api.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <format>

#include "base/text.h"
#include "edge/api_events_internal.h"
#include "edge/api_internal.h"

namespace lineside::edge {

namespace {

struct Route {
  std::string_view method;
  std::string_view pattern;     // '*' is any one segment
  std::string_view parameters;  // of the query, separated by commas
  ApiAnswer (*answer)(const ApiCall&);
};

// GET /api/v1/events is answered by the API itself, for its readers are counted.
constexpr std::array<Route, 12> kRoutes = {{
    {"GET", "/api/v1/status", "", show_status},
    {"GET", "/api/v1/assets", "", list_assets},
    {"GET", "/api/v1/assets/*", "", show_asset},
    {"GET", "/api/v1/history", "stream,from,to,points", show_history},
    {"GET", "/api/v1/alerts", "state,asset,limit", list_alerts},
    {"GET", "/api/v1/alerts/*", "", show_alert},
    {"POST", "/api/v1/alerts/*/verdicts", "", add_verdict},
    {"GET", "/api/v1/rejects", "", show_rejects},
    {"GET", "/api/v1/config", "", show_config},
    {"POST", "/api/v1/config/reload", "", reload_config},
    {"GET", "/api/v1/events", "", nullptr},
    {"GET", "/metrics", "", show_metrics},
}};

bool is_method(const Route& route, std::string_view method) {
  return route.method == method || (route.method == "GET" && method == "HEAD");
}

// What the '*' of the pattern stand for, if the path fits it.
std::optional<std::vector<std::string_view>> fit(std::string_view pattern,
                                                 const net::HttpTarget& target) {
  const auto parts = split(pattern.substr(1), '/');
  if (parts.size() != target.segments.size()) return std::nullopt;
  std::vector<std::string_view> captured;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i] == "*") {
      captured.emplace_back(target.segments[i]);
    } else if (parts[i] != target.segments[i]) {
      return std::nullopt;
    }
  }
  return captured;
}

Result<void> check_parameters(const Route& route, const net::HttpTarget& target) {
  const auto known = split(route.parameters, ',');
  for (const auto& [name, value] : target.query) {
    if (name.empty() || std::ranges::find(known, name) == known.end())
      return invalid(std::format("unknown parameter '{}', expected {}", excerpt(name, 40),
                                 route.parameters.empty() ? "none" : route.parameters));
    if (std::ranges::count(target.query, name, &std::pair<std::string, std::string>::first) > 1)
      return invalid(std::format("{}: given twice", name));
  }
  return {};
}

bool is_json(std::string_view content_type) {
  return trim(content_type.substr(0, content_type.find(';'))) == "application/json";
}

net::HttpResponse not_allowed(std::string_view allowed) {
  net::HttpResponse response = error_response(405, invalid(std::format("expected {}", allowed)));
  response.headers.push_back({"Allow", std::string(allowed)});
  return response;
}

net::HttpResponse healthz() {
  net::HttpResponse response;
  response.headers = {{"Content-Type", "text/plain; charset=utf-8"}, {"Cache-Control", "no-store"}};
  response.body = "ok\n";
  return response;
}

net::HttpResponse refused(const Error& error) {
  // Of the sign-in: the table of codes has no quota of attempts.
  net::HttpResponse response =
      error_response(error.code == Code::exhausted ? 429 : traits(error.code).http_status, error);
  if (response.status == 429) response.headers.push_back({"Retry-After", "1"});
  if (response.status == 401) response.headers.push_back({"WWW-Authenticate", "Bearer"});
  return response;
}

net::HttpResponse checked(const Route& route, const ApiCall& call) {
  if (auto known = check_parameters(route, call.request.target); !known)
    return error_response(400, known.error());
  if (!call.request.body.empty() && !is_json(call.request.header("Content-Type")))
    return error_response(415, invalid("Content-Type: expected application/json"));
  ApiAnswer answer = route.answer(call);
  if (answer) return std::move(*answer);
  return error_response(traits(answer.error().code).http_status, answer.error());
}

}  // namespace

net::HttpResponse json_response(int status, codec::JsonWriter& json) {
  net::HttpResponse response;
  response.status = status;
  response.headers = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}};
  response.body = json.take();
  return response;
}

net::HttpResponse error_response(int status, const Error& error) {
  codec::JsonWriter json;
  json.begin_object().key("error").begin_object();
  json.member("code", traits(error.code).name).member("text", error.text);
  json.end_object().end_object();
  return json_response(status, json);
}

Result<std::size_t> number_parameter(const ApiCall& call, std::string_view name,
                                     std::size_t otherwise, std::size_t min, std::size_t max) {
  const std::string_view text = call.parameter(name);
  if (text.empty()) return otherwise;
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < min || number > max)
    return invalid(std::format("{}: expected a whole number from {} to {}, found '{}'", name, min,
                               max, excerpt(text, 40)));
  return number;
}

Api::Api(ApiSources sources, Auth& auth, const net::HttpFiles& page)
    : sources_(std::move(sources)),
      auth_(auth),
      page_(page),
      events_(std::make_unique<Events>(sources_)) {}

Api::~Api() = default;

net::HttpResponse Api::answer(const net::HttpRequest& request) {
  const std::string& path = request.target.path;
  if (path == "/healthz" && (request.method == "GET" || request.method == "HEAD")) return healthz();
  if (auto site = auth_.check_site(request); !site) return refused(site.error());
  if (auto followed = auth_.follow_link(request)) return std::move(*followed);
  if (auto file = page_.answer(request)) return std::move(*file);
  if (auto caller = auth_.check_caller(request); !caller) return refused(caller.error());

  std::string allowed;
  for (const Route& route : kRoutes) {
    auto captured = fit(route.pattern, request.target);
    if (!captured) continue;
    if (!is_method(route, request.method)) {
      allowed = route.method == "GET" ? "GET, HEAD" : route.method;
      continue;
    }
    if (route.answer == nullptr) return events_->open(request.header("Last-Event-ID"));
    return checked(route, {sources_, request, std::move(*captured)});
  }
  if (!allowed.empty()) return not_allowed(allowed);
  return error_response(404,
                        fail(Code::not_found, std::format("nothing is at '{}'", excerpt(path))));
}

}  // namespace lineside::edge
