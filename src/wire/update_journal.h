// What happened to one update on its way into force: a file with one synced record per step, each
// written before what it announces. A line per record: CRC-32C in hex, a blank, JSON.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "domain/fields.h"
#include "world/files.h"

namespace lineside::wire {

enum class UpdateStep : unsigned char {
  offered,      // verified as signed for us, and above the floor
  downloading,  // artifacts come
  verified,     // all of them are here, with the right digests
  staged,       // its folder is whole
  switching,    // the lanes are asked to take it; once per try
  applied,      // it is in force, and the floor
  keeping,      // it was refused; what ran goes on
};
constexpr auto names(const UpdateStep*) {
  return std::array<std::string_view, 7>{"offered",   "downloading", "verified", "staged",
                                         "switching", "applied",     "keeping"};
}

struct UpdateRecord {
  Time time;
  UpdateStep step = UpdateStep::offered;
  std::uint64_t version = 0;
  std::string revision;
  std::string note;  // why it was refused
  bool operator==(const UpdateRecord&) const = default;
};
constexpr auto fields(const UpdateRecord*) {
  using domain::field;
  return std::tuple(field("time", &UpdateRecord::time, "our clock").required(),
                    field("step", &UpdateRecord::step, "what is about to happen").required(),
                    field("version", &UpdateRecord::version, "of the desired state").required(),
                    field("revision", &UpdateRecord::revision, "digest of its content").required(),
                    field("note", &UpdateRecord::note, "why it was refused"));
}

// Owned by one thread.
class UpdateJournal {
 public:
  UpdateJournal(world::Files& files, std::string folder)
      : files_(&files), folder_(std::move(folder)) {}

  // The records of the newest update, torn ones left out; none when there was never one. What is
  // noted from then on continues it. Errors: of the files.
  Result<std::vector<UpdateRecord>> open();
  // The record of the highest version above `version`, and `most` at most, that came into force;
  // nothing: none did. Errors: of the files.
  Result<std::optional<UpdateRecord>> applied_above(std::uint64_t version,
                                                    std::uint64_t most) const;
  // A new update, in place of one of the same version. Durable on return.
  Result<void> begin(const UpdateRecord& offered);
  Result<void> note(const UpdateRecord& record);
  // Deletes the files of versions below.
  Result<void> forget_below(std::uint64_t version);

 private:
  struct Whole {
    std::vector<UpdateRecord> records;
    std::uint64_t size = 0;  // in bytes, of these
  };
  Result<Whole> read(std::uint64_t version) const;
  std::string path(std::uint64_t version) const;

  world::Files* files_;
  std::string folder_;
  std::uint64_t version_ = 0;
  std::uint64_t size_ = 0;  // of the file's whole records
};

}  // namespace lineside::wire
