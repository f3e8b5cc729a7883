#include <format>

#include "cli/answer.h"
#include "cli/hub_client.h"
#include "cli/object_name.h"
#include "cli/options.h"
#include "cli/telling.h"
#include "cli/verbs.h"

namespace lineside::cli {

namespace {

constexpr std::int64_t kRevisionsLimitMax = 1000;

Result<std::string> read_history(HubClient& client, const std::string& kind,
                                 const std::string& name, std::int64_t limit) {
  const domain::Kind known = TRY(kind_of_object(kind, name));
  return client.get(object_path(known, name, std::format("/history?limit={}", limit)));
}

std::string table_of(const Answer& answer) {
  Table table({"REVISION", "CHANGE", "TIME", "AUTHOR", "LEAF", "NOTE"});
  for (const codec::TreeNode* item : answer.items(answer.root()))
    table.add({answer.text(*item, "revision"), answer.text(*item, "change"),
               answer.text(*item, "time"), answer.text(*item, "author"), answer.text(*item, "leaf"),
               answer.text(*item, "note")});
  return table.text();
}

}  // namespace

int run_history(const Arguments& arguments) {
  HubAccess hub = HubAccess::from_environment();
  std::string kind;
  std::string name;
  std::int64_t limit = 100;
  bool json = false;
  Options options("history", "Shows the revisions of an object, newest first.");
  options.required("KIND", kind, "site, assets, DeviceType ...");
  options.required("NAME", name, "of the object; of a deleted one too");
  options.number("--limit", limit, "of revisions, 1 to 1000");
  options.flag("--json", json, "the hub's answer as JSON");
  hub.add_to(options);
  if (const auto code = options.parse(arguments)) return *code;
  const Telling telling{"history", json};
  if (limit < 1 || limit > kRevisionsLimitMax)
    return report(telling, invalid("--limit: expected 1 to 1000"));
  auto client = HubClient::open(hub);
  if (!client) return report(telling, client.error());
  const auto body = read_history(*client, kind, name, limit);
  if (!body) return report(telling, *client, body.error());
  const auto answer = Answer::parse_lists(*body);
  if (!answer) return report(telling, answer.error());
  print(json ? *body + "\n" : table_of(*answer));
  const auto whole = check_whole(*answer);
  return whole ? 0 : report("history", whole.error());
}

}  // namespace lineside::cli
