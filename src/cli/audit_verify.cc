#include <format>

#include "base/text.h"
#include "cli/answer.h"
#include "cli/hub_client.h"
#include "cli/log_check.h"
#include "cli/options.h"
#include "cli/verbs.h"
#include "codec/json_writer.h"
#include "world/files.h"

namespace lineside::cli {

namespace {

constexpr std::string_view kVerb = "audit verify";
constexpr int kNotVerified = 1;

struct Asked {
  HubAccess hub = HubAccess::from_environment();
  std::string from;  // empty: the hub itself
  std::string checkpoint_file;
  std::string key_file;
  bool json = false;
};

Result<std::unique_ptr<LogSource>> open_source(const Asked& asked) {
  if (!asked.from.empty()) return log_of_file(asked.from);
  return log_of_hub(TRY(HubClient::open(asked.hub)));
}

Result<LogVerdict> verify(const Asked& asked) {
  world::Files& files = world::system_files();
  const Bytes key_text = TRY(files.read(asked.key_file));
  const auto key = TRY_WITH(crypt::NoteKey::parse(trim(as_text(key_text))), asked.key_file);
  const Bytes note = TRY(files.read(asked.checkpoint_file));
  const auto source = TRY(open_source(asked));
  return check_log(*source, std::string(as_text(note)), key);
}

void print_json(const LogVerdict& verdict) {
  codec::JsonWriter json;
  json.begin_object().member("verified", verdict.wrong.empty());
  json.member("kept", verdict.kept).member("leaves", verdict.leaves);
  json.member("root", to_hex(verdict.root)).member("wrong", verdict.wrong);
  json.member("first_wrong", verdict.first).key("first_wrong_before");
  verdict.first ? json.value(verdict.last + 1) : json.null();
  json.end_object();
  print(json.take() + "\n");
}

std::string place_of(const LogVerdict& verdict) {
  if (!verdict.first) return "nothing tells which leaf is the first wrong one";
  if (*verdict.first == verdict.last) return std::format("first wrong leaf: {}", *verdict.first);
  return std::format("first wrong leaf: one of {} to {}, which were stored together",
                     *verdict.first, verdict.last);
}

}  // namespace

int run_audit_verify(const Arguments& arguments) {
  Asked asked;
  Options options(std::string(kVerb), "Checks a hub's audit log against a kept checkpoint.");
  options.required("--checkpoint", asked.checkpoint_file, "file with a checkpoint kept earlier");
  options.required("--key", asked.key_file, "file with the hub's public key");
  options.text("--from", asked.from, "data folder or backup; absent: the hub gives the log");
  options.flag("--json", asked.json, "one JSON object on standard output");
  asked.hub.add_to(options);
  if (const auto code = options.parse(arguments)) return *code;
  const auto verdict = verify(asked);
  if (!verdict) return report(kVerb, verdict.error());
  if (asked.json) {
    print_json(*verdict);
  } else if (verdict->wrong.empty()) {
    print(std::format("verified: {} leaves, root {}; it goes on from the kept checkpoint of {}\n",
                      verdict->leaves, to_hex(verdict->root), verdict->kept));
  } else {
    print(std::format("NOT verified: {}\n{}\n", verdict->wrong, place_of(*verdict)));
  }
  return verdict->wrong.empty() ? 0 : kNotVerified;
}

}  // namespace lineside::cli
