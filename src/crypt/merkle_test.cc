#include "crypt/merkle.h"

#include <algorithm>
#include <bit>
#include <format>
#include <map>

#include <gtest/gtest.h>

#include "base/text.h"

namespace lineside::crypt {
namespace {

using Hashes = std::span<const Digest>;
using Path = std::vector<Digest>;

constexpr std::uint64_t kSizeMax = 70;

// The definitions of RFC 6962 section 2.1 word by word: slow and obvious.
std::size_t split_at(Hashes leaves) {
  std::size_t k = 1;
  while (2 * k < leaves.size()) k *= 2;
  return k;
}

Digest slow_root(Hashes leaves) {
  if (leaves.empty()) return sha256({});
  if (leaves.size() == 1) return leaves[0];
  const std::size_t k = split_at(leaves);
  Bytes bytes = {std::byte{1}};
  for (const Digest& part : {slow_root(leaves.first(k)), slow_root(leaves.subspan(k))})
    bytes.insert(bytes.end(), part.begin(), part.end());
  return sha256(bytes);
}

Path slow_inclusion(std::size_t m, Hashes leaves) {
  if (leaves.size() == 1) return {};
  const std::size_t k = split_at(leaves);
  Path path = m < k ? slow_inclusion(m, leaves.first(k)) : slow_inclusion(m - k, leaves.subspan(k));
  path.push_back(slow_root(m < k ? leaves.subspan(k) : leaves.first(k)));
  return path;
}

Path slow_consistency(std::size_t m, Hashes leaves, bool is_whole) {
  if (m == leaves.size()) return is_whole ? Path() : Path{slow_root(leaves)};
  const std::size_t k = split_at(leaves);
  Path path = m <= k ? slow_consistency(m, leaves.first(k), is_whole)
                     : slow_consistency(m - k, leaves.subspan(k), false);
  path.push_back(slow_root(m <= k ? leaves.subspan(k) : leaves.first(k)));
  return path;
}

// Keeps what a frontier says that it completed: as the store does.
class Tree final : public HashSource {
 public:
  explicit Tree(std::uint64_t size) {
    std::vector<Subtree> completed;
    for (std::uint64_t i = 0; i < size; ++i) {
      leaves_.push_back(leaf_hash(as_bytes(std::format("L{}", i))));
      roots_.push_back(frontier_.root());
      frontier_.append(leaves_.back(), completed);
    }
    roots_.push_back(frontier_.root());
    for (const Subtree& one : completed) subtrees_[{one.level, one.index}] = one.hash;
  }

  Result<Digest> subtree(unsigned level, std::uint64_t index) const override {
    const auto it = subtrees_.find({level, index});
    if (it == subtrees_.end()) return fail(Code::not_found, "no such subtree");
    ++asked_;
    return it->second;
  }

  Hashes leaves(std::uint64_t size) const { return Hashes(leaves_).first(size); }
  const Digest& root(std::uint64_t size) const { return roots_[size]; }
  const MerkleFrontier& frontier() const { return frontier_; }
  int asked() const { return asked_; }

 private:
  MerkleFrontier frontier_;
  Path leaves_, roots_;
  std::map<std::pair<unsigned, std::uint64_t>, Digest> subtrees_;
  mutable int asked_ = 0;
};

class NoHashes final : public HashSource {
 public:
  Result<Digest> subtree(unsigned, std::uint64_t) const override {
    return fail(Code::unavailable, "no hashes");
  }
};

// The path with one thing wrong, in every way that an attacker or a disk may choose first.
std::vector<Path> damaged(const Path& path) {
  std::vector<Path> all;
  for (std::size_t i = 0; i < path.size(); ++i) {
    for (const std::size_t bit : {std::size_t{0}, 100 + i, std::size_t{255}}) {
      all.push_back(path);
      all.back()[i][bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
    }
    all.push_back(path);
    all.back().erase(all.back().begin() + static_cast<std::ptrdiff_t>(i));
    all.push_back(path);
    all.back().insert(all.back().begin() + static_cast<std::ptrdiff_t>(i), path[i]);
    if (i == 0 || path[i] == path[i - 1]) continue;
    all.push_back(path);
    std::swap(all.back()[i], all.back()[i - 1]);
  }
  for (const Digest& more : {Digest(), empty_root()}) {
    all.push_back(path);
    all.back().push_back(more);
    all.push_back(path);
    all.back().insert(all.back().begin(), more);
  }
  return all;
}

// The values that other logs publish for RFC 6962.
TEST(Merkle, HashesAsPublished) {
  EXPECT_EQ(to_hex(empty_root()),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(leaf_hash({})),
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
  EXPECT_EQ(to_hex(leaf_hash(as_bytes("L123456"))),
            "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56");
  Bytes node = {std::byte{1}};
  for (const char c : std::string_view("N123N456")) node.push_back(static_cast<std::byte>(c));
  EXPECT_EQ(to_hex(sha256(node)),
            "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb");
  const Digest a = sha256(as_bytes("a"));
  const Digest b = sha256(as_bytes("b"));
  node.resize(1);
  node.insert(node.end(), a.begin(), a.end());
  node.insert(node.end(), b.begin(), b.end());
  EXPECT_EQ(node_hash(a, b), sha256(node));
}

TEST(Merkle, HasTheRootsOfTheDefinition) {
  const Tree tree(kSizeMax);
  for (std::uint64_t size = 0; size <= kSizeMax; ++size) {
    EXPECT_EQ(tree.root(size), slow_root(tree.leaves(size))) << size;
    EXPECT_EQ(merkle_root(tree.leaves(size)), tree.root(size)) << size;
    EXPECT_EQ(root_at(size, tree).value(), tree.root(size)) << size;
  }
}

TEST(Merkle, AppendsTheSameWithAndWithoutSayingWhatIsComplete) {
  MerkleFrontier plain;
  for (std::uint64_t size = 0; size <= kSizeMax; ++size) {
    const Tree tree(size);
    EXPECT_EQ(plain, tree.frontier()) << size;
    EXPECT_EQ(plain.size(), size);
    plain.append(leaf_hash(as_bytes(std::format("L{}", size))));
  }
}

TEST(Merkle, FrontierGoesOnAfterItWasRestored) {
  const Tree tree(kSizeMax);
  for (std::uint64_t size = 0; size <= kSizeMax; ++size) {
    const Bytes bytes = Tree(size).frontier().serialize();
    EXPECT_EQ(bytes.size(), 8 + 32 * static_cast<std::size_t>(std::popcount(size)));
    auto frontier = MerkleFrontier::restore(bytes);
    ASSERT_TRUE(frontier) << size;
    for (std::uint64_t i = size; i < kSizeMax; ++i) frontier->append(tree.leaves(kSizeMax)[i]);
    EXPECT_EQ(frontier->root(), tree.root(kSizeMax));
  }
}

TEST(Merkle, FrontierRefusesBytesOfAnotherLength) {
  const Bytes bytes = Tree(6).frontier().serialize();
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{7}, std::size_t{8}, bytes.size() - 1}) {
    const auto frontier = MerkleFrontier::restore(ByteView(bytes).first(size));
    ASSERT_FALSE(frontier) << size;
    EXPECT_EQ(frontier.error().code, Code::corrupt);
  }
  Bytes longer = bytes;
  longer.push_back(std::byte{0});
  EXPECT_FALSE(MerkleFrontier::restore(longer));
}

TEST(Inclusion, PathsAreThoseOfTheDefinitionAndVerify) {
  const Tree tree(kSizeMax);
  for (std::uint64_t size = 1; size <= kSizeMax; ++size) {
    for (std::uint64_t index = 0; index < size; ++index) {
      const Path path = inclusion_path(index, size, tree).value();
      EXPECT_EQ(path, slow_inclusion(index, tree.leaves(size))) << index << " of " << size;
      EXPECT_TRUE(verify_inclusion(index, size, tree.leaves(size)[index], path, tree.root(size)))
          << index << " of " << size;
    }
  }
}

// Sizes around powers of two and every index in them.
TEST(Inclusion, RefusesWhatIsDamaged) {
  const Tree tree(kSizeMax);
  for (const std::uint64_t size :
       {1U, 2U, 3U, 4U, 5U, 6U, 7U, 8U, 9U, 15U, 16U, 17U, 31U, 33U, 64U, 65U, 70U}) {
    for (std::uint64_t index = 0; index < size; ++index) {
      const Digest leaf = tree.leaves(size)[index];
      const Path path = inclusion_path(index, size, tree).value();
      for (const Path& bad : damaged(path)) {
        const auto verdict = verify_inclusion(index, size, leaf, bad, tree.root(size));
        ASSERT_FALSE(verdict) << index << " of " << size;
        EXPECT_EQ(verdict.error().code, Code::corrupt);
      }
      Digest other = leaf;
      other[31] ^= std::byte{1};
      EXPECT_FALSE(verify_inclusion(index, size, other, path, tree.root(size)));
      EXPECT_FALSE(verify_inclusion(index, size, leaf, path, tree.root(size - 1)));
      for (std::uint64_t other_index = 0; other_index <= kSizeMax; ++other_index)
        EXPECT_EQ(verify_inclusion(other_index, size, leaf, path, tree.root(size)).has_value(),
                  other_index == index);
    }
  }
}

// A path may fit trees of several sizes: what binds the size is the root, which differs.
TEST(Inclusion, RefusesTheRootOfAnotherSize) {
  const Tree tree(kSizeMax);
  for (std::uint64_t size = 1; size <= kSizeMax; ++size) {
    const std::uint64_t index = size / 2;
    const Path path = inclusion_path(index, size, tree).value();
    for (std::uint64_t other = 1; other <= kSizeMax; ++other) {
      if (other == size) continue;
      EXPECT_FALSE(verify_inclusion(index, other, tree.leaves(size)[index], path, tree.root(other)))
          << size << " " << other;
    }
  }
}

TEST(Inclusion, RefusesALeafBeyondTheSize) {
  const Tree tree(4);
  for (const std::uint64_t index : {std::uint64_t{4}, std::uint64_t{5}, ~std::uint64_t{0}}) {
    EXPECT_EQ(inclusion_path(index, 4, tree).error().code, Code::invalid);
    EXPECT_EQ(verify_inclusion(index, 4, Digest(), {}, Digest()).error().code, Code::invalid);
  }
  EXPECT_EQ(inclusion_path(0, 0, tree).error().code, Code::invalid);
  EXPECT_EQ(verify_inclusion(0, 0, Digest(), {}, empty_root()).error().code, Code::invalid);
}

TEST(Consistency, PathsAreThoseOfTheDefinitionAndVerify) {
  const Tree tree(kSizeMax);
  for (std::uint64_t size2 = 0; size2 <= kSizeMax; ++size2) {
    for (std::uint64_t size1 = 0; size1 <= size2; ++size1) {
      const Path path = consistency_path(size1, size2, tree).value();
      const Path expected = size1 == 0 ? Path() : slow_consistency(size1, tree.leaves(size2), true);
      EXPECT_EQ(path, expected) << size1 << " to " << size2;
      EXPECT_TRUE(verify_consistency(size1, size2, tree.root(size1), tree.root(size2), path))
          << size1 << " to " << size2;
    }
  }
}

TEST(Consistency, RefusesWhatIsDamaged) {
  const Tree tree(kSizeMax);
  for (const std::uint64_t size2 : {1U, 2U, 3U, 4U, 5U, 7U, 8U, 9U, 16U, 17U, 33U, 64U, 70U}) {
    for (std::uint64_t size1 = 0; size1 <= size2; ++size1) {
      const Path path = consistency_path(size1, size2, tree).value();
      const Digest older = tree.root(size1);
      const Digest newer = tree.root(size2);
      for (const Path& bad : damaged(path)) {
        const auto verdict = verify_consistency(size1, size2, older, newer, bad);
        ASSERT_FALSE(verdict) << size1 << " to " << size2;
        EXPECT_EQ(verdict.error().code, Code::corrupt);
      }
      Digest other = older;
      other[0] ^= std::byte{0x80};
      EXPECT_FALSE(verify_consistency(size1, size2, other, newer, path));
      other = newer;
      other[0] ^= std::byte{0x80};
      // Every log goes on from the empty one, so that this says nothing of the newer root.
      EXPECT_EQ(verify_consistency(size1, size2, older, other, path).has_value(), size1 == 0);
      for (std::uint64_t other_size = 0; other_size <= size2; ++other_size)
        EXPECT_EQ(verify_consistency(other_size, size2, older, newer, path).has_value(),
                  other_size == size1);
    }
  }
}

// The attack that these proofs are for: a leaf of the older tree is exchanged afterwards.
TEST(Consistency, RefusesALogThatWasRewritten) {
  constexpr std::uint64_t kSize = 23;
  const Tree tree(kSize);
  for (std::uint64_t size1 = 1; size1 < kSize; ++size1) {
    for (std::uint64_t changed = 0; changed < size1; ++changed) {
      Path leaves(tree.leaves(kSize).begin(), tree.leaves(kSize).end());
      leaves[changed] = leaf_hash(as_bytes("rewritten"));
      const Digest newer = merkle_root(leaves);
      const Path path = slow_consistency(size1, leaves, true);
      EXPECT_FALSE(verify_consistency(size1, kSize, tree.root(size1), newer, path));
    }
  }
}

TEST(Consistency, RefusesSizesThatGoBack) {
  const Tree tree(8);
  EXPECT_EQ(consistency_path(5, 4, tree).error().code, Code::invalid);
  EXPECT_EQ(verify_consistency(5, 4, tree.root(5), tree.root(4), {}).error().code, Code::invalid);
  EXPECT_FALSE(verify_consistency(0, 0, empty_root(), tree.root(1), {}));
  EXPECT_FALSE(verify_consistency(0, 4, tree.root(1), tree.root(4), {}));
}

TEST(Proofs, HandOnTheErrorsOfTheSource) {
  const NoHashes none;
  EXPECT_EQ(inclusion_path(3, 7, none).error().code, Code::unavailable);
  EXPECT_EQ(consistency_path(3, 7, none).error().code, Code::unavailable);
  EXPECT_EQ(root_at(7, none).error().code, Code::unavailable);
}

// A tree of 2^63 leaves that are all alike: a subtree's hash depends on its level only.
class HugeTree final : public HashSource {
 public:
  HugeTree() {
    levels_.push_back(leaf_hash({}));
    while (levels_.size() < 64) levels_.push_back(node_hash(levels_.back(), levels_.back()));
  }
  Result<Digest> subtree(unsigned level, std::uint64_t) const override { return levels_.at(level); }

 private:
  Path levels_;
};

TEST(Proofs, HoldUpToTheLargestSizes) {
  const HugeTree tree;
  const std::uint64_t largest = ~std::uint64_t{0};
  const Digest leaf = leaf_hash({});
  for (const std::uint64_t size : {std::uint64_t{1} << 63, (std::uint64_t{1} << 63) + 1, largest}) {
    const Digest root = root_at(size, tree).value();
    for (const std::uint64_t index : {std::uint64_t{0}, size / 2, size - 1}) {
      const Path path = inclusion_path(index, size, tree).value();
      EXPECT_LE(path.size(), 64U);
      EXPECT_TRUE(verify_inclusion(index, size, leaf, path, root)) << index << " of " << size;
    }
    for (const std::uint64_t older : {std::uint64_t{1}, size / 3, size - 1, size}) {
      const Path path = consistency_path(older, size, tree).value();
      EXPECT_LE(path.size(), 65U);
      EXPECT_TRUE(verify_consistency(older, size, root_at(older, tree).value(), root, path));
    }
  }
}

TEST(Proofs, AskTheSourceFewTimes) {
  const Tree tree(4096 + 4095);
  const int before = tree.asked();
  ASSERT_TRUE(inclusion_path(1, 4096 + 4095, tree));
  EXPECT_LE(tree.asked() - before, 2 * 13);
}

}  // namespace
}  // namespace lineside::crypt
