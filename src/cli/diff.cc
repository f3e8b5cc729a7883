#include <cstdio>
#include <format>
#include <optional>
#include <unistd.h>

#include "base/text.h"
#include "cli/answer.h"
#include "cli/hub_client.h"
#include "cli/manifest_files.h"
#include "cli/options.h"
#include "cli/telling.h"
#include "cli/verbs.h"

namespace lineside::cli {

namespace {

constexpr std::size_t kValueMax = 400;

// Escape sequences are for terminals alone.
std::string coloured(std::string_view text, std::string_view colour) {
  static const bool kTerminal = isatty(STDOUT_FILENO) != 0;
  return kTerminal ? std::format("\x1b[{}m{}\x1b[0m", colour, text) : std::string(text);
}

void print_value(char sign, const std::string& value) {
  if (value.empty()) return;
  const std::string line = std::format("      {} {}", sign, excerpt(value, kValueMax));
  print(coloured(line, sign == '+' ? "32" : "31") + "\n");
}

std::string json_of(const Answer& answer, const codec::TreeNode& node, std::string_view member) {
  const auto* value = answer.find(node, member);
  return value == nullptr ? "" : answer.json(*value);
}

void print_differences(const Answer& answer) {
  std::size_t unchanged = 0;
  std::size_t changed = 0;
  for (const codec::TreeNode* item : answer.items(answer.root())) {
    const std::string change = answer.text(*item, "change");
    if (change == "unchanged") {
      ++unchanged;
      continue;
    }
    ++changed;
    const bool is_new = change == "created";
    const std::string title =
        std::format("{} {} {}", is_new ? '+' : '~', answer.text(*item, "kind"),
                    excerpt(answer.text(*item, "name"), kValueMax));
    print(coloured(title, is_new ? "1;32" : "1;33") + "\n");
    for (const codec::TreeNode* difference : answer.items(*item, "differences")) {
      print("    " + excerpt(answer.text(*difference, "path"), kValueMax) + "\n");
      print_value('-', json_of(answer, *difference, "before"));
      print_value('+', json_of(answer, *difference, "after"));
    }
  }
  print(std::format("{} of {} objects differ\n", changed, changed + unchanged));
}

Result<std::string> ask_differences(HubClient& client, const codec::ParsedObjects& parsed) {
  std::string body = TRY(client.send("POST", api_path({"diff"}), request_body(parsed)));
  TRY(answer_about(parsed, body));
  return body;
}

Result<void> show_differences(HubClient& client, const codec::ParsedObjects& parsed, bool json) {
  const std::string body = TRY(ask_differences(client, parsed));
  if (json)
    print(body + "\n");
  else
    print_differences(TRY(Answer::parse_lists(body)));
  return {};
}

}  // namespace

int run_diff(const Arguments& arguments) {
  HubAccess hub = HubAccess::from_environment();
  std::vector<std::string> paths;
  bool json = false;
  Options options("diff", "Shows what `lineside apply` would change.");
  options.required_texts("FILE", paths,
                         "manifests, or folders with *.yaml in them; -: standard input");
  options.flag("--json", json, "the hub's answer as JSON");
  hub.add_to(options);
  if (const auto code = options.parse(arguments)) return *code;
  const Telling telling{"diff", json};
  const auto manifests = read_manifests(paths);
  if (!manifests) return report(telling, manifests.error());
  const codec::ParsedObjects& parsed = manifests->parsed;
  auto client = HubClient::open(hub);
  if (!parsed.problems.empty()) return report(telling, refusal_of_flawed(*manifests, client, ""));
  if (!client) return report(telling, client.error());
  // What would come of it: the list of differences knows of no references, rights and revisions.
  const auto tried =
      client->send("POST", api_path({"apply"}) + "?dry_run=true", request_body(parsed));
  std::optional<Refused> refused;
  if (!tried) refused = refusal_by_hub(parsed, *client, tried.error());
  const bool may_differ =
      !refused || refused->error.code == Code::denied || refused->error.code == Code::conflict;
  if (may_differ && !(refused && json)) {
    const auto shown = show_differences(*client, parsed, json);
    if (!shown && !refused) return report(telling, *client, shown.error());
  }
  return refused ? report(telling, *refused) : 0;
}

}  // namespace lineside::cli
