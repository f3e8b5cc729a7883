#include <array>
#include <format>

#include "cli/answer.h"
#include "cli/hub_client.h"
#include "cli/manifest_files.h"
#include "cli/options.h"
#include "cli/telling.h"
#include "cli/verbs.h"
#include "net/http.h"

namespace lineside::cli {

namespace {

struct ApplyOptions {
  HubAccess hub = HubAccess::from_environment();
  std::vector<std::string> paths;
  std::string note;
  bool dry_run = false;
  bool json = false;
};

void print_table(const Answer& answer, bool dry_run) {
  constexpr std::array<std::string_view, 3> kChanges = {"created", "updated", "unchanged"};
  std::array<std::size_t, 3> counts{};
  Table table({"KIND", "NAME", "CHANGE", "REVISION"});
  for (const codec::TreeNode* item : answer.items(answer.root())) {
    const std::string change = answer.text(*item, "change");
    for (std::size_t i = 0; i < kChanges.size(); ++i) counts[i] += change == kChanges[i] ? 1 : 0;
    table.add({answer.text(*item, "kind"), answer.text(*item, "name"), change,
               answer.text(*item, "revision")});
  }
  print(table.text());
  print(std::format("{} created, {} updated, {} unchanged{}\n", counts[0], counts[1], counts[2],
                    dry_run ? "; a dry run, nothing was stored" : ""));
}

std::string target_of(const ApplyOptions& asked) {
  std::string query;
  if (asked.dry_run) query += "&dry_run=true";
  if (!asked.note.empty()) query += "&note=" + net::encode_component(asked.note);
  if (!query.empty()) query.front() = '?';
  return api_path({"apply"}) + query;
}

}  // namespace

int run_apply(const Arguments& arguments) {
  ApplyOptions asked;
  Options options("apply", "Makes and changes objects of a hub's catalog, all or nothing.");
  options.required_texts("FILE", asked.paths,
                         "manifests, or folders with *.yaml in them; -: standard input");
  options.flag("--dry-run", asked.dry_run, "everything but storing it");
  options.text("--note", asked.note, "why, for the history");
  options.flag("--json", asked.json, "the hub's answer as JSON");
  asked.hub.add_to(options);
  if (const auto code = options.parse(arguments)) return *code;
  const Telling telling{"apply", asked.json};
  if (const auto good = check_note(asked.note); !good) return report(telling, good.error());
  const auto manifests = read_manifests(asked.paths);
  if (!manifests) return report(telling, manifests.error());
  const codec::ParsedObjects& parsed = manifests->parsed;
  auto client = HubClient::open(asked.hub);
  if (!parsed.problems.empty())
    return report(telling, refusal_of_flawed(*manifests, client, "nothing was stored"));
  if (!client) return report(telling, client.error());
  const auto body = client->send("POST", target_of(asked), request_body(parsed));
  if (!body) return report(telling, refusal_by_hub(parsed, *client, body.error()));
  const auto answer = answer_about(parsed, *body);
  if (!answer) return report(telling, answer.error());
  if (asked.json) {
    print(*body + "\n");
    return 0;
  }
  print_warnings(telling.verb, answer->warnings());
  print_table(*answer, asked.dry_run);
  return 0;
}

}  // namespace lineside::cli
