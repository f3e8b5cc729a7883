#include "watch/key_ring.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace lineside::watch {

namespace {

constexpr std::size_t kCapacityMin = 16;

}  // namespace

std::size_t KeyRing::lower_bound(const Key& key) const {
  std::size_t low = 0;
  std::size_t high = size_;
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (at(middle).key < key) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

KeyRing::Seen KeyRing::search(const Key& key, double value) const {
  const std::size_t place = lower_bound(key);
  if (at(place).key == key) return at(place).value == value ? Seen::duplicate : Seen::conflict;
  return place == 0 && forgotten_ ? Seen::too_late : Seen::fresh;
}

void KeyRing::insert(const Key& key, double value, std::size_t limit) {
  if (size_ >= entries_.size() || size_ >= limit) make_room(limit);
  if (size_ == 0 || newest().key < key) {
    ++size_;
    at(size_ - 1) = {key, value};
    return;
  }
  const std::size_t place = lower_bound(key);
  DCHECK(at(place).key != key);
  ++size_;
  for (std::size_t i = size_ - 1; i > place; --i) at(i) = at(i - 1);
  at(place) = {key, value};
}

void KeyRing::clear() {
  size_ = 0;
  forgotten_ = false;
}

// Room for one more: by growing up to the limit, then by forgetting the oldest.
void KeyRing::make_room(std::size_t limit) {
  while (size_ >= limit) {
    head_ = static_cast<std::uint32_t>((head_ + 1) & (entries_.size() - 1));
    --size_;
    forgotten_ = true;
  }
  const std::size_t wanted =
      size_ < entries_.size() ? entries_.size() : std::max(kCapacityMin, entries_.size() * 2);
  const std::size_t capacity = std::min(wanted, limit);
  if (capacity == entries_.size()) return;
  std::vector<Entry> entries(capacity);
  for (std::size_t i = 0; i < size_; ++i) entries[i] = at(i);
  entries_ = std::move(entries);
  head_ = 0;
}

}  // namespace lineside::watch
