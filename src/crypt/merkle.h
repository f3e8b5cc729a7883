// The Merkle tree of an append-only log: hashes, proofs and their checks.
//
// The tree over n leaves splits at the largest power of two below n. A complete subtree is named by
// (level, index): it covers leaves index * 2^level up to (index + 1) * 2^level, and never changes
// once these exist. Source: RFC 6962 section 2.1; the checks are those of RFC 9162 sections
// 2.1.3.2 and 2.1.4.2.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypt/digest.h"

namespace lineside::crypt {

Digest leaf_hash(ByteView entry);                           // SHA-256(0x00 || entry)
Digest node_hash(const Digest& left, const Digest& right);  // SHA-256(0x01 || left || right)
Digest empty_root();                                        // SHA-256 of nothing
Digest merkle_root(std::span<const Digest> leaf_hashes);    // of all of them

// A complete subtree with its hash.
struct Subtree {
  unsigned level = 0;
  std::uint64_t index = 0;
  Digest hash{};
  bool operator==(const Subtree&) const = default;
};

// What of a tree is needed to append to it: the hashes of the complete subtrees that it consists
// of, one for each bit of its size. Owned by one thread.
class MerkleFrontier {
 public:
  void append(const Digest& leaf_hash);
  // The same; adds the subtrees that this leaf completed, itself first, each one level higher.
  void append(const Digest& leaf_hash, std::vector<Subtree>& completed);

  std::uint64_t size() const { return size_; }  // leaves
  Digest root() const;

  // uint64 size, then the hashes, the largest subtree first.
  Bytes serialize() const;
  // Errors: corrupt (not such bytes). Bytes of another tree are not noticed: compare root().
  static Result<MerkleFrontier> restore(ByteView bytes);

  bool operator==(const MerkleFrontier&) const = default;

 private:
  std::uint64_t size_ = 0;
  std::vector<Digest> peaks_;  // the largest first
};

// Where proofs take the hashes of complete subtrees from.
class HashSource {
 public:
  virtual ~HashSource() = default;
  // Asked only for subtrees that lie within the size that a proof is built for.
  virtual Result<Digest> subtree(unsigned level, std::uint64_t index) const = 0;
};

// The hashes beside the way from leaf `index` up to the root of the first `size` leaves, at most
// 64; O(log size) questions to the source. Errors: invalid (index >= size); those of the source.
Result<std::vector<Digest>> inclusion_path(std::uint64_t index, std::uint64_t size,
                                           const HashSource& source);
// The hashes that show the first `size1` leaves to be the beginning of the first `size2`; empty for
// size1 = 0 and for equal sizes. Errors: invalid (size1 > size2); those of the source.
Result<std::vector<Digest>> consistency_path(std::uint64_t size1, std::uint64_t size2,
                                             const HashSource& source);

// Root of the first `size` leaves. Errors: those of the source.
Result<Digest> root_at(std::uint64_t size, const HashSource& source);

// Errors: invalid (index >= size); corrupt (the path is of another length or leads elsewhere).
Result<void> verify_inclusion(std::uint64_t index, std::uint64_t size, const Digest& leaf_hash,
                              std::span<const Digest> path, const Digest& root);
// Errors: invalid (size1 > size2); corrupt (the path is of another length or leads elsewhere).
Result<void> verify_consistency(std::uint64_t size1, std::uint64_t size2, const Digest& root1,
                                const Digest& root2, std::span<const Digest> path);

}  // namespace lineside::crypt
