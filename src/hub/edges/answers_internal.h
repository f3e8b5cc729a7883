// Answers of the wire's server side.
#pragma once

#include "codec/json_writer.h"
#include "hub/told_error.h"
#include "net/http.h"

namespace lineside::hub {

inline net::HttpResponse no_content() { return {.status = 204}; }

// {"error": {"code", "text"}}.
inline net::HttpResponse error_response(const Error& whole) {
  const Error error = told_error(whole, "");
  codec::JsonWriter json;
  json.begin_object().key("error").begin_object().member("code", traits(error.code).name);
  json.member("text", error.text).end_object().end_object();
  net::HttpResponse response{
      .status = error.code == Code::exhausted ? 429 : traits(error.code).http_status};
  response.headers = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}};
  response.body = json.take();
  return response;
}

}  // namespace lineside::hub
