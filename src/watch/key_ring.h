// The newest keys of one stream with their values: tells what was there before.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace lineside::watch {

struct Key {
  std::int64_t time_ns = 0;
  std::uint64_t sequence = 0;
  auto operator<=>(const Key&) const = default;
};

// Sorted, in a ring that starts small and grows to the limit it is given. A key behind the newest
// one costs a search, all others one comparison.
class KeyRing {
 public:
  enum class Seen : std::uint8_t { fresh, duplicate, conflict, too_late };

  // duplicate: remembered with the same value; conflict: with another one; too_late: older than
  // all that is remembered, and something has been forgotten.
  Seen look(const Key& key, double value) const {
    if (size_ == 0 || newest().key < key) return Seen::fresh;
    return search(key, value);
  }

  // Remembers a fresh key; at most `limit` (a power of two) are kept, the oldest go.
  void insert(const Key& key, double value, std::size_t limit);
  // What came before the oldest remembered key is not known.
  void forget_before() { forgotten_ = true; }
  void clear();

  std::size_t size() const { return size_; }

 private:
  struct Entry {
    Key key;
    double value = 0;
  };

  Entry& at(std::size_t i) { return entries_[(head_ + i) & (entries_.size() - 1)]; }
  const Entry& at(std::size_t i) const { return entries_[(head_ + i) & (entries_.size() - 1)]; }
  const Entry& newest() const { return at(size_ - 1); }
  std::size_t lower_bound(const Key& key) const;
  Seen search(const Key& key, double value) const;
  void make_room(std::size_t limit);

  std::vector<Entry> entries_;  // a ring of `size_` entries from `head_` on
  std::uint32_t head_ = 0;
  std::uint32_t size_ = 0;
  bool forgotten_ = false;
};

}  // namespace lineside::watch
