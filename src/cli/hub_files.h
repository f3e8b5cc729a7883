// What `lineside backup` and `lineside restore` share.
#pragma once

#include <string>
#include <string_view>

#include "store/hub_backup.h"

namespace lineside::cli {

store::HubFiles files_of_hub(const std::string& data_folder);
store::HubFiles files_of_backup(const std::string& file);

// Prints what was copied, and what not; the exit code: that of `corrupt` where artifacts are
// missing.
int report_copied(std::string_view verb, const store::HubCopied& copied, bool as_json,
                  const std::string& advice);

}  // namespace lineside::cli
