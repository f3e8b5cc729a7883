#include <format>

#include "base/text.h"
#include "cli/hub_files.h"
#include "cli/options.h"
#include "cli/verbs.h"
#include "world/files.h"

namespace lineside::cli {

namespace {

// The database says no more than that it cannot open its file.
Result<void> check_out_folder(const std::string& out) {
  const auto slash = out.rfind('/');
  if (slash == std::string::npos || slash == 0) return {};
  const std::string folder = out.substr(0, slash);
  if (world::system_files().exists(folder)) return {};
  return fail(Code::not_found, std::format("--out: expected a folder that is there, found no {}",
                                           excerpt(folder, 200)));
}

}  // namespace

int run_backup(const Arguments& arguments) {
  std::string data = default_hub_folder();
  std::string out;
  bool json = false;
  Options options("backup", "Copies a hub's database and artifacts, also while it runs.");
  options.text("--data", data, "folder of the hub's state");
  options.required("--out", out, "file to write; artifacts go to <file>.artifacts");
  options.flag("--json", json, "one JSON object on standard output");
  if (const auto code = options.parse(arguments)) return *code;
  if (const auto there = check_out_folder(out); !there) return report("backup", there.error());
  VerifyBar bar("backup");
  const auto copied = store::back_up_hub(files_of_hub(data), files_of_backup(out), bar.callback());
  if (!copied) return report("backup", copied.error());
  return report_copied("backup", *copied, json,
                       "the keys are not in it: keep a copy of " + data + "/keys elsewhere");
}

}  // namespace lineside::cli
