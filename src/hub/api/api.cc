#include "hub/api/api.h"

#include <algorithm>
#include <charconv>
#include <format>

#include "base/log.h"
#include "base/plain_text.h"
#include "base/text.h"
#include "crypt/digest.h"
#include "domain/reading.h"
#include "hub/api/api_internal.h"
#include "hub/told_error.h"

namespace lineside::hub {

namespace {

constexpr std::string_view kBearer = "Bearer ";
constexpr std::uint64_t kBodyMax = 64 * 1024;
constexpr std::uint64_t kObjectBodyMax = 1 << 20;
constexpr std::uint64_t kApplyBodyMax = 64 << 20;
constexpr std::uint64_t kArtifactMax = 1 << 30;

bool takes_manifests(const Route& route) {
  return route.answer == apply_objects || route.answer == diff_objects ||
         route.answer == delete_objects;
}

bool is_large(const RouteMatch& match) {
  return match.route != nullptr &&
         (takes_manifests(*match.route) || match.route->answer == put_object);
}

bool is_artifact(const RouteMatch& match) {
  return match.route != nullptr && match.route->answer == upload_artifact;
}

const Mount* find_mount(const Hub& hub, std::string_view path) {
  for (const Mount& mount : hub.mounts())
    if (path.starts_with(mount.prefix)) return &mount;
  return nullptr;
}

// Takes nothing: whoever sends is told why at once.
class RefusingSink final : public net::HttpSink {
 public:
  Result<void> write(ByteView) override { return fail(Code::denied, "refused"); }
};

net::HttpResponse wrong_method(const std::string& allowed) {
  net::HttpResponse response = error_response(405, invalid("expected " + allowed));
  response.headers.push_back({"Allow", allowed});
  return response;
}

net::HttpResponse refusal(const Error& error) {
  // What is damaged is ours: what callers send is invalid at the worst.
  if (error.code == Code::corrupt) return refusal(fail(Code::internal, error.text));
  net::HttpResponse response = error_response(traits(error.code).http_status, error);
  if (response.status == 401) response.headers.push_back({"WWW-Authenticate", "Bearer"});
  return response;
}

bool is_refusal(const Error& error) {
  return error.code == Code::denied || error.code == Code::unauthenticated;
}

// What begins like a secret of ours is none of our names.
bool looks_secret(std::string_view segment) {
  constexpr std::size_t kPrefix = 4;  // "lst_", "lsw_"
  return segment.size() > kPrefix && segment.starts_with("ls") && segment[kPrefix - 1] == '_';
}

}  // namespace

// Who reads the log and not the people is not to find by his own call whose commitment is whose;
// who says nothing of himself may be he.
bool may_find_in_log(const std::optional<Caller>& caller) {
  return caller && (caller->grants->sees(domain::Kind::person, "") ||
                    !caller->grants->may_somewhere(domain::Permission::read_audit));
}

namespace {

// Texts of an entry stay for good: no name of a person, no secret that somebody has put into a
// path, nothing that cannot be a name.
std::string shown_segment(Hub& hub, const RouteMatch& match, const std::string& segment,
                          const std::optional<Caller>& caller) {
  const bool is_person = match.kind == domain::Kind::person && segment == match.name;
  if (is_person && !may_find_in_log(caller)) return "{name}";
  if (is_person) {
    const auto commitment = hub.db().audit().find_commitment(segment, segment);
    return commitment && *commitment ? **commitment : "{name}";
  }
  return domain::is_name(segment) && !looks_secret(segment) ? segment : "{name}";
}

// What was asked for, as the audit log names it.
std::string subject_of(Hub& hub, const net::HttpRequest& request, const RouteMatch& match,
                       const std::optional<Caller>& caller) {
  if (match.route == nullptr) return request.method;
  std::string subject = request.method + " ";
  for (const std::string& segment : request.target.segments)
    subject += "/" + shown_segment(hub, match, segment, caller);
  return subject;
}

std::string actor_for_log(Hub& hub, const std::optional<Caller>& caller) {
  if (!caller) return "";
  const auto actor = actor_of(hub.db().audit(), *caller);
  return actor ? *actor : "";
}

Result<void> check_door(const Route& route, const std::optional<Caller>& caller) {
  if (route.door == Door::open) return {};
  if (!caller) return fail(Code::unauthenticated, "expected a session or a bearer token");
  if (route.door == Door::session && !caller->is_session())
    return fail(Code::denied, "expected a person who has signed in, found a program");
  if (route.needs && !caller->grants->may_somewhere(*route.needs))
    return fail(Code::denied, std::format("expected permission {}", to_text(*route.needs)));
  if (route.needs && route.everywhere && !caller->grants->may_everywhere(*route.needs))
    return fail(Code::denied,
                std::format("expected permission {} everywhere", to_text(*route.needs)));
  return {};
}

// Whether what a call has not found may be there, for others to see.
bool may_miss(const RouteMatch& match, const std::optional<Caller>& caller) {
  if (!caller) return false;
  const auto reads = match.kind ? domain::permission_to_read(*match.kind)
                                : match.route->needs.value_or(domain::Permission::read);
  return !caller->grants->may_everywhere(reads);
}

Result<void> check_type(const Route& route, const net::HttpRequest& request) {
  if (request.body.empty() && !request.upload) return {};
  const std::string_view header = request.header("Content-Type");
  const std::string_view type = trim(header.substr(0, header.find(';')));
  const bool takes_yaml = takes_manifests(route);
  const bool good = route.body.type == "application/octet-stream" || type == "application/json" ||
                    (takes_yaml && type == "application/yaml");
  if (good) return {};
  return invalid(std::format("Content-Type: expected application/json{}",
                             takes_yaml ? " or application/yaml" : ""));
}

}  // namespace

// ---- Who calls ---------------------------------------------------------------------------------

std::string_view session_cookie(const ApiParts& parts, const net::HttpRequest& request) {
  return net::find_cookie(request.header("Cookie"), parts.cookie);
}

Result<std::optional<Caller>> identify(const ApiParts& parts, const net::HttpRequest& request) {
  const std::string_view authorization = request.header("Authorization");
  if (!authorization.empty()) {
    if (!authorization.starts_with(kBearer))
      return fail(Code::unauthenticated, "Authorization: expected a bearer token");
    auto caller = TRY(parts.sessions.find_program(trim(authorization.substr(kBearer.size()))));
    return std::optional<Caller>(std::move(caller));
  }
  const std::string_view cookie = session_cookie(parts, request);
  if (cookie.empty()) return std::optional<Caller>();
  auto caller = TRY(parts.sessions.find(cookie));
  return std::optional<Caller>(std::move(caller));
}

Result<void> check_csrf(const ApiParts& parts, const net::HttpRequest& request) {
  if (!net::changes_something(request)) return {};
  const std::string wanted = Sessions::csrf_of(session_cookie(parts, request));
  if (crypt::same_secret(request.header("X-Lineside-CSRF"), wanted)) return {};
  return fail(Code::denied, "X-Lineside-CSRF: expected the session's token");
}

// ---- Calls -------------------------------------------------------------------------------------

Result<std::uint64_t> ApiCall::number(std::string_view name, std::uint64_t otherwise,
                                      std::uint64_t min, std::uint64_t max) const {
  const auto text = request.target.parameter(name);
  if (!text) return otherwise;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc() || end != text->data() + text->size() || number < min || number > max)
    return invalid(std::format("{}: expected a whole number from {} to {}, found '{}'", name, min,
                               max, excerpt(*text, 40)));
  return number;
}

Result<std::size_t> ApiCall::limit(std::size_t otherwise, std::size_t max) const {
  const std::uint64_t found = TRY(number("limit", otherwise, 1, max));
  return static_cast<std::size_t>(found);
}

Result<bool> ApiCall::flag(std::string_view name) const {
  const std::string_view text = parameter(name);
  if (text.empty() || text == "false") return false;
  if (text == "true") return true;
  return invalid(std::format("{}: expected true or false, found '{}'", name, excerpt(text, 40)));
}

Result<std::string> ApiCall::note() const {
  const std::string_view text = parameter("note");
  if (find_odd(text))
    return invalid(
        std::format("note: expected no control characters, found '{}'", excerpt(text, 60)));
  return std::string(text);
}

net::HttpResponse json_answer(int status, codec::JsonWriter& json) {
  net::HttpResponse response;
  response.status = status;
  response.headers = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}};
  response.body = json.take();
  return response;
}

net::HttpResponse text_response(std::string text, std::string_view type) {
  net::HttpResponse response;
  response.headers = {{"Content-Type", std::format("{}; charset=utf-8", type)},
                      {"Cache-Control", "no-store"}};
  response.body = std::move(text);
  return response;
}

net::HttpResponse no_content() {
  net::HttpResponse response;
  response.status = 204;
  response.headers = {{"Cache-Control", "no-store"}};
  return response;
}

namespace {

void write_problem(codec::JsonWriter& json, const domain::Problem& problem) {
  json.begin_object().member("file", problem.place.file).member("line", problem.place.line);
  json.member("column", problem.place.column).member("path", problem.path);
  json.member("text", problem.text).member("expected", problem.expected);
  json.member("found", problem.found).end_object();
}

}  // namespace

void write_problems(codec::JsonWriter& json, const std::vector<domain::Problem>& problems,
                    std::size_t more) {
  if (problems.empty()) return;
  const std::size_t told = std::min(problems.size(), domain::kProblemsMax);
  more += problems.size() - told;
  json.key("problems").begin_array();
  for (std::size_t i = 0; i < told; ++i) write_problem(json, problems[i]);
  if (more > 0) write_problem(json, {.text = std::format("and {} more", more)});
  json.end_array();
}

Result<void> as_caller(const ApiCall& call, const std::function<Result<void>()>& body) {
  return call.db().together([&]() -> Result<void> {
    TRY(expect_caller(call.db(), *call.caller));
    return body();
  });
}

net::HttpResponse error_response(int status, const Error& error,
                                 const std::vector<domain::Problem>& problems, std::size_t more) {
  codec::JsonWriter json;
  json.begin_object().key("error").begin_object();
  json.member("code", traits(error.code).name).member("text", error.text).end_object();
  write_problems(json, problems, more);
  json.end_object();
  return json_answer(status, json);
}

std::optional<std::uint64_t> log_damaged(const std::vector<std::string>& damaged) {
  for (const std::string& text : damaged) log::error("hub", "left out of a list: {}", text);
  return damaged.empty() ? std::nullopt : std::optional<std::uint64_t>(damaged.size());
}

net::HttpResponse throttled(const Error& error, Duration wait) {
  net::HttpResponse response = error_response(429, error);
  const std::int64_t second = Duration::seconds(1).ns;
  response.headers.push_back({"Retry-After", std::to_string((wait.ns + second - 1) / second)});
  return response;
}

// ---- The API -----------------------------------------------------------------------------------

struct Api::State {
  State(Hub& hub, ApiOptions options)
      : grants(hub.db().catalog()),
        sessions(hub, grants),
        denials(hub.db().audit(), hub.world().clock),
        approvals(hub, grants),
        writer(hub, grants, approvals),
        patterns(hub.db().catalog()),
        api_options(std::move(options)) {}

  GrantBook grants;
  Sessions sessions;
  DenialLog denials;
  std::unique_ptr<Accounts> accounts;
  Approvals approvals;
  CatalogWriter writer;
  PatternBook patterns;
  ApiOptions api_options;
  std::unique_ptr<ApiParts> parts;
};

Api::Api(std::shared_ptr<State> state, const net::HttpFiles& page)
    : state_(std::move(state)), page_(page) {}
Api::~Api() = default;

Result<std::unique_ptr<Api>> Api::create(Hub& hub, const net::HttpFiles& page, ApiOptions options) {
  auto state = std::make_shared<State>(hub, std::move(options));
  state->accounts = TRY(Accounts::create(
      {hub, state->grants, state->sessions, state->denials, state->api_options.password_cost}));
  state->parts = std::make_unique<ApiParts>(
      hub, state->grants, state->sessions, state->denials, *state->accounts, state->approvals,
      state->writer, state->patterns, state->api_options, std::string(),
      static_cast<std::uint64_t>(hub.world().clock.now().ns / 1000));
  // The hub may live longer, and other parts of it change the catalog then.
  hub.on_change(
      [known = std::weak_ptr(state), &hub](std::span<const store::CatalogChange> changes) {
        const auto living = known.lock();
        if (!living) return;
        living->grants.note_changes(changes);
        living->patterns.note_changes(changes);
        publish_changes(hub, changes);
      });
  return std::unique_ptr<Api>(new Api(std::move(state), page));  // private constructor
}

// Browsers keep cookies by host alone: hubs on several ports of one are not to overwrite each
// other's.
void Api::set_site(net::HttpSite site) {
  site_ = std::move(site);
  state_->parts->cookie = std::format("lineside_hub_session_{}", site_.endpoint.port);
  state_->parts->openapi = openapi_document(state_->parts->cookie);
}

net::HttpResponse Api::answer(const net::HttpRequest& request) {
  ApiParts& parts = *state_->parts;
  const std::string& path = request.target.path;
  if (const Mount* mount = find_mount(parts.hub, path)) return mount->answer(request);
  const RouteMatch match = find_route(request.method, request.target);
  std::optional<Caller> caller;
  Refused refused;
  const auto deny = [&](const Error& error, bool is_missed = false) {
    parts.denials.record({"access.denied", actor_for_log(parts.hub, caller),
                          subject_of(parts.hub, request, match, caller),
                          std::string(traits(error.code).name), refused.object, is_missed});
  };
  // Who runs the hub is told where it has no room.
  const auto tell = [&](const Error& error) {
    const bool is_all = caller && caller->grants->may_everywhere(domain::Permission::manage_hub);
    if (error.code == Code::corrupt) log::error("hub", "{}", error.text);
    if (is_all) return refusal(error);
    // What is damaged may be what others see.
    if (error.code == Code::corrupt) return refusal(fail(error.code, std::string(kHubFailed)));
    return refusal(told_error(error, parts.hub.options().data_folder));
  };
  const auto refuse = [&](const Error& error) {
    if (is_refusal(error)) deny(error);
    return tell(error);
  };

  const bool is_health = match.route != nullptr && match.route->answer == show_health;
  if (is_health) return text_response("ok\n");
  if (auto site = net::check_site(site_, request); !site) return refuse(site.error());
  if (auto file = page_.answer(request)) return std::move(*file);
  const bool is_open = match.route != nullptr && match.route->door == Door::open;
  if (auto found = is_open ? Result<std::optional<Caller>>(std::nullopt) : identify(parts, request))
    caller = std::move(*found);
  else
    return refuse(found.error());
  if (match.route == nullptr) {
    if (!match.allowed.empty()) return wrong_method(match.allowed);
    return error_response(404,
                          fail(Code::not_found, std::format("nothing is at '{}'", excerpt(path))));
  }
  const auto door = check_door(*match.route, caller);
  // A page that opens asks who is signed in; nobody is no attack.
  const bool is_greeting = match.route->answer == show_session && !caller;
  if (!door) return is_greeting ? refusal(door.error()) : refuse(door.error());
  if (caller && caller->is_session())
    if (auto csrf = check_csrf(parts, request); !csrf) return refuse(csrf.error());
  if (auto known = check_parameters(match, request.target); !known)
    return error_response(400, known.error());
  if (auto type = check_type(*match.route, request); !type)
    return error_response(415, type.error());
  ApiAnswer answer =
      match.route->answer({parts, request, match, caller ? &*caller : nullptr, refused});
  const bool is_denied = answer && answer->status == 403 && !refused.look;
  // What is there and hidden is one, so what is not there is one as well: by the size of the log or
  // the time that an entry takes anybody could tell them apart.
  const bool is_missed =
      !answer && answer.error().code == Code::not_found && may_miss(match, caller);
  if (is_denied || is_missed || refused.unseen) deny(fail(Code::denied, ""), !is_denied);
  if (answer) return std::move(*answer);
  if (answer.error().code == Code::internal) log::error("hub", "{}", answer.error().text);
  return match.route->door == Door::open ? tell(answer.error()) : refuse(answer.error());
}

std::uint64_t Api::body_max(const net::HttpRequest& head) const {
  // Whoever has no certificate has little to say there.
  if (const Mount* mount = find_mount(state_->parts->hub, head.target.path))
    return head.peer ? mount->body_max : std::min(kBodyMax, mount->body_max);
  const RouteMatch match = find_route(head.method, head.target);
  if (is_artifact(match)) return kArtifactMax;
  if (!is_large(match)) return kBodyMax;
  return match.route->answer == put_object ? kObjectBodyMax : kApplyBodyMax;
}

net::HttpResponse Api::answer_too_large(const net::HttpRequest& head) {
  const ApiParts& parts = *state_->parts;
  const Error error =
      fail(Code::exhausted,
           std::format("the body: expected at most {} bytes, found more", body_max(head)));
  Denial denial = wire_denial(head, error);
  if (find_mount(parts.hub, head.target.path) == nullptr) {
    // Of what another site makes a browser send nobody is the author: answer() asks for no one
    // then.
    const bool is_ours = net::check_site(site_, head).has_value();
    std::optional<Caller> caller;
    if (is_ours) caller = identify(parts, head).value_or(std::nullopt);
    denial.actor = actor_for_log(parts.hub, caller);
    denial.subject = subject_of(parts.hub, head, find_route(head.method, head.target), caller);
    denial.reason = traits(error.code).name;
  }
  parts.denials.record(denial);
  return error_response(413, error);
}

std::unique_ptr<net::HttpSink> Api::begin_upload(const net::HttpRequest& head) {
  ApiParts& parts = *state_->parts;
  if (find_mount(parts.hub, head.target.path) != nullptr) return nullptr;
  const RouteMatch match = find_route(head.method, head.target);
  if (!is_large(match) && !is_artifact(match)) return nullptr;
  const auto caller = identify(parts, head);
  const bool good = net::check_site(site_, head) && caller && *caller &&
                    check_door(*match.route, *caller) &&
                    (!(*caller)->is_session() || check_csrf(parts, head));
  if (!good) return std::make_unique<RefusingSink>();
  return is_artifact(match) ? artifact_sink(parts, kArtifactMax) : memory_sink(parts);
}

std::string Api::setup_link() const {
  const std::string token = state_->accounts->setup_token();
  if (token.empty()) return "";
  return std::format("{}/#/setup?token={}", state_->parts->hub.url(), token);
}

void Api::tidy_up() {
  if (const auto done = state_->sessions.end_expired(); !done)
    log::warn("hub", "{}", done.error().text);
  state_->denials.flush();
}

}  // namespace lineside::hub
