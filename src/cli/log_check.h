// Checks a hub's audit log against a checkpoint that was kept earlier and the hub's public key: all
// of it is hashed anew, so neither the hub nor its database is believed in anything. Source: RFC
// 6962, section 2.1; C2SP tlog-checkpoint.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/hub_client.h"
#include "crypt/checkpoint.h"

namespace lineside::cli {

// Where the log comes from. Errors: that it cannot be read.
class LogSource {
 public:
  virtual ~LogSource() = default;
  virtual Result<std::string> newest_note() = 0;
  // Of the oldest checkpoint that covers so many leaves. Errors: also not_found.
  virtual Result<std::string> note_covering(std::uint64_t size) = 0;
  // Texts of the leaves from `first` on, at most `limit`; fewer: there are no more.
  virtual Result<std::vector<std::string>> texts(std::uint64_t first, std::size_t limit) = 0;
  // The hash that the log itself has for the leaf, made when it was stored; nothing: not told.
  virtual Result<std::optional<crypt::Digest>> stored_hash(std::uint64_t index,
                                                           std::uint64_t size) = 0;
};

// `path`: a hub's data folder, its hub.db, or a backup.
Result<std::unique_ptr<LogSource>> log_of_file(const std::string& path);
std::unique_ptr<LogSource> log_of_hub(HubClient client);

struct LogVerdict {
  std::uint64_t kept = 0;    // leaves of the kept checkpoint
  std::uint64_t leaves = 0;  // of the newest
  crypt::Digest root{};      // of the newest
  std::string wrong;         // empty: verified
  // The first leaf that is wrong or missing is one of these; where nothing tells, absent.
  std::optional<std::uint64_t> first;
  std::uint64_t last = 0;  // equal to `first` where it is known exactly
};

using OnLogProgress = std::function<void(std::uint64_t done, std::uint64_t total)>;  // leaves

// Errors: those of the source, and invalid (the kept checkpoint is none, or not of this key): then
// there is nothing to verify against.
Result<LogVerdict> check_log(LogSource& source, const std::string& kept_note,
                             const crypt::NoteKey& key, const OnLogProgress& progress = {});

}  // namespace lineside::cli
