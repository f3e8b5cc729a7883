#include "store/snapshot.h"

#include <algorithm>
#include <charconv>
#include <format>
#include <string_view>
#include <vector>

#include "base/log.h"

namespace lineside::store {

namespace {

constexpr std::uint64_t kMagic = 0x31504e534553494c;  // "LISESNP1"
constexpr std::uint32_t kSnapshotVersion = 1;
constexpr std::size_t kChecked = 16;  // where the checksummed part begins
constexpr std::size_t kKept = 2;

std::string file_name(Position position) { return std::format("snapshot-{:020}.bin", position); }

std::optional<Position> parse_name(std::string_view name) {
  constexpr std::string_view kPrefix = "snapshot-";
  Position position = 0;
  if (!name.starts_with(kPrefix)) return std::nullopt;
  const auto [end, failure] =
      std::from_chars(name.data() + kPrefix.size(), name.data() + name.size(), position);
  if (failure != std::errc() || file_name(position) != name) return std::nullopt;
  return position;
}

// Newest first.
Result<std::vector<Position>> list(const world::Files& files, const std::string& directory) {
  std::vector<Position> positions;
  if (!files.exists(directory)) return positions;
  for (const std::string& name : TRY(files.list(directory))) {
    if (const auto position = parse_name(name)) positions.push_back(*position);
  }
  std::ranges::sort(positions, std::greater());
  return positions;
}

Bytes encode(const Snapshot& snapshot) {
  Bytes out;
  ByteWriter writer(out);
  writer.put(kMagic);
  writer.put(kSnapshotVersion);
  writer.put(std::uint32_t{0});
  writer.put(snapshot.position);
  writer.put_string(snapshot.definition);
  writer.put(std::uint64_t{snapshot.state.size()});
  writer.put_bytes(snapshot.state);
  const std::uint32_t crc = crc32c(ByteView(out).subspan(kChecked));
  std::memcpy(out.data() + kChecked - sizeof crc, &crc, sizeof crc);
  return out;
}

Result<Snapshot> decode(ByteView bytes, Position position) {
  ByteReader reader(bytes);
  const auto magic = reader.get<std::uint64_t>();
  const auto version = reader.get<std::uint32_t>();
  const auto crc = reader.get<std::uint32_t>();
  if (!reader.ok() || magic != kMagic) return fail(Code::corrupt, "this is no snapshot");
  if (version != kSnapshotVersion) {
    return fail(Code::unsupported,
                std::format("expected snapshot format {}, found {}", kSnapshotVersion, version));
  }
  const std::uint32_t found = crc32c(bytes.subspan(kChecked));
  if (found != crc) {
    return fail(Code::corrupt, std::format("expected checksum {:08x}, found {:08x}", crc, found));
  }
  Snapshot snapshot;
  snapshot.position = reader.get<Position>();
  snapshot.definition = reader.get_string();
  const auto size = reader.get<std::uint64_t>();
  if (!reader.ok() || size != reader.remaining() || snapshot.position != position) {
    return fail(Code::corrupt, "lengths or position do not fit");
  }
  const ByteView state = reader.get_bytes(size);
  snapshot.state.assign(state.begin(), state.end());
  return snapshot;
}

}  // namespace

Result<void> save_snapshot(world::Files& files, const std::string& directory,
                           const Snapshot& snapshot) {
  TRY(files.make_directories(directory));
  TRY(files.write_atomic(directory + "/" + file_name(snapshot.position), encode(snapshot)));
  const auto positions = TRY(list(files, directory));
  for (std::size_t i = kKept; i < positions.size(); ++i) {
    TRY(files.remove(directory + "/" + file_name(positions[i])));
  }
  return {};
}

Result<std::optional<Snapshot>> load_snapshot(const world::Files& files,
                                              const std::string& directory,
                                              const std::string& definition, Position limit) {
  for (const Position position : TRY(list(files, directory))) {
    if (position > limit) continue;
    const std::string path = directory + "/" + file_name(position);
    const auto bytes = files.read(path);
    auto snapshot = bytes ? decode(*bytes, position) : Result<Snapshot>(bytes.error());
    if (!snapshot) {
      log::warn("store", "{}: {}; passed over", path, snapshot.error().text);
      continue;
    }
    if (snapshot->definition == definition) return std::optional(std::move(*snapshot));
  }
  return std::optional<Snapshot>();
}

}  // namespace lineside::store
