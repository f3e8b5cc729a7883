#include <algorithm>
#include <bit>
#include <cstring>
#include <format>
#include <span>
#include <utility>

#include "base/check.h"
#include "store/hub_tail_internal.h"

namespace lineside::store {

namespace {

using crypt::Digest;

constexpr int kLevelShift = 48;
constexpr std::uint64_t kSizeMax = std::uint64_t{1} << kLevelShift;

Result<std::vector<Digest>> read_tile(Database& database, unsigned level, std::uint64_t number) {
  Bytes bytes;
  TRY(database["tile_get"].with(tile_id(level, number)).each([&](const Statement& row) {
    bytes = row.blob(0);
  }));
  if (bytes.size() != kTileHashes * sizeof(Digest)) {
    return fail(Code::corrupt, std::format("the audit log's tile {} of level {} is missing or cut",
                                           number, level * kTileLevels));
  }
  std::vector<Digest> hashes(kTileHashes);
  std::memcpy(hashes.data(), bytes.data(), bytes.size());
  return hashes;
}

Result<std::vector<Digest>> hash_leaves(Database& database, std::uint64_t first) {
  std::vector<Digest> hashes;
  TRY(database["audit_texts"].with(first, kTileHashes).each([&](const Statement& row) {
    hashes.push_back(crypt::leaf_hash(as_bytes(row.text(1))));
  }));
  return hashes;
}

// One growing tile for each level that has complete subtrees.
Result<void> load_growing(Database& database, std::uint64_t size, AuditTail& tail) {
  for (unsigned level = 0; (size >> (level * kTileLevels)) > 0; ++level) {
    const std::uint64_t count = size >> (level * kTileLevels);
    const std::uint64_t first = count / kTileHashes * kTileHashes;
    std::vector<Digest> hashes;
    if (level == 0) hashes = TRY(hash_leaves(database, first));
    for (std::uint64_t i = first; level > 0 && i < count; ++i)
      hashes.push_back(crypt::merkle_root(TRY(read_tile(database, level - 1, i))));
    if (hashes.size() != count - first) {
      return fail(Code::corrupt,
                  std::format("the audit log has {} leaves after leaf {}, expected {}",
                              hashes.size(), first, count - first));
    }
    tail.growing.push_back(std::move(hashes));
  }
  return {};
}

Result<crypt::MerkleFrontier> load_frontier(std::uint64_t size, const TileSource& source) {
  Bytes bytes;
  ByteWriter out(bytes);
  out.put(size);
  std::uint64_t first = 0;
  for (std::uint64_t rest = size; rest != 0; rest -= std::bit_floor(rest)) {
    const auto level = static_cast<unsigned>(std::bit_width(rest)) - 1;
    out.put_bytes(TRY(source.subtree(level, first >> level)));
    first += std::bit_floor(rest);
  }
  return crypt::MerkleFrontier::restore(bytes);
}

Result<StoredCheckpoint> last_checkpoint(Database& database) {
  StoredCheckpoint last{.root = crypt::empty_root()};
  TRY(database["checkpoint_last"].with().each(
      [&](const Statement& row) { last = read_checkpoint(row); }));
  return last;
}

}  // namespace

std::int64_t tile_id(unsigned tile_level, std::uint64_t number) {
  CHECK(number >> kLevelShift == 0);
  const std::uint64_t level = std::uint64_t{tile_level} * kTileLevels;
  return static_cast<std::int64_t>(level << kLevelShift | number);
}

StoredCheckpoint read_checkpoint(const Statement& row) {
  StoredCheckpoint checkpoint{.size = static_cast<std::uint64_t>(row.integer(0)),
                              .root = {},
                              .time = Time{row.integer(1)},
                              .note = row.text(3)};
  // A root of another length is damage, which shows as a root that does not agree.
  const Bytes root = row.blob(2);
  std::ranges::copy_n(root.begin(), std::min(std::ssize(root), std::ssize(checkpoint.root)),
                      checkpoint.root.begin());
  return checkpoint;
}

Result<AuditTail> AuditTail::load(Database& database) {
  AuditTail tail;
  std::uint64_t size = 0;
  TRY(database["audit_last"].with().each([&](const Statement& row) {
    size = static_cast<std::uint64_t>(row.integer(0)) + 1;
    tail.last = Time{row.integer(1)};
  }));
  if (size > kSizeMax)
    return fail(Code::corrupt, std::format("audit_leaf.id: expected a number below {}, found {}",
                                           kSizeMax, size - 1));
  TRY(load_growing(database, size, tail));
  tail.frontier = TRY(load_frontier(size, TileSource(database, tail, size)));
  tail.checkpoint = TRY(last_checkpoint(database));
  if (tail.checkpoint.size != size) {
    return fail(Code::corrupt, std::format("the audit log has {} leaves, its last checkpoint {}",
                                           size, tail.checkpoint.size));
  }
  if (tail.checkpoint.root == tail.frontier.root()) return tail;
  return fail(Code::corrupt, "the end of the audit log is not what its last checkpoint says");
}

Result<void> AuditTail::append(Database& database, const Digest& leaf_hash) {
  std::vector<crypt::Subtree> completed;
  frontier.append(leaf_hash, completed);
  for (const crypt::Subtree& subtree : completed) {
    if (subtree.level % kTileLevels != 0) continue;
    const unsigned level = subtree.level / kTileLevels;
    if (growing.size() <= level) growing.resize(level + 1);
    std::vector<Digest>& tile = growing[level];
    tile.push_back(subtree.hash);
    if (tile.size() < kTileHashes) continue;
    TRY(database["tile_add"]
            .with(tile_id(level, subtree.index / kTileHashes), std::as_bytes(std::span(tile)))
            .run());
    tile.clear();
  }
  return {};
}

Result<Digest> TileSource::subtree(unsigned level, std::uint64_t index) const {
  const unsigned tile_level = level / kTileLevels;
  const unsigned above = level % kTileLevels;
  const std::uint64_t first = index << above;
  const std::uint64_t number = first / kTileHashes;
  const std::uint64_t stored = size_ >> (tile_level * kTileLevels) >> kTileLevels;
  std::vector<Digest> read;
  std::span<const Digest> tile;
  if (number < stored) {
    read = TRY(read_tile(database_, tile_level, number));
    tile = read;
  } else if (tile_level < tail_.growing.size()) {
    tile = tail_.growing[tile_level];
  }
  const std::uint64_t count = std::uint64_t{1} << above;
  const std::uint64_t offset = first % kTileHashes;
  if (number > stored || offset + count > tile.size()) {
    return fail(Code::not_found, "a subtree beyond the end of the audit log");
  }
  return crypt::merkle_root(tile.subspan(offset, count));
}

}  // namespace lineside::store
