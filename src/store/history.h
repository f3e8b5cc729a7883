// Questions about the past, answered from a journal's files.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "domain/reading.h"
#include "store/journal.h"

namespace lineside::store {

// In time order. Reduced: each bucket of equal width in time gives its minimum and its maximum, in
// the order in which they came (one point where they are the same reading).
struct Series {
  std::vector<Time> time;
  std::vector<double> value;
  bool reduced = false;
};

// Sees what was committed when a question is asked; each question opens files of its own, so any
// thread may ask, while the journal is appended to. A question costs memory for the points asked
// for and one record, whatever the length of the journal.
class History {
 public:
  // Of Journal::catalog(); the journal need not outlive this, its Files must.
  explicit History(std::shared_ptr<const Catalog> catalog);

  // Readings of `stream` with from <= source time <= to; Time::min() and Time::max() leave an end
  // open. At most `points` of them as they are (points >= 4), else reduced to at most `points`.
  // Damaged bytes are skipped and counted in JournalState::damaged.
  Result<Series> range(domain::StreamIndex stream, Time from, Time to, std::size_t points) const;

 private:
  std::shared_ptr<const Catalog> catalog_;
};

}  // namespace lineside::store
