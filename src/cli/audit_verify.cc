#include <format>
#include <optional>

#include "base/text.h"
#include "cli/answer.h"
#include "cli/hub_client.h"
#include "cli/hub_files.h"
#include "cli/log_check.h"
#include "cli/options.h"
#include "cli/telling.h"
#include "cli/verbs.h"
#include "codec/json_writer.h"
#include "world/files.h"

namespace lineside::cli {

namespace {

constexpr std::string_view kVerb = "audit verify";
constexpr int kNotVerified = 1;

struct VerifyOptions {
  HubAccess hub = HubAccess::from_environment();
  std::string from;  // empty: the hub itself
  std::string checkpoint_file;
  std::string key_file;
  bool json = false;
};

Result<std::unique_ptr<LogSource>> open_source(const VerifyOptions& asked) {
  if (!asked.from.empty()) return log_of_file(asked.from);
  return log_of_hub(TRY(HubClient::open(asked.hub)));
}

struct Verdict {
  LogVerdict log;
  bool is_log_right = false;
  std::optional<store::HubVerified> database;  // absent: the hub was asked, or it is wrong
};

Result<Verdict> verify(const VerifyOptions& asked) {
  world::Files& files = world::system_files();
  const Bytes key_text = TRY(files.read(asked.key_file));
  const auto key = TRY_WITH(crypt::NoteKey::parse(trim(as_text(key_text))), asked.key_file);
  const Bytes note = TRY(files.read(asked.checkpoint_file));
  const auto source = TRY(open_source(asked));
  VerifyBar bar{std::string(kVerb)};
  const auto tell = bar.callback();
  const auto log_progress = [&](std::uint64_t done, std::uint64_t total) {
    if (tell) tell({.part = "leaves", .done = done, .total = total});
  };
  auto verdict = TRY(check_log(*source, std::string(as_text(note)), key, log_progress));
  if (!verdict.wrong.empty() || asked.from.empty()) return Verdict{std::move(verdict), false, {}};
  // The log is what it was; whether the rest of the file is what the log says is another question.
  auto database = store::verify_hub_file(database_at(asked.from), tell);
  if (!database && database.error().code != Code::corrupt) return database.error();
  if (!database) verdict.wrong = database.error().text;
  return Verdict{std::move(verdict), true,
                 database ? std::optional(*database) : std::optional<store::HubVerified>()};
}

void print_json(const LogVerdict& verdict, const std::optional<store::HubVerified>& database) {
  codec::JsonWriter json;
  json.begin_object().member("verified", verdict.wrong.empty());
  json.member("kept", verdict.kept).member("leaves", verdict.leaves);
  json.member("root", to_hex(verdict.root)).member("wrong", verdict.wrong);
  json.member("first_wrong", verdict.first).key("first_wrong_before");
  verdict.first ? json.value(verdict.last + 1) : json.null();
  if (database) {
    json.member("revisions", database->revisions).member("approvals", database->approvals);
    json.member("certificates", database->certificates).member("unbound", database->unbound);
  }
  json.end_object();
  print(json.take() + "\n");
}

std::string place_of(const Verdict& verified) {
  const LogVerdict& verdict = verified.log;
  if (verified.is_log_right) return "the log itself is right\n";
  if (!verdict.first) return "nothing tells which leaf is the first wrong one\n";
  if (*verdict.first == verdict.last) return std::format("first wrong leaf: {}\n", *verdict.first);
  return std::format("first wrong leaf: one of {} to {}, which were stored together\n",
                     *verdict.first, verdict.last);
}

void print_verified(const Verdict& verified) {
  const LogVerdict& log = verified.log;
  print(std::format("verified: {} leaves, root {}; it goes on from the kept checkpoint of {}\n",
                    log.leaves, to_hex(log.root), log.kept));
  if (!verified.database) return;
  const store::HubVerified& database = *verified.database;
  print(std::format("{} revisions, {} approvals, {} certificates are what the log says\n",
                    database.revisions, database.approvals, database.certificates));
  if (database.unbound > 0)
    print(std::format("of {} certificates an older version has logged no fingerprint: not bound\n",
                      database.unbound));
}

}  // namespace

int run_audit_verify(const Arguments& arguments) {
  VerifyOptions asked;
  Options options(std::string(kVerb), "Checks a hub's audit log against a kept checkpoint.");
  options.required("--checkpoint", asked.checkpoint_file, "file with a checkpoint kept earlier");
  options.required("--key", asked.key_file, "file with the hub's public key");
  options.text("--from", asked.from, "data folder or backup; absent: the hub gives the log");
  options.flag("--json", asked.json, "one JSON object on standard output");
  asked.hub.add_to(options);
  if (const auto code = options.parse(arguments)) return *code;
  const auto verified = verify(asked);
  if (!verified) return report(Telling{kVerb, asked.json}, verified.error());
  const LogVerdict& verdict = verified->log;
  if (asked.json) {
    print_json(verdict, verified->database);
  } else if (verdict.wrong.empty()) {
    print_verified(*verified);
  } else {
    print(std::format("NOT verified: {}\n{}", verdict.wrong, place_of(*verified)));
  }
  return verdict.wrong.empty() ? 0 : kNotVerified;
}

}  // namespace lineside::cli
