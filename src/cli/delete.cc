#include <algorithm>
#include <format>
#include <vector>

#include "base/text.h"
#include "cli/answer.h"
#include "cli/hub_client.h"
#include "cli/manifest_files.h"
#include "cli/object_name.h"
#include "cli/options.h"
#include "cli/telling.h"
#include "cli/verbs.h"
#include "codec/json_writer.h"
#include "net/http.h"

namespace lineside::cli {

namespace {

struct DeleteOptions {
  HubAccess hub = HubAccess::from_environment();
  std::string kind;
  std::string name;
  std::vector<std::string> files;  // of manifests, in the place of kind and name
  std::string note;
  bool dry_run = false;
  bool json = false;
};

struct Done {
  domain::Kind kind = domain::Kind::site;
  std::vector<std::string> warnings;  // what loses something by it
};

// Who may not see all of a hub is not told by a refusal what else refers to the object; what he
// sees of it the graph shows him.
Error with_referrers(HubClient& client, domain::Kind kind, const DeleteOptions& asked,
                     Error error) {
  constexpr std::string_view kUnnamed = " is referred to by others";
  if (!error.text.ends_with(kUnnamed)) return error;
  const auto body =
      client.get(object_path(kind, asked.name, "/graph?direction=up&depth=1&limit=10"));
  const auto answer = body ? Answer::parse_lists(*body, {"edges"}) : Result<Answer>(body.error());
  if (!answer) return error;
  std::string seen;
  for (const codec::TreeNode* edge : answer->items(answer->root(), "edges"))
    if (const auto* from = answer->find(*edge, "from"))
      seen += std::format("{}{} '{}'", seen.empty() ? "" : ", ", answer->text(*from, "kind"),
                          excerpt(answer->text(*from, "name"), 260));
  error.text += seen.empty() ? ", none of which you may see"
                             : std::format("; of those that you may see: {}", seen);
  return error;
}

// DeleteOptions first, for once it is gone nobody can tell.
Result<Done> remove(HubClient& client, const DeleteOptions& asked) {
  Done done{TRY(kind_of_object(asked.kind, asked.name)), {}};
  const auto looked = client.send("DELETE", object_path(done.kind, asked.name, "?dry_run=true"));
  if (!looked) return with_referrers(client, done.kind, asked, looked.error());
  const Answer answer = TRY(Answer::parse_texts(*looked, "warnings"));
  done.warnings = answer.warnings();
  if (asked.dry_run) return done;
  const std::string query = asked.note.empty() ? "" : "?note=" + net::encode_component(asked.note);
  TRY(client.tell("DELETE", object_path(done.kind, asked.name, query)));
  return done;
}

void print_done(const Done& done, const DeleteOptions& asked) {
  if (asked.json) {
    codec::JsonWriter json;
    json.begin_object().member("kind", done.kind).member("name", asked.name);
    json.member("change", "deleted").member("dry_run", asked.dry_run);
    json.member("warnings", done.warnings).end_object();
    return print(json.take() + "\n");
  }
  print_warnings("delete", done.warnings);
  print(std::format("{} {} {}\n", to_text(done.kind), excerpt(asked.name, 260),
                    asked.dry_run ? "can be deleted; a dry run, nothing was stored" : "deleted"));
}

// ---- What manifests name -----------------------------------------------------------------------

void print_deleted(const Answer& answer, bool dry_run) {
  Table table({"KIND", "NAME", "CHANGE", "REVISION"});
  const auto items = answer.items(answer.root());
  for (const codec::TreeNode* item : items)
    table.add({answer.text(*item, "kind"), answer.text(*item, "name"), answer.text(*item, "change"),
               answer.text(*item, "revision")});
  print(table.text());
  print(std::format("{} deleted{}\n", items.size(),
                    dry_run ? "; a dry run, nothing was stored" : ""));
}

// A hub refuses a batch as invalid whatever is wrong in it; of one object it says that there is
// none such, and so does this where nothing else is wrong.
Refused with_absent(Refused refused) {
  constexpr std::string_view kAbsent = "there is no ";
  constexpr std::string_view kMore = "and ";  // so many more
  const auto is_absence = [&](const domain::Problem& problem) {
    return problem.text.starts_with(kAbsent) || problem.text.starts_with(kMore);
  };
  if (refused.error.code == Code::invalid && refused.error.text.starts_with(kAbsent) &&
      std::ranges::all_of(refused.problems, is_absence))
    refused.error.code = Code::not_found;
  return refused;
}

// In one request, so that it does not matter what refers to what among them.
int delete_named(const Telling& telling, const DeleteOptions& asked) {
  const auto manifests = read_manifests(asked.files);
  if (!manifests) return report(telling, manifests.error());
  const codec::ParsedObjects& parsed = manifests->parsed;
  if (!parsed.problems.empty())
    return report(telling,
                  invalid(std::format("{} problem{}, nothing was deleted", parsed.problems.size(),
                                      parsed.problems.size() == 1 ? "" : "s")),
                  parsed.problems);
  auto client = HubClient::open(asked.hub);
  if (!client) return report(telling, client.error());
  std::string target =
      api_path({"delete"}) + std::format("?dry_run={}", asked.dry_run ? "true" : "false");
  if (!asked.note.empty()) target += "&note=" + net::encode_component(asked.note);
  const auto body = client->send("POST", target, request_body(parsed));
  if (!body) return report(telling, with_absent(refusal_by_hub(parsed, *client, body.error())));
  const auto answer = answer_about(parsed, *body);
  if (!answer) return report(telling, answer.error());
  if (asked.json)
    print(*body + "\n");
  else
    print_deleted(*answer, asked.dry_run);
  return 0;
}

Result<void> check(const DeleteOptions& asked, const Options& options) {
  TRY(check_note(asked.note));
  const bool is_named = !asked.kind.empty() || !asked.name.empty();
  if (!asked.files.empty() && !is_named) return {};
  if (!asked.files.empty()) return invalid("expected KIND and NAME or -f FILE, found both");
  if (!asked.kind.empty() && !asked.name.empty()) return {};
  if (options.has("NAME") && asked.name.empty())
    return invalid("NAME: expected the name of an object, found ''");
  return invalid("expected KIND and NAME, or -f FILE");
}

}  // namespace

int run_delete(const Arguments& arguments) {
  DeleteOptions asked;
  Options options("delete", "Deletes objects of a hub's catalog that nothing refers to.");
  options.text("KIND", asked.kind, "site, assets, DeviceType ...");
  options.text("NAME", asked.name, "of the object");
  options.texts("-f,--file", asked.files,
                "manifests, or a folder with *.yaml in it: what they name, all or nothing");
  options.flag("--dry-run", asked.dry_run, "everything but deleting it");
  options.text("--note", asked.note, "why, for the history");
  options.flag("--json", asked.json, "JSON on standard output");
  asked.hub.add_to(options);
  if (const auto code = options.parse(arguments)) return *code;
  const Telling telling{"delete", asked.json};
  if (const auto good = check(asked, options); !good) return report(telling, good.error());
  if (!asked.files.empty()) return delete_named(telling, asked);
  auto client = HubClient::open(asked.hub);
  if (!client) return report(telling, client.error());
  const auto done = remove(*client, asked);
  if (!done) return report(telling, *client, done.error());
  print_done(*done, asked);
  return 0;
}

}  // namespace lineside::cli
