#include "crypt/merkle.h"

#include <algorithm>
#include <array>
#include <bit>
#include <format>
#include <optional>

#include "base/check.h"

namespace lineside::crypt {

namespace {

constexpr std::size_t kDigestSize = sizeof(Digest);

// RFC 6962: the largest power of two below `size`, which is at least 2.
std::uint64_t split_of(std::uint64_t size) { return std::bit_floor(size - 1); }

// Hash of leaves [first, first + count), which is a complete subtree or the right border of a tree.
// `first` is a multiple of a power of two that is at least `count`.
Result<Digest> range_hash(std::uint64_t first, std::uint64_t count, const HashSource& source) {
  std::optional<Digest> hash;
  // The parts by the bits of `count`, from the smallest, rightmost one.
  for (std::uint64_t rest = count; rest != 0; rest &= rest - 1) {
    const auto level = static_cast<unsigned>(std::countr_zero(rest));
    const std::uint64_t begin = first + (rest & (rest - 1));
    const Digest part = TRY(source.subtree(level, begin >> level));
    hash = hash ? node_hash(part, *hash) : part;
  }
  CHECK(hash);
  return *hash;
}

Error wrong_length(std::size_t expected, std::size_t found) {
  return fail(Code::corrupt, std::format("proof: expected {} hashes, found {}", expected, found));
}

Error leads_elsewhere(std::string_view where) {
  return fail(Code::corrupt, std::format("proof: it does not lead to the {}", where));
}

enum class Side : unsigned char { left, right };

// The way from a node up to the root, both named by their index among those of their level.
struct Way {
  std::uint64_t index = 0;
  std::uint64_t last = 0;  // of this level

  bool is_at_root() const { return last == 0; }
  // At the right border a node without a sibling goes up as it is.
  bool has_sibling() const { return (index & 1) != 0 || index < last; }
  void rise() {
    index >>= 1;
    last >>= 1;
  }
  // Passes the next sibling; on which side it was. There is one.
  Side next() {
    while (!has_sibling()) rise();
    const Side side = (index & 1) != 0 ? Side::left : Side::right;
    rise();
    return side;
  }
};

std::size_t siblings(Way way) {
  std::size_t count = 0;
  for (; !way.is_at_root(); way.rise()) count += way.has_sibling() ? 1 : 0;
  return count;
}

// From the last complete subtree of the first `size1` leaves, through the tree of `size2`.
Way way_from(std::uint64_t size1, std::uint64_t size2) {
  const int level = std::countr_zero(size1);
  return {.index = (size1 - 1) >> level, .last = (size2 - 1) >> level};
}

std::size_t consistency_length(std::uint64_t size1, std::uint64_t size2) {
  if (size1 == 0 || size1 == size2) return 0;
  // Where that subtree is the whole older tree, its hash is the older root and not in the path.
  return siblings(way_from(size1, size2)) + (std::has_single_bit(size1) ? 0 : 1);
}

}  // namespace

Digest leaf_hash(ByteView entry) {
  Sha256 hash;
  hash.update(std::array{std::byte{0}});
  hash.update(entry);
  return hash.finish();
}

Digest node_hash(const Digest& left, const Digest& right) {
  std::array<std::byte, 1 + 2 * kDigestSize> bytes;
  bytes[0] = std::byte{1};
  std::ranges::copy(left, bytes.begin() + 1);
  std::ranges::copy(right, bytes.begin() + 1 + kDigestSize);
  return sha256(bytes);
}

Digest empty_root() { return sha256({}); }

Digest merkle_root(std::span<const Digest> leaf_hashes) {
  MerkleFrontier frontier;
  for (const Digest& hash : leaf_hashes) frontier.append(hash);
  return frontier.root();
}

void MerkleFrontier::append(const Digest& leaf_hash) {
  Digest hash = leaf_hash;
  for (std::uint64_t rest = size_; (rest & 1) != 0; rest >>= 1) {
    hash = node_hash(peaks_.back(), hash);
    peaks_.pop_back();
  }
  peaks_.push_back(hash);
  ++size_;
}

void MerkleFrontier::append(const Digest& leaf_hash, std::vector<Subtree>& completed) {
  Subtree subtree{.level = 0, .index = size_, .hash = leaf_hash};
  completed.push_back(subtree);
  while ((subtree.index & 1) != 0) {
    subtree.hash = node_hash(peaks_.back(), subtree.hash);
    peaks_.pop_back();
    subtree.index >>= 1;
    ++subtree.level;
    completed.push_back(subtree);
  }
  peaks_.push_back(subtree.hash);
  ++size_;
}

Digest MerkleFrontier::root() const {
  if (peaks_.empty()) return empty_root();
  Digest hash = peaks_.back();
  for (std::size_t i = peaks_.size() - 1; i-- > 0;) hash = node_hash(peaks_[i], hash);
  return hash;
}

Bytes MerkleFrontier::serialize() const {
  Bytes bytes;
  ByteWriter out(bytes);
  out.put(size_);
  for (const Digest& peak : peaks_) out.put_bytes(peak);
  return bytes;
}

Result<MerkleFrontier> MerkleFrontier::restore(ByteView bytes) {
  ByteReader in(bytes);
  MerkleFrontier frontier;
  frontier.size_ = in.get<std::uint64_t>();
  const auto count = static_cast<std::size_t>(std::popcount(frontier.size_));
  if (!in.ok() || in.remaining() != count * kDigestSize)
    return fail(Code::corrupt,
                std::format("frontier of {} leaves: expected {} hashes, found {} bytes",
                            frontier.size_, count, in.remaining()));
  frontier.peaks_.resize(count);
  for (Digest& peak : frontier.peaks_) std::ranges::copy(in.get_bytes(kDigestSize), peak.begin());
  return frontier;
}

Result<std::vector<Digest>> inclusion_path(std::uint64_t index, std::uint64_t size,
                                           const HashSource& source) {
  if (index >= size)
    return invalid(std::format("expected a leaf of the first {}, found leaf {}", size, index));
  std::vector<Digest> path;
  // RFC 6962 section 2.1.1, from the root down.
  std::uint64_t first = 0;
  for (std::uint64_t count = size; count > 1;) {
    const std::uint64_t left = split_of(count);
    if (index - first < left) {
      path.push_back(TRY(range_hash(first + left, count - left, source)));
      count = left;
    } else {
      path.push_back(TRY(range_hash(first, left, source)));
      first += left;
      count -= left;
    }
  }
  std::ranges::reverse(path);
  return path;
}

Result<std::vector<Digest>> consistency_path(std::uint64_t size1, std::uint64_t size2,
                                             const HashSource& source) {
  if (size1 > size2)
    return invalid(std::format("expected a size of at most {}, found {}", size2, size1));
  std::vector<Digest> path;
  if (size1 == 0) return path;
  // RFC 6962 section 2.1.2, from the root down, until what is left of the old tree is a subtree.
  std::uint64_t first = 0;
  std::uint64_t count = size2;
  while (size1 - first != count) {
    const std::uint64_t left = split_of(count);
    if (size1 - first <= left) {
      path.push_back(TRY(range_hash(first + left, count - left, source)));
      count = left;
    } else {
      path.push_back(TRY(range_hash(first, left, source)));
      first += left;
      count -= left;
    }
  }
  // A subtree at the very left is the old tree, whose root the verifier has.
  if (first != 0) path.push_back(TRY(range_hash(first, count, source)));
  std::ranges::reverse(path);
  return path;
}

Result<Digest> root_at(std::uint64_t size, const HashSource& source) {
  if (size == 0) return empty_root();
  return range_hash(0, size, source);
}

Result<void> verify_inclusion(std::uint64_t index, std::uint64_t size, const Digest& leaf_hash,
                              std::span<const Digest> path, const Digest& root) {
  if (index >= size)
    return invalid(std::format("expected a leaf of the first {}, found leaf {}", size, index));
  const std::size_t length = siblings({.index = index, .last = size - 1});
  if (path.size() != length) return wrong_length(length, path.size());
  Digest hash = leaf_hash;
  Way way{.index = index, .last = size - 1};
  for (const Digest& beside : path)
    hash = way.next() == Side::left ? node_hash(beside, hash) : node_hash(hash, beside);
  if (hash != root) return leads_elsewhere("root");
  return {};
}

Result<void> verify_consistency(std::uint64_t size1, std::uint64_t size2, const Digest& root1,
                                const Digest& root2, std::span<const Digest> path) {
  if (size1 > size2)
    return invalid(std::format("expected a size of at most {}, found {}", size2, size1));
  const std::size_t length = consistency_length(size1, size2);
  if (path.size() != length) return wrong_length(length, path.size());
  if (size1 == 0 && root1 != empty_root()) return leads_elsewhere("older root");
  if (size1 == size2 && root1 != root2) return leads_elsewhere("newer root");
  if (size1 == 0 || size1 == size2) return {};

  Digest older = root1;
  if (!std::has_single_bit(size1)) {
    older = path[0];
    path = path.subspan(1);
  }
  Digest newer = older;
  Way way = way_from(size1, size2);
  for (const Digest& beside : path) {
    if (way.next() == Side::left) {
      older = node_hash(beside, older);
      newer = node_hash(beside, newer);
    } else {
      newer = node_hash(newer, beside);
    }
  }
  if (older != root1) return leads_elsewhere("older root");
  if (newer != root2) return leads_elsewhere("newer root");
  return {};
}

}  // namespace lineside::crypt
