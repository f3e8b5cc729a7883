#include "cli/log_check.h"

#include <algorithm>
#include <format>
#include <span>
#include <utility>

#include "crypt/merkle.h"

namespace lineside::cli {

namespace {

using crypt::Checkpoint;
using crypt::Digest;

constexpr std::size_t kTextsAtOnce = 10'000;
constexpr std::uint64_t kLookedAtMax = 4096;  // leaves one by one: each may be a call

class LogCheck {
 public:
  LogCheck(LogSource& source, const crypt::NoteKey& key, const OnLogProgress& progress)
      : source_(source), key_(key), progress_(progress) {}

  Result<LogVerdict> run(const std::string& kept_note) {
    auto kept = crypt::open_checkpoint(kept_note, key_);
    if (!kept) return invalid("the kept checkpoint: " + kept.error().text);
    verdict_.kept = kept->size;
    const auto newest = crypt::open_checkpoint(TRY(source_.newest_note()), key_);
    if (!newest) return wrong("the log's newest checkpoint: " + newest.error().text);
    verdict_.leaves = newest->size;
    verdict_.root = newest->root;
    TRY(read_roots(kept->size, newest->size));
    if (read_ < newest->size) {
      at(read_, read_);
      return wrong(std::format("expected {} leaves, found {}", newest->size, read_));
    }
    if (newest_root_ != newest->root) return locate(*kept, newest->size);
    if (newest->size < kept->size) {
      at(newest->size, newest->size);
      return wrong(std::format("the kept checkpoint has {} leaves, the log only {}: it was cut",
                               kept->size, newest->size));
    }
    if (kept_root_ != kept->root) return locate(*kept, newest->size);
    return verdict_;
  }

 private:
  Result<LogVerdict> wrong(std::string what) {
    verdict_.wrong = std::move(what);
    return verdict_;
  }
  void at(std::uint64_t first, std::uint64_t last) {
    verdict_.first = first;
    verdict_.last = last;
  }

  // Calls `take` with the hash of each leaf up to `size`, as far as there are some.
  template <class Take>
  Result<void> read_leaves(std::uint64_t size, Take take) {
    std::uint64_t read = 0;
    while (read < size) {
      const auto limit = std::min<std::uint64_t>(kTextsAtOnce, size - read);
      const auto texts = TRY(source_.texts(read, static_cast<std::size_t>(limit)));
      for (const std::string& text : texts) take(crypt::leaf_hash(as_bytes(text)));
      if (texts.empty()) return {};
      read += texts.size();
      if (progress_) progress_(read, size);
    }
    return {};
  }

  // Of a log that is right no more is needed, and no more kept.
  Result<void> read_roots(std::uint64_t kept, std::uint64_t newest) {
    crypt::MerkleFrontier tree;
    if (kept == 0) kept_root_ = tree.root();
    TRY(read_leaves(newest, [&](const Digest& hash) {
      tree.append(hash);
      if (tree.size() == kept) kept_root_ = tree.root();
    }));
    read_ = tree.size();
    newest_root_ = tree.root();
    return {};
  }

  Digest root_of(std::uint64_t size) const {
    return crypt::merkle_root(std::span(hashes_).first(static_cast<std::size_t>(size)));
  }
  bool holds(const Checkpoint& checkpoint) const {
    return checkpoint.size <= hashes_.size() && root_of(checkpoint.size) == checkpoint.root;
  }

  // ---- Where it departs ------------------------------------------------------------------------

  // The signed checkpoint that covers so many leaves; nothing where there is none to go by.
  Result<std::optional<Checkpoint>> covering(std::uint64_t size) {
    const auto note = source_.note_covering(size);
    if (!note && note.error().code != Code::not_found) return note.error();
    const auto opened =
        note ? crypt::open_checkpoint(*note, key_) : Result<Checkpoint>(note.error());
    return opened ? std::optional(*opened) : std::nullopt;
  }

  // Each transaction left a signed checkpoint: the largest that holds and the smallest that does
  // not have the first wrong leaf between them.
  Result<LogVerdict> locate(const Checkpoint& kept, std::uint64_t size) {
    hashes_.reserve(size);
    TRY(read_leaves(size, [this](const Digest& hash) { hashes_.push_back(hash); }));
    if (hashes_.size() < size) return wrong("the log was cut while it was read");
    std::uint64_t good = 0;
    Checkpoint bad{.origin = {}, .size = size, .root = verdict_.root, .extensions = {}};
    if (kept.size <= size && holds(kept)) good = kept.size;
    if (kept.size <= size && !holds(kept)) bad = kept;
    for (std::uint64_t end = bad.size - 1; good < end;) {
      const std::uint64_t middle = good + (end - good + 1) / 2;
      const auto found = TRY(covering(middle));
      if (!found || found->size > end) {
        end = middle - 1;
      } else if (holds(*found)) {
        good = found->size;
      } else {
        bad = *found;
        end = middle - 1;
      }
    }
    // The log's own checkpoints all hold: it was written anew, and signed with the hub's key.
    if (bad == kept && bad.size - good > 1 && holds_at(size))
      return wrong(
          std::format("it does not go on from the kept checkpoint of {} leaves: it was "
                      "written anew and signed again",
                      kept.size));
    at(good, bad.size - 1);
    TRY(look_at_each(bad));
    return wrong(
        std::format("the first {} leaves are not what their signed checkpoint says", bad.size));
  }
  bool holds_at(std::uint64_t size) const { return root_of(size) == verdict_.root; }

  // The hashes that were stored with the tree tell which leaf it is, if they lead to the root.
  Result<void> look_at_each(const Checkpoint& bad) {
    const std::uint64_t first = *verdict_.first;
    if (first == verdict_.last || verdict_.last - first > kLookedAtMax) return {};
    std::vector<Digest> stored(hashes_.begin(),
                               hashes_.begin() + static_cast<std::ptrdiff_t>(bad.size));
    std::optional<std::uint64_t> differs;
    for (std::uint64_t i = first; i <= verdict_.last; ++i) {
      const auto hash = TRY(source_.stored_hash(i, bad.size));
      if (!hash || *hash == hashes_[i]) continue;
      stored[i] = *hash;
      if (!differs) differs = i;
    }
    if (differs && crypt::merkle_root(stored) == bad.root) at(*differs, *differs);
    return {};
  }

  LogSource& source_;
  const crypt::NoteKey& key_;
  const OnLogProgress& progress_;
  std::uint64_t read_ = 0;
  Digest kept_root_{};
  Digest newest_root_{};
  std::vector<Digest> hashes_;  // where something is wrong
  LogVerdict verdict_;
};

}  // namespace

Result<LogVerdict> check_log(LogSource& source, const std::string& kept_note,
                             const crypt::NoteKey& key, const OnLogProgress& progress) {
  return LogCheck(source, key, progress).run(kept_note);
}

}  // namespace lineside::cli
