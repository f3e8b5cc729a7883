// What `lineside backup` and `lineside restore` share.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "cli/progress.h"
#include "store/hub_backup.h"

namespace lineside::cli {

store::HubFiles files_of_hub(const std::string& data_folder);
store::HubFiles files_of_backup(const std::string& file);

// The hub's database at `path`: a hub's data folder, its hub.db, or a backup.
std::string database_at(const std::string& path);

// Shows on standard error how far a verification is, where that is a terminal.
class VerifyBar {
 public:
  explicit VerifyBar(const std::string& verb);
  ~VerifyBar();
  store::OnVerifyProgress callback();

 private:
  std::unique_ptr<ProgressBar> bar_;  // null: no terminal
};

// Prints what was copied, and what not; the exit code: that of `corrupt` where artifacts are
// missing.
int report_copied(std::string_view verb, const store::HubCopied& copied, bool as_json,
                  const std::string& advice);

}  // namespace lineside::cli
