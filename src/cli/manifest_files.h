// Manifests of the catalog in files, and what a hub finds wrong with them at their lines.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/answer.h"
#include "cli/hub_client.h"
#include "codec/catalog.h"

namespace lineside::cli {

// All documents of these files, and of the *.yaml and *.yml files below these folders in the order
// of their names; hidden ones are passed over. What is wrong in them is in `problems`. Errors:
// those of Files; invalid (there are none).
Result<codec::ParsedObjects> read_manifests(const std::vector<std::string>& paths);

// {"items": [...]}, with the revision that a document says it was read at.
std::string request_body(const codec::ParsedObjects& parsed);

// The answer to a call with request_body(): a list with an item for each object. Errors: corrupt.
Result<Answer> answer_about(const codec::ParsedObjects& parsed, std::string_view body);

// What a hub finds wrong with manifests that have problems of their own: references that dangle
// there, cycles through what it has. At the files' lines; nothing is stored. Errors: of the call.
Result<std::vector<domain::Problem>> ask_about_flawed(HubClient& client,
                                                      const codec::ParsedObjects& parsed);

// Prints what is wrong in the files; the exit code.
int report_problems(std::string_view verb, const codec::ParsedObjects& parsed);
// The same with what the hub has found, or why it was not asked.
int report_problems(std::string_view verb, const codec::ParsedObjects& parsed,
                    const Result<std::vector<domain::Problem>>& found);
// The same of a call with request_body() that the hub refused: its problems at the files' lines.
int report_refusal(std::string_view verb, const codec::ParsedObjects& parsed,
                   const HubClient& client, const Error& error);

}  // namespace lineside::cli
