#include "store/journal.h"

#include <algorithm>
#include <format>
#include <limits>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "store/catalog_internal.h"
#include "store/segment_internal.h"
#include "store/segment_writer_internal.h"

namespace lineside::store {

namespace {

constexpr std::uint64_t kSegmentBytesMin = 4 * 1024;

// So that the cap always leaves several segments: it deletes whole ones.
JournalOptions sensible(JournalOptions options) {
  const std::uint64_t quarter = std::max(options.cap_bytes / 4, kSegmentBytesMin);
  options.segment_bytes = std::clamp(options.segment_bytes, kSegmentBytesMin, quarter);
  return options;
}

std::string damage_report(const std::string& path, const SegmentScan& scan) {
  return std::format("{}: {} damaged place(s), the first at byte {}; skipped", path,
                     scan.segment.damaged, scan.first_damage.value_or(0));
}

// Brings what the files hold into a catalog, and finds the segment to continue.
class Recovery {
 public:
  Recovery(world::Files& files, Catalog& catalog, StreamTable& table, JournalRecovery& report)
      : files_(files), catalog_(catalog), table_(table), report_(report) {}

  // The newest segment if it can be continued. `end` becomes the position after all readings.
  Result<std::optional<SegmentScan>> run(Position& end) {
    std::vector<Position> firsts = TRY(list());
    std::optional<SegmentScan> newest;
    while (!firsts.empty() && !newest) {
      newest = TRY(read_newest(firsts.back()));
      if (!newest) firsts.pop_back();
    }
    if (!newest) return newest;
    firsts.pop_back();
    for (const Position first : firsts) {
      const SegmentScan closed = TRY(read_closed(first));
      take(closed);
      end = std::max(end, closed.segment.end);
    }
    const bool sound = newest->segment.damaged == 0 && newest->segment.first >= end;
    take(*newest);
    end = std::max(end, newest->segment.end);
    std::erase_if(report_.last, [](const auto& r) { return r.stream == domain::kNoStream; });
    if (!sound) newest.reset();
    return newest;
  }

 private:
  Result<std::vector<Position>> list() const {
    std::vector<Position> firsts;
    for (const std::string& name : TRY(files_.list(catalog_.path("")))) {
      if (const auto first = parse_segment_name(name)) firsts.push_back(*first);
    }
    std::ranges::sort(firsts);
    return firsts;
  }

  // Cuts off what a power cut has left unfinished. Nothing when no reading remains.
  Result<std::optional<SegmentScan>> read_newest(Position first) {
    const std::string path = catalog_.path(segment_name(first));
    const auto file = TRY(files_.open(path));
    SegmentScan scan = TRY_WITH(scan_segment(*file, first, table_), path);
    if (scan.segment.end == first) {
      // A header is written at once with the records after it, so a torn write has left less of it.
      if (!scan.has_header && scan.file_bytes >= kSegmentHeaderBytes) {
        TRY(set_aside(path));
        return std::optional<SegmentScan>();
      }
      report_.torn_bytes += scan.file_bytes;
      TRY(files_.remove(path));
      return std::optional<SegmentScan>();
    }
    if (scan.segment.bytes < scan.file_bytes) {
      report_.torn_bytes += scan.file_bytes - scan.segment.bytes;
      TRY(file->truncate(scan.segment.bytes));
      TRY(file->sync());
      scan.file_bytes = scan.segment.bytes;
    }
    note_damage(path, scan);
    return std::optional(std::move(scan));
  }

  // What cannot be read here may be of use to somebody who looks at it; the next segment may take
  // its name.
  Result<void> set_aside(const std::string& path) {
    std::string aside = path + ".damaged";
    for (int i = 2; files_.exists(aside); ++i) aside = std::format("{}.damaged-{}", path, i);
    TRY(files_.rename(path, aside));
    ++report_.damaged;
    catalog_.count_damage(1);
    report_.reports.push_back(
        std::format("{}: not a journal segment, set aside as {}", path, aside));
    return {};
  }

  Result<SegmentScan> read_closed(Position first) {
    const std::string path = catalog_.path(segment_name(first));
    const auto file = TRY(files_.open(path));
    if (auto indexed = read_index(first, TRY(file->size()))) {
      note_damage(path, *indexed);
      return std::move(*indexed);
    }
    SegmentScan scan = TRY_WITH(scan_segment(*file, first, table_), path);
    if (scan.segment.bytes < scan.file_bytes) {
      ++scan.segment.damaged;
      if (!scan.first_damage) scan.first_damage = scan.segment.bytes;
    }
    note_damage(path, scan);
    const Bytes index = encode_index(scan, table_);
    // Without it the next start reads the whole segment again, which is slow but right.
    if (const auto done = files_.write_atomic(catalog_.path(index_name(first)), index); done) {
      scan.segment.index_bytes = index.size();
    }
    return scan;
  }

  std::optional<SegmentScan> read_index(Position first, std::uint64_t file_bytes) {
    const std::string path = catalog_.path(index_name(first));
    if (!files_.exists(path)) return std::nullopt;
    const auto bytes = files_.read(path);
    if (!bytes) return std::nullopt;
    auto scan = decode_index(*bytes, file_bytes, table_);
    if (scan && scan->segment.first != first) scan.reset();
    return scan;
  }

  void note_damage(const std::string& path, const SegmentScan& scan) {
    if (scan.segment.damaged == 0) return;
    report_.damaged += scan.segment.damaged;
    report_.reports.push_back(damage_report(path, scan));
  }

  void take(const SegmentScan& scan) {
    catalog_.publish(scan.segment);
    catalog_.count_damage(scan.segment.damaged);
    for (const domain::Reading& reading : scan.last) {
      if (reading.stream != domain::kNoStream) keep_last(report_.last, reading.stream, reading);
    }
  }

  world::Files& files_;
  Catalog& catalog_;
  StreamTable& table_;
  JournalRecovery& report_;
};

}  // namespace

Journal::Journal(world::Files& files, std::string directory, JournalOptions options)
    : options_(sensible(options)),
      catalog_(std::make_shared<Catalog>(files, std::move(directory))) {}

Journal::~Journal() = default;

Result<std::unique_ptr<Journal>> Journal::open(world::Files& files, std::string directory,
                                               StreamTable& table, JournalOptions options) {
  TRY(files.make_directories(directory));
  std::unique_ptr<Journal> journal(new Journal(files, std::move(directory), options));  // private
  Position end = 0;
  Recovery recovery(files, *journal->catalog_, table, journal->recovery_);
  auto newest = TRY_WITH(recovery.run(end), "while opening the journal");
  journal->recovery_.end = end;
  // Within a segment positions do not jump, except over damage.
  if (options.next_at_least > end) newest.reset();
  end = std::max(end, options.next_at_least);
  journal->writer_ = std::make_unique<SegmentWriter>(files, *journal->catalog_, table, end);
  if (newest) journal->writer_->resume(std::move(*newest));
  journal->catalog_->set_next(end);
  journal->catalog_->set_durable(end);
  return journal;
}

Result<Position> Journal::append(const domain::ReadingBatch& batch) {
  SegmentWriter& writer = *writer_;
  if (writer.pending_bytes() >= options_.pending_bytes) {
    return fail(Code::exhausted, std::format("{} bytes wait for the disk", writer.pending_bytes()));
  }
  // Between commits only: numbers of streams in pending records belong to their segment.
  const bool is_full =
      writer.segment_bytes() >= options_.segment_bytes || writer.streams() > kLocalMax / 2;
  if (is_full && writer.idle()) writer.roll();
  const Position position = writer.next();
  writer.append(batch);
  catalog_->set_next(writer.next());
  return position;
}

Result<Position> Journal::commit() {
  const bool is_new_segment = writer_->segment_bytes() == 0;
  if (auto done = writer_->commit(); !done) {
    catalog_->set_error(done.error());
    return done.error();
  }
  catalog_->set_error(std::nullopt);
  catalog_->set_durable(writer_->next());
  if (is_new_segment) keep_house();
  return writer_->next();
}

// What a failure of leaves only for later: the readings are safe already.
void Journal::keep_house() {
  if (const auto done = writer_->write_index(); !done) {
    log::warn("store", "no index for a closed segment, the next start reads it whole: {}",
              done.error().text);
  }
  // The new segment will grow into what the cap has left.
  const std::uint64_t cap = options_.cap_bytes;
  if (const auto done = catalog_->expire(cap - std::min(cap, options_.segment_bytes)); !done) {
    log::warn("store", "cannot delete an old segment: {}", done.error().text);
  }
}

Position Journal::next() const { return catalog_->next(); }
Position Journal::durable() const { return catalog_->durable(); }
JournalState Journal::state() const { return catalog_->state(); }
std::shared_ptr<const Catalog> Journal::catalog() const { return catalog_; }

namespace {

// Hands a decoded record on from `from`, without the rows whose stream is not known any more.
// False when the visitor wants no more.
bool visit_known(const domain::ReadingBatch& batch, Position first, Position from,
                 const Journal::Visit& visit) {
  const auto skipped = static_cast<std::size_t>(from > first ? from - first : 0);
  const bool all_known = !std::ranges::contains(batch.stream, domain::kNoStream);
  if (all_known && skipped == 0) return visit(first, batch);
  domain::ReadingBatch part;
  for (std::size_t i = skipped; i < batch.size(); ++i) {
    const bool known = batch.stream[i] != domain::kNoStream;
    if (known) part.push(batch.at(i));
    const bool ends = !known || i + 1 == batch.size();
    if (!ends || part.empty()) continue;
    const Position part_end = first + i + (known ? 1 : 0);
    if (!visit(part_end - part.size(), part)) return false;
    part.clear();
  }
  return true;
}

}  // namespace

Result<void> Journal::read(Position from, const Visit& visit) const {
  for (const auto& segment : catalog_->segments()) {
    if (segment->end <= from) continue;
    const auto file = catalog_->open(*segment);
    if (!file && file.error().code == Code::not_found) continue;  // expired while we read
    if (!file) return file.error();
    SegmentReader reader(**file, *segment, stretch_from(*segment, from));
    SegmentReader::Wanted wanted{.from = from,
                                 .min_time = std::numeric_limits<std::int64_t>::min(),
                                 .max_time = std::numeric_limits<std::int64_t>::max()};
    bool more = true;
    while (const auto* batch = more ? TRY(reader.next(wanted)) : nullptr) {
      more = visit_known(*batch, reader.position(), from, visit);
      from = reader.position() + batch->size();
      wanted.from = from;
    }
    catalog_->count_damage(reader.damaged());
    if (!more) return {};
  }
  return {};
}

}  // namespace lineside::store
