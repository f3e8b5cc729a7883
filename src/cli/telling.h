// How a verb says what went wrong: in lines on standard error, or to who has asked for JSON as one
// document on standard output, in the form of the hub's own refusals:
//
//   {"error": {"code", "text"}, "problems": [{file, line, column, path, text, expected, found,
//    suggestion}...], "note"}
//
// `problems` and `note` only where there are any; of a problem no member that is empty.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/hub_client.h"
#include "codec/json_writer.h"
#include "domain/manifest.h"

namespace lineside::cli {

struct Telling {
  std::string_view verb;
  bool json = false;
};

// As a member of "problems".
void write_mistake(codec::JsonWriter& json, const domain::Problem& problem);
// "error", "problems" and "note" into an open object.
void write_error(codec::JsonWriter& json, const Error& error,
                 const std::vector<domain::Problem>& problems = {}, const std::string& note = "");

// What the hub warns of, in lines on standard error: "lineside apply: warning: ...".
void print_warnings(std::string_view verb, const std::vector<std::string>& warnings);

// The exit code. `note` is about what could not be looked at.
int report(const Telling& telling, const Error& error,
           const std::vector<domain::Problem>& problems = {}, const std::string& note = "");
// With what the hub has told of the call that it refused.
int report(const Telling& telling, const HubClient& client, const Error& error);

// Asks a hub and reports what went wrong; the exit code.
int ask_hub(const Telling& telling, const HubAccess& access,
            const std::function<Result<void>(HubClient&)>& ask);

}  // namespace lineside::cli
