#include <format>

#include "base/text.h"
#include "cli/answer.h"
#include "cli/hub_client.h"
#include "cli/object_name.h"
#include "cli/options.h"
#include "cli/verbs.h"
#include "codec/json_writer.h"
#include "net/http.h"

namespace lineside::cli {

namespace {

struct Asked {
  HubAccess hub = HubAccess::from_environment();
  std::string kind;
  std::string name;
  std::string note;
  bool dry_run = false;
  bool json = false;
};

Result<domain::Kind> remove(HubClient& client, const Asked& asked) {
  const domain::Kind kind = TRY(kind_named(asked.kind));
  std::string query;
  if (asked.dry_run) query += "&dry_run=true";
  if (!asked.note.empty()) query += "&note=" + net::encode_component(asked.note);
  if (!query.empty()) query.front() = '?';
  TRY(client.send("DELETE", object_path(kind, asked.name, query)));
  return kind;
}

}  // namespace

int run_delete(const Arguments& arguments) {
  Asked asked;
  Options options("delete", "Deletes an object of a hub's catalog that nothing refers to.");
  options.required("KIND", asked.kind, "site, assets, DeviceType ...");
  options.required("NAME", asked.name, "of the object");
  options.flag("--dry-run", asked.dry_run, "everything but deleting it");
  options.text("--note", asked.note, "why, for the history");
  options.flag("--json", asked.json, "JSON on standard output");
  asked.hub.add_to(options);
  if (const auto code = options.parse(arguments)) return *code;
  auto client = HubClient::open(asked.hub);
  if (!client) return report("delete", client.error());
  const auto kind = remove(*client, asked);
  if (!kind) return report("delete", *client, kind.error());
  if (asked.json) {
    codec::JsonWriter json;
    json.begin_object().member("kind", *kind).member("name", asked.name);
    json.member("change", "deleted").member("dry_run", asked.dry_run).end_object();
    print(json.take() + "\n");
    return 0;
  }
  print(std::format("{} {} {}\n", to_text(*kind), excerpt(asked.name, 260),
                    asked.dry_run ? "can be deleted; a dry run, nothing was stored" : "deleted"));
  return 0;
}

}  // namespace lineside::cli
