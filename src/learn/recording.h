// Recordings on disk as the readings that the edge would have kept of them.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "domain/reading.h"
#include "domain/training.h"
#include "world/files.h"

namespace lineside::learn {

struct RecordingFile {
  std::string name;    // as the manifest gives it
  std::string sha256;  // of its bytes
  std::uint64_t bytes = 0;
};

struct Recording {
  std::vector<domain::StreamName> streams;  // by stream index
  domain::ReadingBatch readings;            // in file order, as kept
  std::uint64_t duplicates = 0;             // same key and value as one before: dropped
  std::uint64_t conflicts = 0;              // same key, other value: the first one is kept
  std::vector<RecordingFile> files;
};

// C-MAPSS text (Saxena, Goebel, Simon & Eklund, "Damage propagation modeling for aircraft engine
// run-to-failure simulation", PHM 2008): 26 columns between blanks. Engine 7 becomes asset
// "engine-007", the columns streams "setting1".."setting3" and "s1".."s21"; cycle c is sequence c
// at 2008-01-01T00:00:00Z + c hours. Engines of further files are numbered apart: the second file's
// engine 7 is "engine-2-007".
//
// CSV: a header line, then ISO 8601 times (UTC where no zone is given) and one number per stream;
// an empty cell is no reading. No quoting.
//
// Every number is finite, engines and cycles are whole.
//
// Errors: invalid, with file, line, expected and found; those of reading the files.
Result<Recording> read_recording(const world::Files& files, const std::string& folder,
                                 const domain::RecordingSpec& spec);

}  // namespace lineside::learn
