// Files of a journal and snapshots with outside bytes in them: whatever they hold, opening works,
// and what is appended afterwards is there after a restart.
#include "store/journal.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/log.h"
#include "sim/files.h"
#include "store/history.h"
#include "store/record_internal.h"
#include "store/segment_internal.h"
#include "store/snapshot.h"

namespace lineside::store {
namespace {

class Table final : public StreamTable {
 public:
  domain::StreamIndex intern(const domain::StreamName& name) override {
    const auto next = static_cast<domain::StreamIndex>(names_.size());
    const auto [entry, is_new] = indexes_.try_emplace(name.id(), next);
    if (is_new) names_.push_back(name);
    return entry->second;
  }
  domain::StreamName name(domain::StreamIndex index) const override { return names_.at(index); }

 private:
  std::map<std::string, domain::StreamIndex> indexes_;
  std::vector<domain::StreamName> names_;
};

enum class Shape : std::uint8_t { raw_segment, records, index, snapshot, count };

// Frames with right checksums around chunks of the input, so that the payloads are looked at.
Bytes framed(ByteView input) {
  ByteReader in(input);
  Bytes out = segment_header(0);
  while (in.remaining() > 2) {
    const auto type = in.get<std::uint8_t>();
    const std::size_t length = std::min<std::size_t>(in.get<std::uint8_t>(), in.remaining());
    Bytes covered;
    ByteWriter writer(covered);
    writer.put(static_cast<std::uint32_t>(length));
    writer.put(type);
    writer.put_bytes(in.get_bytes(length));
    ByteWriter frame(out);
    frame.put(kMarker);
    frame.put(static_cast<std::uint32_t>(length));
    frame.put(crc32c(covered));
    frame.put_bytes(ByteView(covered).subspan(4));
  }
  return out;
}

// The input behind a head whose checksum, in bytes [12, 16), covers it.
Bytes headed(std::string_view magic, ByteView body) {
  Bytes out;
  ByteWriter writer(out);
  writer.put_bytes(as_bytes(magic));
  writer.put(std::uint32_t{1});
  writer.put(crc32c(body));
  writer.put_bytes(body);
  return out;
}

void put(sim::SimFiles& files, const std::string& path, ByteView bytes) {
  CHECK(files.write_atomic(path, bytes).has_value());
}

void place(sim::SimFiles& files, Shape shape, ByteView input) {
  const std::string segment = "j/" + segment_name(0);
  if (shape == Shape::raw_segment) put(files, segment, input);
  if (shape == Shape::records) put(files, segment, framed(input));
  if (shape == Shape::snapshot) {
    put(files, "s/snapshot-00000000000000000000.bin", headed("LISESNP1", input));
  }
  if (shape != Shape::index) return;
  // Of two segments the first one's index is read; it claims the size it should.
  put(files, segment, Bytes(64));
  put(files, "j/" + segment_name(1'000'000), framed(input));
  Bytes body;
  ByteWriter writer(body);
  writer.put(std::uint64_t{64});
  writer.put(Position{0});
  writer.put_bytes(input);
  put(files, "j/" + index_name(0), headed("LSEINDX1", body));
}

// Reads all there is, appends one reading and returns its position; nothing for a newer format.
std::optional<Position> use(sim::SimFiles& files, std::optional<Position> appended) {
  Table table;
  const auto journal = Journal::open(files, "j", table, {.segment_bytes = 4'096});
  if (!journal) {
    CHECK(journal.error().code == Code::unsupported);
    return std::nullopt;
  }
  bool found = !appended.has_value();
  Position next = 0;
  const auto read = (*journal)->read(0, [&](Position position, const auto& batch) {
    CHECK(position >= next);
    next = position + batch.size();
    found = found || (position <= *appended && *appended < next);
    return true;
  });
  CHECK(read.has_value() && found && next <= (*journal)->next());
  CHECK(History((*journal)->catalog()).range(0, Time::min(), Time::max(), 10).has_value());
  domain::ReadingBatch batch;
  batch.push({.stream = table.intern({"asset", "stream", "unit"}), .value = 0.5});
  const auto position = (*journal)->append(batch);
  CHECK(position.has_value() && (*journal)->commit().has_value());
  return *position;
}

}  // namespace
}  // namespace lineside::store

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace lineside;
  using namespace lineside::store;
  if (size == 0) return 0;
  log::set_level(log::Level::error);
  const ByteView input = std::as_bytes(std::span(bytes, size));
  const auto shape = static_cast<Shape>(bytes[0] % static_cast<unsigned>(Shape::count));
  sim::SimFiles files;
  CHECK(files.make_directories("j").has_value() && files.make_directories("s").has_value());
  place(files, shape, input.subspan(1));
  CHECK(load_snapshot(files, "s", "definition", ~Position{0}).has_value());
  if (const auto appended = use(files, std::nullopt)) use(files, appended);
  return 0;
}
