// The table of the API's routes: what is served, and what the OpenAPI document says of it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/json_writer.h"
#include "domain/kinds.h"
#include "domain/people.h"
#include "net/http.h"

namespace lineside::hub {

struct ApiCall;

enum class Door : unsigned char {
  open,     // nobody needs to sign in
  caller,   // a session or a bearer token
  session,  // a session alone
};

// How a body looks.
struct Shape {
  enum class Form : unsigned char { none, described, object, object_list, custom };
  Form form = Form::none;
  std::string_view type = "application/json";
  void (*write)(codec::JsonWriter&) = nullptr;  // the schema, where it is described or custom
};

struct Route {
  std::string_view method;
  std::string_view path;        // "/api/v1/approvals/{id}"; of objects "{name}/history"
  std::string_view parameters;  // of the query, separated by commas
  Door door = Door::caller;
  std::optional<domain::Permission> needs;  // at some site at least, or
  bool everywhere = false;                  // at all of them
  Result<net::HttpResponse> (*answer)(const ApiCall&);
  std::string_view summary;
  Shape body;
  Shape reply;
  int status = 200;
  Shape dry_reply{};                 // of a dry run, with status 200; none: the same as without
  std::optional<domain::Kind> only;  // of routes of objects: those of this kind
  bool filters = false;              // takes the kind's filter fields as parameters too
};

struct RouteMatch {
  const Route* route = nullptr;       // null: no route of this method
  std::string allowed;                // methods the path has; empty: there is no such path
  std::optional<domain::Kind> kind;   // of routes of objects
  std::string name;                   // of the object
  std::vector<std::string> captured;  // what other placeholders stand for
};

// Of objects, for each kind: paths begin with "/api/v1/<segment>".
std::span<const Route> object_routes();
std::span<const Route> plain_routes();

RouteMatch find_route(std::string_view method, const net::HttpTarget& target);
// Errors: invalid (a parameter that the route does not know, or one given twice).
Result<void> check_parameters(const RouteMatch& match, const net::HttpTarget& target);

// The OpenAPI 3.1 document of all routes, as JSON; `cookie` is the name of the session's.
std::string openapi_document(std::string_view cookie = "lineside_hub_session_8443");

}  // namespace lineside::hub
