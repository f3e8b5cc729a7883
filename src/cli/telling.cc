#include "cli/telling.h"

#include <cstdio>
#include <format>

#include "base/text.h"
#include "cli/answer.h"
#include "cli/verbs.h"
#include "codec/json_writer.h"

namespace lineside::cli {

namespace {

constexpr std::size_t kNoteMax = 2000;

// "'title' perhaps": the name in quotes; empty: something else was expected.
std::string_view suggestion_in(std::string_view expected) {
  constexpr std::string_view kPerhaps = "' perhaps";
  if (!expected.starts_with('\'') || !expected.ends_with(kPerhaps)) return {};
  return expected.substr(1, expected.size() - 1 - kPerhaps.size());
}

void print_json(const Error& error, const std::vector<domain::Problem>& problems,
                const std::string& note) {
  codec::JsonWriter json;
  json.begin_object();
  write_error(json, error, problems, note);
  json.end_object();
  print(json.take() + "\n");
}

}  // namespace

void write_mistake(codec::JsonWriter& json, const domain::Problem& problem) {
  const auto add = [&json](std::string_view name, std::string_view text) {
    if (!text.empty()) json.member(name, text);
  };
  json.begin_object();
  add("file", problem.place.file);
  if (problem.place.line > 0)
    json.member("line", problem.place.line).member("column", problem.place.column);
  add("path", problem.path);
  add("text", problem.text);
  add("expected", problem.expected);
  add("found", problem.found);
  add("suggestion", suggestion_in(problem.expected));
  json.end_object();
}

void write_error(codec::JsonWriter& json, const Error& error,
                 const std::vector<domain::Problem>& problems, const std::string& note) {
  json.key("error").begin_object();
  json.member("code", traits(error.code).name).member("text", error.text).end_object();
  if (!problems.empty()) {
    json.key("problems").begin_array();
    for (const domain::Problem& problem : problems) write_mistake(json, problem);
    json.end_array();
  }
  if (!note.empty()) json.member("note", note);
}

void print_warnings(std::string_view verb, const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings)
    std::fputs(std::format("lineside {}: warning: {}\n", verb, warning).c_str(), stderr);
}

int report(const Telling& telling, const Error& error, const std::vector<domain::Problem>& problems,
           const std::string& note) {
  if (telling.json) {
    print_json(error, problems, note);
    return traits(error.code).exit_code;
  }
  for (const domain::Problem& problem : problems)
    std::fputs((problem_line(problem) + "\n").c_str(), stderr);
  if (!note.empty())
    std::fputs(std::format("lineside {}: {}\n", telling.verb, excerpt(note, kNoteMax)).c_str(),
               stderr);
  return report(telling.verb, error);
}

int report(const Telling& telling, const HubClient& client, const Error& error) {
  // Of one object that has no place nothing more is known than the error says.
  std::vector<domain::Problem> problems;
  for (const domain::Problem& problem : client.problems())
    if (problem.place.line > 0 || !error.text.starts_with(problem.text))
      problems.push_back(problem);
  return report(telling, error, problems);
}

int ask_hub(const Telling& telling, const HubAccess& access,
            const std::function<Result<void>(HubClient&)>& ask) {
  auto client = HubClient::open(access);
  if (!client) return report(telling, client.error());
  const auto done = ask(*client);
  return done ? 0 : report(telling, *client, done.error());
}

}  // namespace lineside::cli
