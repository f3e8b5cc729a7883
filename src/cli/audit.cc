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
#include "crypt/checkpoint.h"
#include "net/http.h"

namespace lineside::cli {

namespace {

constexpr std::int64_t kEntriesPageMax = 1000;
constexpr std::int64_t kEntriesLimitMax = 1'000'000;

// ---- checkpoint and key ------------------------------------------------------------------------

// A text that is kept, and what it must be: whoever answers may be no hub at all.
struct Kept {
  std::string verb;
  std::string summary;
  std::string target;
  Result<void> (*check)(std::string_view text);
};

Result<void> check_checkpoint(std::string_view text) {
  TRY(crypt::parse_checkpoint(TRY(crypt::parse_note(text)).text));
  return {};
}

Result<void> check_key(std::string_view text) {
  TRY(crypt::NoteKey::parse(trim(text)));
  return {};
}

int print_text(const Kept& kept, const Arguments& arguments) {
  const std::string& verb = kept.verb;
  HubAccess hub = HubAccess::from_environment();
  Options options(verb, kept.summary);
  hub.add_to(options);
  if (const auto code = options.parse(arguments)) return *code;
  auto client = HubClient::open(hub);
  if (!client) return report(verb, client.error());
  const auto body = client->get(kept.target);
  if (!body) return report(verb, *client, body.error());
  if (const auto right = kept.check(*body); !right)
    return report(verb, fail(Code::corrupt, std::format("the answer is not a hub's: {}; is --hub "
                                                        "the address of one?",
                                                        right.error().text)));
  print(*body);
  return 0;
}

int run_checkpoint(const Arguments& arguments) {
  return print_text({.verb = "audit checkpoint",
                     .summary = "Prints the log's newest checkpoint, to be kept.",
                     .target = "/api/v1/audit/checkpoint",
                     .check = check_checkpoint},
                    arguments);
}

int run_key(const Arguments& arguments) {
  return print_text({.verb = "audit key",
                     .summary = "Prints the public key that signs checkpoints, to be kept.",
                     .target = "/api/v1/audit/key",
                     .check = check_key},
                    arguments);
}

// ---- show --------------------------------------------------------------------------------------

struct AuditOptions {
  HubAccess hub = HubAccess::from_environment();
  std::string action, actor, subject, from, until;
  std::int64_t limit = 100;
  bool json = false;
};

std::string filters_of(const AuditOptions& asked) {
  std::string query;
  const std::array<std::pair<const char*, const std::string*>, 5> all = {
      {{"action", &asked.action},
       {"actor", &asked.actor},
       {"subject", &asked.subject},
       {"from", &asked.from},
       {"until", &asked.until}}};
  for (const auto& [name, value] : all)
    if (!value->empty()) query += std::format("&{}={}", name, net::encode_component(*value));
  return query;
}

Result<std::vector<Answer>> find_entries(HubClient& client, const AuditOptions& asked) {
  std::vector<Answer> pages;
  Pager pager;
  std::int64_t left = asked.limit;
  do {
    std::string target = std::format("/api/v1/audit/entries?limit={}{}",
                                     std::min(left, kEntriesPageMax), filters_of(asked));
    if (!pager.cursor().empty()) target += "&before=" + net::encode_component(pager.cursor());
    pages.push_back(TRY(Answer::parse_lists(TRY(client.get(target)))));
    const Answer& page = pages.back();
    left -= static_cast<std::int64_t>(page.items(page.root()).size());
  } while (TRY(pager.next(pages.back())) && left > 0);
  return pages;
}

void print_entries(const std::vector<Answer>& pages) {
  Table table({"INDEX", "TIME", "ACTION", "ACTOR", "SUBJECT"});
  for (const Answer& page : pages)
    for (const codec::TreeNode* item : page.items(page.root())) {
      const std::string name = page.text(*item, "actor_name");
      table.add({page.text(*item, "index"), page.text(*item, "time"), page.text(*item, "action"),
                 name.empty() ? page.text(*item, "actor") : name, page.text(*item, "subject")});
    }
  print(table.text());
}

void print_pages_json(const std::vector<Answer>& pages) {
  codec::JsonWriter json;
  json.begin_object().key("items").begin_array();
  for (const Answer& page : pages)
    for (const codec::TreeNode* item : page.items(page.root())) json.raw(page.json(*item));
  json.end_array().end_object();
  print(json.take() + "\n");
}

int run_show(const Arguments& arguments) {
  AuditOptions asked;
  Options options("audit show", "Shows entries of a hub's audit log, newest first.");
  options.text("--action", asked.action, "object.updated, or all that begin so: session.");
  options.text("--actor", asked.actor, "a person's name, Token/NAME or Edge/NAME");
  options.text("--subject", asked.subject, "Pipeline/press, Edge/hall-2 ...");
  options.text("--from", asked.from, "ISO 8601, this moment included");
  options.text("--until", asked.until, "ISO 8601, this moment not included");
  options.number("--limit", asked.limit, "of entries");
  options.flag("--json", asked.json, "entries with their exact texts as JSON");
  asked.hub.add_to(options);
  if (const auto code = options.parse(arguments)) return *code;
  const Telling telling{"audit show", asked.json};
  if (asked.limit < 1 || asked.limit > kEntriesLimitMax)
    return report(telling, invalid(std::format("--limit: expected 1 to {}", kEntriesLimitMax)));
  auto client = HubClient::open(asked.hub);
  if (!client) return report(telling, client.error());
  const auto pages = find_entries(*client, asked);
  if (!pages) return report(telling, *client, pages.error());
  asked.json ? print_pages_json(*pages) : print_entries(*pages);
  return 0;
}

struct AuditPart {
  std::string_view name;
  int (*run)(const Arguments& arguments);
};
constexpr std::array<AuditPart, 4> kAuditParts = {{{"checkpoint", run_checkpoint},
                                                   {"key", run_key},
                                                   {"show", run_show},
                                                   {"verify", run_audit_verify}}};

}  // namespace

int run_audit(const Arguments& arguments) {
  const std::string asked = arguments.empty() ? "" : arguments[0];
  const auto part = std::ranges::find(kAuditParts, asked, &AuditPart::name);
  if (part != kAuditParts.end()) return part->run({arguments.begin() + 1, arguments.end()});
  if (asked == "--help" || asked == "-h") return run_help({"audit"});
  return report("audit",
                invalid(std::format("expected show, verify, checkpoint or key{}",
                                    asked.empty() ? "" : ", found '" + excerpt(asked, 40) + "'")));
}

}  // namespace lineside::cli
