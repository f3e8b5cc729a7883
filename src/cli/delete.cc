#include <cstdio>
#include <format>
#include <vector>

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

constexpr std::size_t kWarningMax = 600;

struct Asked {
  HubAccess hub = HubAccess::from_environment();
  std::string kind;
  std::string name;
  std::string note;
  bool dry_run = false;
  bool json = false;
};

struct Done {
  domain::Kind kind = domain::Kind::site;
  std::vector<std::string> warnings;  // what loses something by it
};

// Asked first, for once it is gone nobody can tell.
Result<Done> remove(HubClient& client, const Asked& asked) {
  Done done{TRY(kind_of_object(asked.kind, asked.name)), {}};
  const std::string looked =
      TRY(client.send("DELETE", object_path(done.kind, asked.name, "?dry_run=true")));
  const Answer answer = TRY(Answer::parse_texts(looked, "warnings"));
  for (const codec::TreeNode* warning : answer.items(answer.root(), "warnings"))
    done.warnings.push_back(excerpt(warning->text, kWarningMax));
  if (asked.dry_run) return done;
  const std::string query = asked.note.empty() ? "" : "?note=" + net::encode_component(asked.note);
  TRY(client.tell("DELETE", object_path(done.kind, asked.name, query)));
  return done;
}

void print_done(const Done& done, const Asked& asked) {
  if (asked.json) {
    codec::JsonWriter json;
    json.begin_object().member("kind", done.kind).member("name", asked.name);
    json.member("change", "deleted").member("dry_run", asked.dry_run);
    json.member("warnings", done.warnings).end_object();
    return print(json.take() + "\n");
  }
  for (const std::string& warning : done.warnings)
    std::fputs(std::format("lineside delete: warning: {}\n", warning).c_str(), stderr);
  print(std::format("{} {} {}\n", to_text(done.kind), excerpt(asked.name, 260),
                    asked.dry_run ? "can be deleted; a dry run, nothing was stored" : "deleted"));
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
  const auto done = remove(*client, asked);
  if (!done) return report("delete", *client, done.error());
  print_done(*done, asked);
  return 0;
}

}  // namespace lineside::cli
