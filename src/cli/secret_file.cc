#include "cli/secret_file.h"

#include "world/files.h"

namespace lineside::cli {

Result<std::string> read_secret(const std::string& path) {
  if (path.empty()) return std::string();
  const Bytes bytes = TRY(world::system_files().read(path));
  const std::string_view text = as_text(bytes);
  std::string_view line = text.substr(0, text.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.empty()) return invalid(path + ": expected a first line that is not empty");
  return std::string(line);
}

}  // namespace lineside::cli
