// Manifests of the catalog in files, and what a hub finds wrong with them at their lines.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/answer.h"
#include "cli/hub_client.h"
#include "cli/telling.h"
#include "codec/catalog.h"

namespace lineside::cli {

struct Manifests {
  codec::ParsedObjects parsed;
  // Files that do not parse, or with a document that tells neither kind nor name: anything may be
  // in them.
  std::vector<codec::SourceFile> unread;
};

// All documents of these files, and of the *.yaml and *.yml files below these folders in the order
// of their names; hidden ones are passed over; "-" is standard input. What is wrong in them is in
// `parsed.problems`. Errors: those of Files; invalid (there are none).
Result<Manifests> read_manifests(const std::vector<std::string>& paths);

// Of a folder's sub-folders alone what read_manifests() takes. Errors: as there; none is no error.
Result<std::vector<codec::SourceFile>> read_sub_folders(std::string folder);

// Of a --note, which goes into the line of a request. Errors: those of check_line(); invalid (more
// than 4,000 bytes).
Result<void> check_note(std::string_view note);

// {"items": [...]}, with the revision that a document says it was read at.
std::string request_body(const codec::ParsedObjects& parsed);

// The answer to a call with request_body(): a list with an item for each object. Errors: corrupt.
Result<Answer> answer_about(const codec::ParsedObjects& parsed, std::string_view body);

// What is wrong with manifests, in the files and as the hub sees it, and why nothing was stored.
struct Refused {
  Error error;
  std::vector<domain::Problem> problems;  // at the files' lines
  std::string note;                       // what could not be looked at; empty: nothing
};

// Of manifests that have problems of their own: these, and what the hub finds wrong with the rest
// by dry runs, or why it could not be asked. Nothing is stored. `outcome` is told behind their
// number; empty: nothing.
Refused refusal_of_flawed(const Manifests& manifests, Result<HubClient>& client,
                          std::string_view outcome);
// Of a call with request_body() that the hub has just refused.
Refused refusal_by_hub(const codec::ParsedObjects& parsed, const HubClient& client,
                       const Error& error);

// The objects that could be applied without the others: neither they nor what they refer to are
// flawed or `unsure` (indexes of objects).
codec::ParsedObjects sound_alone(const codec::ParsedObjects& parsed,
                                 const std::set<std::size_t>& unsure);

// Tells it; the exit code.
int report(const Telling& telling, const Refused& refused);

}  // namespace lineside::cli
