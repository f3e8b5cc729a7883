// `lineside edge list`, `show`, `alerts`, `revoke` and `remove`: how edges stand to what their hub
// desires, and what they told it.
#include <charconv>
#include <cstdint>
#include <format>

#include "base/text.h"
#include "cli/answer.h"
#include "cli/hub_client.h"
#include "cli/options.h"
#include "cli/telling.h"
#include "cli/verbs.h"
#include "codec/json_writer.h"
#include "net/http.h"
#include "store/hub_alerts.h"

namespace lineside::cli {

namespace {

constexpr std::size_t kTwinTextMax = 600;
constexpr std::size_t kNameMax = 130;

std::string or_dash(std::string text) { return text.empty() ? "-" : text; }

// Versions of desired states begin at 1.
std::string version_or_dash(const std::string& version) { return version == "0" ? "-" : version; }

Result<void> check_name(const std::string& edge) {
  if (!edge.empty()) return {};
  return invalid("NAME: expected the name of an edge, found ''");
}

// ---- list --------------------------------------------------------------------------------------

struct ListAsked {
  HubAccess hub = HubAccess::from_environment();
  std::string site;
  std::string state;
  bool json = false;
};

Result<std::vector<Answer>> read_pages(HubClient& client, const std::string& list) {
  std::vector<Answer> pages;
  Pager pager;
  do {
    std::string target = list;
    if (!pager.cursor().empty()) target += "&cursor=" + net::encode_component(pager.cursor());
    pages.push_back(TRY(Answer::parse_lists(TRY(client.get(target)))));
  } while (TRY(pager.next(pages.back())));
  return pages;
}

Result<std::vector<Answer>> read_edges(HubClient& client, const ListAsked& asked) {
  std::string list = api_path({"edges"}) + "?limit=1000";
  if (!asked.site.empty()) list += "&site=" + net::encode_component(asked.site);
  if (!asked.state.empty()) list += "&state=" + net::encode_component(asked.state);
  return read_pages(client, list);
}

void print_twins(const std::vector<Answer>& pages) {
  Table table({"NAME", "SITE", "STATE", "SEEN", "DESIRED", "REPORTED", "WHY"});
  for (const Answer& page : pages)
    for (const codec::TreeNode* edge : page.items(page.root()))
      table.add({page.text(*edge, "name"), page.text(*edge, "site"), page.text(*edge, "state"),
                 or_dash(page.text(*edge, "seen")),
                 version_or_dash(page.text(*edge, "desired_version")),
                 version_or_dash(page.text(*edge, "reported_version")), page.text(*edge, "why")});
  print(table.text());
}

void print_list_json(const std::vector<Answer>& pages) {
  codec::JsonWriter json;
  json.begin_object().key("items").begin_array();
  for (const Answer& page : pages)
    for (const codec::TreeNode* edge : page.items(page.root())) json.raw(page.json(*edge));
  json.end_array().end_object();
  print(json.take() + "\n");
}

// ---- show --------------------------------------------------------------------------------------

Result<std::string> read_edge(HubClient& client, const std::string& name) {
  TRY(check_name(name));
  std::string body = TRY(client.get(api_path({"edges", name})));
  const Answer answer = TRY(Answer::parse(body));
  if (answer.text(answer.root(), "name") == name && !answer.text(answer.root(), "state").empty())
    return body;
  return no_hub(std::format("expected edge '{}'", excerpt(name, kNameMax)));
}

void print_row(std::string_view title, const std::string& value) {
  print(std::format("  {:<12} {}\n", title, or_dash(excerpt(value, kTwinTextMax))));
}

std::string version_text(const std::string& version, const std::string& more) {
  if (version == "0") return "";
  return "version " + version + (more.empty() ? "" : ", " + more);
}

void print_desired(const Answer& answer, const codec::TreeNode& desired) {
  const auto* document = answer.find(desired, "document");
  if (document == nullptr) return;
  print("\nShall run\n");
  for (const codec::TreeNode* manifest : answer.items(*document, "manifests"))
    print(std::format("  {} {}\n", answer.text(*manifest, "kind"),
                      excerpt(answer.text(*manifest, "name"), kTwinTextMax)));
  const auto held_back = answer.items(*document, "held_back");
  if (held_back.empty()) return;
  print("\nHeld back\n");
  for (const codec::TreeNode* why : held_back)
    print(std::format("  {}\n", excerpt(why->text, kTwinTextMax)));
}

void print_reported(const Answer& answer, const codec::TreeNode& reported) {
  const auto problems = answer.items(reported, "problems");
  if (problems.empty()) return;
  print("\nIt says\n");
  for (const codec::TreeNode* problem : problems)
    print(std::format("  {}\n", excerpt(problem->text, kTwinTextMax)));
}

void print_edge(const Answer& answer) {
  const codec::TreeNode& edge = answer.root();
  const auto* desired = answer.find(edge, "desired");
  const auto* reported = answer.find(edge, "reported");
  print(std::format("Edge {}\n", excerpt(answer.text(edge, "name"), kNameMax)));
  for (const char* row : {"site", "state", "why", "enrolled", "seen"})
    print_row(row, answer.text(edge, row));
  print_row("desired", version_text(answer.text(edge, "desired_version"),
                                    desired != nullptr ? answer.text(*desired, "time") : ""));
  print_row("reported", version_text(answer.text(edge, "reported_version"),
                                     reported != nullptr ? answer.text(*reported, "state") : ""));
  print_row("certificate", answer.text(edge, "certificate_expires"));
  if (desired != nullptr) print_desired(answer, *desired);
  if (reported != nullptr) print_reported(answer, *reported);
}

// ---- alerts ------------------------------------------------------------------------------------

Result<std::vector<Answer>> read_alerts(HubClient& client, const std::string& name) {
  TRY(check_name(name));
  auto pages = TRY(read_pages(client, api_path({"edges", name, "alerts"}) + "?limit=1000"));
  for (const Answer& page : pages) TRY(check_whole(page));
  return pages;
}

// Where the hub has not told all that was said, of how many others.
std::string others_text(const Answer& page, const codec::TreeNode& item, std::size_t told) {
  const std::string text = page.text(item, "verdicts_left_out");
  std::uint64_t left_out = 0;
  std::from_chars(text.data(), text.data() + text.size(), left_out);
  if (left_out == 0) return "";
  const bool is_all = left_out < store::kVerdictsCounted;
  return std::format("and {}{} more", is_all ? "" : "at least ", left_out + told);
}

// The newest one: it counts.
std::string verdict_text(const Answer& page, const codec::TreeNode& item) {
  const auto verdicts = page.items(item, "verdicts");
  if (verdicts.empty()) return or_dash(others_text(page, item, 0));
  const codec::TreeNode& newest = *verdicts.front();
  const std::string others = others_text(page, item, verdicts.size() - 1);
  return std::format("{} ({}){}{}", page.text(newest, "verdict"), page.text(newest, "author"),
                     others.empty() ? "" : " ", others);
}

void print_alerts(const std::vector<Answer>& pages) {
  Table table({"OPENED", "SEVERITY", "STATE", "ASSET", "PIPELINE", "VERDICT", "MESSAGE"});
  for (const Answer& page : pages) {
    for (const codec::TreeNode* item : page.items(page.root())) {
      const auto* alert = page.find(*item, "alert");
      if (alert == nullptr) continue;
      table.add({page.text(*alert, "opened"), page.text(*alert, "severity"),
                 page.text(*alert, "state"), page.text(*alert, "asset"),
                 page.text(*alert, "pipeline"), verdict_text(page, *item),
                 page.text(*alert, "message")});
    }
  }
  print(table.text());
}

// ---- revoke ------------------------------------------------------------------------------------

Result<void> revoke(HubClient& client, const std::string& name, const std::string& reason) {
  TRY(check_name(name));
  codec::JsonWriter body;
  body.begin_object().member("reason", reason).end_object();
  return client.tell("POST", api_path({"edges", name, "revoke"}), body.take());
}

// ---- remove ------------------------------------------------------------------------------------

Result<void> remove(HubClient& client, const std::string& name) {
  TRY(check_name(name));
  return client.tell("DELETE", api_path({"edges", name}));
}

void print_removed(const std::string& name, bool json_wanted) {
  if (!json_wanted) return print(std::format("edge {} removed\n", excerpt(name, kNameMax)));
  codec::JsonWriter json;
  json.begin_object().member("name", name).member("change", "removed").end_object();
  print(json.take() + "\n");
}

}  // namespace

int run_edge_list(const Arguments& arguments) {
  ListAsked asked;
  Options options("edge list", "Shows a hub's edges, and how they stand to what it desires.");
  options.text("--site", asked.site, "those of this site and the sites in it");
  options.text("--state", asked.state,
               "in_sync, applying, behind, failed, silent, stopped or never");
  options.flag("--json", asked.json, "the edges as JSON");
  asked.hub.add_to(options);
  if (const auto code = options.parse(arguments)) return *code;
  return ask_hub({"edge list", asked.json}, asked.hub, [&](HubClient& client) -> Result<void> {
    const auto pages = TRY(read_edges(client, asked));
    asked.json ? print_list_json(pages) : print_twins(pages);
    return {};
  });
}

int run_edge_show(const Arguments& arguments) {
  HubAccess hub = HubAccess::from_environment();
  std::string name;
  bool json = false;
  Options options("edge show", "Shows an edge: desired, reported, last seen, and why they differ.");
  options.required("NAME", name, "of the edge");
  options.flag("--json", json, "the hub's answer as JSON");
  hub.add_to(options);
  if (const auto code = options.parse(arguments)) return *code;
  return ask_hub({"edge show", json}, hub, [&](HubClient& client) -> Result<void> {
    const std::string body = TRY(read_edge(client, name));
    const Answer answer = TRY(Answer::parse(body));
    json ? print(body + "\n") : print_edge(answer);
    return {};
  });
}

int run_edge_alerts(const Arguments& arguments) {
  HubAccess hub = HubAccess::from_environment();
  std::string name;
  bool json = false;
  Options options("edge alerts", "Shows what an edge raised, newest first, and the verdicts.");
  options.required("NAME", name, "of the edge");
  options.flag("--json", json, "the alerts as JSON");
  hub.add_to(options);
  if (const auto code = options.parse(arguments)) return *code;
  return ask_hub({"edge alerts", json}, hub, [&](HubClient& client) -> Result<void> {
    const auto pages = TRY(read_alerts(client, name));
    json ? print_list_json(pages) : print_alerts(pages);
    return {};
  });
}

int run_edge_remove(const Arguments& arguments) {
  HubAccess hub = HubAccess::from_environment();
  std::string name;
  bool json = false;
  Options options("edge remove", "Makes a hub forget an edge; its certificates are revoked.");
  options.required("NAME", name, "of the edge");
  options.flag("--json", json, "JSON on standard output");
  hub.add_to(options);
  if (const auto code = options.parse(arguments)) return *code;
  return ask_hub({"edge remove", json}, hub, [&](HubClient& client) -> Result<void> {
    TRY(remove(client, name));
    print_removed(name, json);
    return {};
  });
}

int run_edge_revoke(const Arguments& arguments) {
  HubAccess hub = HubAccess::from_environment();
  std::string name;
  std::string reason;
  Options options("edge revoke", "Ends an edge's certificates: at once it is let in no more.");
  options.required("NAME", name, "of the edge");
  options.text("--reason", reason, "why, for the audit log");
  hub.add_to(options);
  if (const auto code = options.parse(arguments)) return *code;
  if (reason.empty()) return report("edge revoke", invalid("expected --reason TEXT"));
  return ask_hub({"edge revoke"}, hub, [&](HubClient& client) -> Result<void> {
    TRY(revoke(client, name, reason));
    print(std::format("edge {} revoked\n", excerpt(name, kNameMax)));
    return {};
  });
}

}  // namespace lineside::cli
