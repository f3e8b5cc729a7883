// The right border of the audit log's Merkle tree, in memory, and the tiles left of it.
//
// Tiles are those of C2SP tlog-tiles: 256 hashes of complete subtrees of level 0, 8, 16, ... each.
// Only full ones are stored; those that grow are in the tail, made anew from the leaves at start.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "crypt/merkle.h"
#include "store/database_internal.h"
#include "store/hub_audit.h"

namespace lineside::store {

inline constexpr unsigned kTileLevels = 8;
inline constexpr std::uint64_t kTileHashes = 1U << kTileLevels;

// The columns of checkpoint_*.sql.
StoredCheckpoint read_checkpoint(const Statement& row);

std::int64_t tile_id(unsigned tile_level, std::uint64_t number);

struct AuditTail {
  crypt::MerkleFrontier frontier;
  std::vector<std::vector<crypt::Digest>> growing;  // by tile level; fewer than kTileHashes each
  Time last = Time::min();                          // `stored` of the last leaf
  StoredCheckpoint checkpoint;

  // As the database says. Errors: corrupt where leaves, tiles and last checkpoint disagree.
  static Result<AuditTail> load(Database& database);
  // Stores the tiles that it fills.
  Result<void> append(Database& database, const crypt::Digest& leaf_hash);
};

// The hashes of a database and the tail that belongs to it or to an earlier state of it.
class TileSource final : public crypt::HashSource {
 public:
  TileSource(Database& database, const AuditTail& tail)
      : TileSource(database, tail, tail.frontier.size()) {}
  // Of a tail that has no frontier yet.
  TileSource(Database& database, const AuditTail& tail, std::uint64_t size)
      : database_(database), tail_(tail), size_(size) {}
  Result<crypt::Digest> subtree(unsigned level, std::uint64_t index) const override;

 private:
  Database& database_;
  const AuditTail& tail_;
  const std::uint64_t size_;
};

}  // namespace lineside::store
