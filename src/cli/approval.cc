#include <algorithm>
#include <array>
#include <cstdio>
#include <format>

#include "base/text.h"
#include "cli/answer.h"
#include "cli/hub_client.h"
#include "cli/options.h"
#include "cli/telling.h"
#include "cli/verbs.h"
#include "codec/json_writer.h"

namespace lineside::cli {

namespace {

constexpr std::int64_t kApprovalsLimitMax = 1000;

// Where a person decides: a program's token cannot.
std::string page_of(const HubAccess& hub, const std::string& id) {
  std::string url = hub.url;
  while (url.ends_with('/')) url.pop_back();
  return std::format("{}/#/approvals/{}", url, id);
}

std::string or_dash(std::string text) { return text.empty() ? "-" : text; }

void print_asked(const Answer& answer, const HubAccess& hub) {
  const codec::TreeNode& approval = answer.root();
  print(std::format("approval {} asked for: {} {}, {}\n", excerpt(answer.text(approval, "id"), 40),
                    answer.text(approval, "kind"), excerpt(answer.text(approval, "name"), 260),
                    excerpt(answer.text(approval, "digest"), 80)));
  print(std::format("to be decided by somebody else, signed in at {}\n",
                    excerpt(page_of(hub, answer.text(approval, "id")), 400)));
}

int run_ask(const Arguments& arguments) {
  HubAccess hub = HubAccess::from_environment();
  std::string version;
  std::string reason;
  bool json = false;
  Options options("approval ask", "Asks for the approval of a model version's digest.");
  options.required("MODEL_VERSION", version, "name of a ModelVersion whose file the hub has");
  options.text("--reason", reason, "what for, as the one who decides reads it");
  options.flag("--json", json, "the hub's answer as JSON");
  hub.add_to(options);
  if (const auto code = options.parse(arguments)) return *code;
  const Telling telling{"approval ask", json};
  if (reason.empty())
    return report(telling, invalid("expected --reason TEXT, for the one who decides"));
  auto client = HubClient::open(hub);
  if (!client) return report(telling, client.error());
  codec::JsonWriter body;
  body.begin_object().member("model_version", version).member("reason", reason).end_object();
  const auto text = client->send("POST", api_path({"approvals"}), body.take());
  if (!text) return report(telling, *client, text.error());
  const auto answer = Answer::parse(*text);
  if (!answer) return report(telling, answer.error());
  json ? print(*text + "\n") : print_asked(*answer, hub);
  return 0;
}

void print_approvals(const Answer& answer, const HubAccess& hub, std::int64_t limit) {
  Table table({"ID", "MODEL VERSION", "STATE", "ASKED BY", "ASKED", "DECIDED BY", "REASON"});
  std::string open;
  for (const codec::TreeNode* item : answer.items(answer.root())) {
    const std::string state = answer.text(*item, "state");
    if (state == "requested") open = answer.text(*item, "id");
    // Once it is decided, why it was decided so.
    const std::string reason = answer.text(*item, state == "requested" ? "purpose" : "reason");
    table.add({answer.text(*item, "id"), answer.text(*item, "name"), state,
               answer.text(*item, "requested_by"), answer.text(*item, "requested"),
               or_dash(answer.text(*item, "decided_by")), or_dash(reason)});
  }
  print(table.text());
  if (!open.empty()) print(std::format("to be decided at {}\n", excerpt(page_of(hub, open), 400)));
  if (!answer.text(answer.root(), "next").empty())
    std::fputs(std::format("there are more than {}; see --limit\n", limit).c_str(), stderr);
}

int run_list(const Arguments& arguments) {
  HubAccess hub = HubAccess::from_environment();
  std::string state;
  std::int64_t limit = 100;
  bool json = false;
  Options options("approval list", "Shows approvals, newest first.");
  options.text("--state", state, "requested, approved, rejected or withdrawn; else all");
  options.number("--limit", limit, "of approvals, 1 to 1000");
  options.flag("--json", json, "the hub's answer as JSON");
  hub.add_to(options);
  if (const auto code = options.parse(arguments)) return *code;
  const Telling telling{"approval list", json};
  if (limit < 1 || limit > kApprovalsLimitMax)
    return report(telling, invalid("--limit: expected 1 to 1000"));
  auto client = HubClient::open(hub);
  if (!client) return report(telling, client.error());
  std::string target = std::format("{}?limit={}", api_path({"approvals"}), limit);
  if (!state.empty()) target += "&state=" + net::encode_component(state);
  const auto text = client->get(target);
  if (!text) return report(telling, *client, text.error());
  const auto answer = Answer::parse_lists(*text);
  if (!answer) return report(telling, answer.error());
  json ? print(*text + "\n") : print_approvals(*answer, hub, limit);
  const auto whole = check_whole(*answer);
  return whole ? 0 : report("approval list", whole.error());
}

struct ApprovalPart {
  std::string_view name;
  int (*run)(const Arguments& arguments);
};
constexpr std::array<ApprovalPart, 2> kApprovalParts = {{{"ask", run_ask}, {"list", run_list}}};

}  // namespace

int run_approval(const Arguments& arguments) {
  const std::string asked = arguments.empty() ? "" : arguments[0];
  const auto part = std::ranges::find(kApprovalParts, asked, &ApprovalPart::name);
  if (part != kApprovalParts.end()) return part->run({arguments.begin() + 1, arguments.end()});
  if (asked == "--help" || asked == "-h") return run_help({"approval"});
  return report("approval",
                invalid(std::format("expected ask or list{}",
                                    asked.empty() ? "" : ", found '" + excerpt(asked, 40) + "'")));
}

}  // namespace lineside::cli
