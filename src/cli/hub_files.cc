#include "cli/hub_files.h"

#include <algorithm>
#include <cstdio>
#include <format>
#include <unistd.h>

#include "base/text.h"
#include "cli/answer.h"
#include "cli/verbs.h"
#include "codec/json_writer.h"
#include "world/files.h"

namespace lineside::cli {

store::HubFiles files_of_hub(const std::string& data_folder) {
  return {data_folder + "/hub.db", data_folder + "/artifacts"};
}

store::HubFiles files_of_backup(const std::string& file) { return {file, file + ".artifacts"}; }

std::string database_at(const std::string& path) {
  const std::string inside = path + "/hub.db";
  return world::system_files().exists(inside) ? inside : path;
}

VerifyBar::VerifyBar(const std::string& verb) {
  if (isatty(STDERR_FILENO) != 0) bar_ = std::make_unique<ProgressBar>(verb);
}
VerifyBar::~VerifyBar() {
  if (bar_) bar_->finish();
}
store::OnVerifyProgress VerifyBar::callback() {
  if (!bar_) return {};
  return [this](const store::VerifyProgress& progress) {
    const auto total = static_cast<double>(std::max<std::uint64_t>(progress.total, 1));
    bar_->show(progress.part, std::min(1.0, static_cast<double>(progress.done) / total));
  };
}

int report_copied(std::string_view verb, const store::HubCopied& copied, bool as_json,
                  const std::string& advice) {
  const store::HubVerified& verified = copied.verified;
  if (as_json) {
    codec::JsonWriter json;
    json.begin_object().member("leaves", verified.leaves).member("revisions", verified.revisions);
    json.member("root", to_hex(verified.root)).member("artifacts", copied.artifacts);
    json.member("mended", copied.mended).member("bad", copied.bad).end_object();
    print(json.take() + "\n");
  } else {
    print(std::format("verified: {} entries of the audit log, {} revisions, {} artifacts\n",
                      verified.leaves, verified.revisions, copied.artifacts));
    if (copied.mended > 0)
      print(std::format("mended: {} of the artifacts, whose copies were damaged\n", copied.mended));
    if (!advice.empty()) print(advice + "\n");
  }
  for (const std::string& bad : copied.bad)
    std::fputs(std::format("lineside {}: {}\n", verb, bad).c_str(), stderr);
  return copied.bad.empty() ? 0 : traits(Code::corrupt).exit_code;
}

}  // namespace lineside::cli
