#include <algorithm>
#include <format>
#include <string_view>
#include <vector>

#include "cli/hub_files.h"
#include "cli/options.h"
#include "cli/verbs.h"
#include "world/file_lock.h"
#include "world/files.h"

namespace lineside::cli {

namespace {

// Only keys, put back before, may be there; what the lock has left; and what a restore that was
// killed has: it has no database yet, and artifacts go by their digests.
Result<void> check_empty(const std::string& data) {
  constexpr std::string_view kPartial = "hub.db.tmp";
  const std::vector<std::string> names = TRY(world::system_files().list(data));
  const bool was_killed = std::ranges::contains(names, kPartial);
  for (const std::string& name : names) {
    const bool is_partial = name.starts_with(kPartial) || (was_killed && name == "artifacts/");
    if (name != "keys/" && name != "lock" && !is_partial)
      return fail(Code::conflict, std::format("{}: expected an empty folder, or one with keys/ "
                                              "alone, found {}",
                                              data, name));
  }
  return {};
}

Result<store::HubCopied> restore(const std::string& file, const std::string& data) {
  TRY(world::system_files().make_directories(data));
  const auto lock = TRY(world::FileLock::take(data + "/lock"));
  TRY(check_empty(data));
  VerifyBar bar("restore");
  return store::restore_hub(files_of_backup(file), files_of_hub(data), bar.callback());
}

}  // namespace

int run_restore(const Arguments& arguments) {
  std::string file;
  std::string data = default_hub_folder();
  bool json = false;
  Options options("restore", "Makes a hub's folder from a backup.");
  options.required("FILE", file, "as `lineside backup` has written it");
  options.text("--data", data, "folder of the hub's state: empty, or with keys/ alone");
  options.flag("--json", json, "one JSON object on standard output");
  if (const auto code = options.parse(arguments)) return *code;
  const auto copied = restore(file, data);
  if (!copied) return report("restore", copied.error());
  std::string advice =
      "what was revoked since the backup is good again, and edges that have joined or renewed "
      "their "
      "certificate since have to join again: lineside help restore";
  if (!world::system_files().exists(data + "/keys"))
    advice += "\nput the keys of that hub into " + data + "/keys before it starts";
  return report_copied("restore", *copied, json, advice);
}

}  // namespace lineside::cli
