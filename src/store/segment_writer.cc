#include <utility>

#include "base/check.h"
#include "store/segment_writer_internal.h"

namespace lineside::store {

SegmentWriter::SegmentWriter(world::Files& files, Catalog& catalog, StreamTable& table,
                             Position next)
    : files_(files), catalog_(catalog), table_(table), next_(next) {}

void SegmentWriter::resume(SegmentScan scan) {
  segment_ = std::move(scan.segment);
  last_ = std::move(scan.last);
  is_begun_ = true;
  is_named_ = true;
  for (std::uint32_t local = 0; local < segment_.streams.size(); ++local) {
    const domain::StreamIndex stream = segment_.streams[local];
    if (stream == domain::kNoStream) continue;
    if (stream >= locals_.size()) locals_.resize(stream + std::size_t{1});
    locals_[stream] = local + 1;
  }
}

void SegmentWriter::roll() {
  CHECK(idle());
  if (is_begun_) {
    const SegmentScan scan{
        .segment = segment_, .last = last_, .file_bytes = segment_.bytes, .first_damage = {}};
    closed_ = segment_;
    closed_index_ = encode_index(scan, table_);
  }
  segment_ = Segment();
  is_begun_ = false;
  is_named_ = false;
  is_dirty_ = false;
  file_.reset();
  locals_.clear();
  last_.clear();
}

void SegmentWriter::append(const domain::ReadingBatch& batch) {
  if (batch.empty()) return;
  if (!is_begun_) {
    segment_.first = next_;
    segment_.end = next_;
    pending_ = segment_header(next_);
    is_begun_ = true;
  }
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const std::uint32_t local = local_of(batch.stream[i]);
    if (encoder_.is_open() && encoder_.count() == kRecordReadings) close_record();
    if (!encoder_.is_open()) encoder_.begin(record_, next_);
    encoder_.put(record_, local, batch, i);
    keep_last(last_, local, batch.at(i));
    ++next_;
  }
}

std::uint32_t SegmentWriter::local_of(domain::StreamIndex stream) {
  if (stream < locals_.size() && locals_[stream] != 0) return locals_[stream] - 1;
  if (stream >= locals_.size()) locals_.resize(stream + std::size_t{1});
  const auto local = static_cast<std::uint32_t>(segment_.streams.size());
  segment_.streams.push_back(stream);
  locals_[stream] = local + 1;
  put_stream(pending_, {.local = local, .name = table_.name(stream)});
  return local;
}

void SegmentWriter::close_record() {
  const ReadingsHead head = encoder_.finish(record_);
  segment_.note(segment_.bytes + pending_.size(), head);
  pending_.insert(pending_.end(), record_.begin(), record_.end());
  record_.clear();
}

Result<void> SegmentWriter::commit() {
  if (encoder_.is_open()) close_record();
  if (pending_.empty()) return {};
  if (auto written = write(); !written) {
    // Gives back what space the attempt took; should that fail too, the next commit cuts first.
    if (file_ && file_->truncate(segment_.bytes)) is_dirty_ = false;
    // A file whose sync has failed cannot be trusted with another one.
    file_.reset();
    return written;
  }
  segment_.bytes += pending_.size();
  pending_.clear();
  catalog_.publish(segment_);
  return {};
}

Result<void> SegmentWriter::write() {
  if (!file_) file_ = TRY(files_.open(catalog_.path(segment_name(segment_.first))));
  if (is_dirty_) TRY(file_->truncate(segment_.bytes));
  is_dirty_ = true;
  TRY(file_->append(pending_));
  TRY(file_->sync());
  if (!is_named_) TRY(files_.sync_directory(catalog_.path("")));
  is_named_ = true;
  is_dirty_ = false;
  return {};
}

Result<void> SegmentWriter::write_index() {
  if (closed_index_.empty()) return {};
  TRY(files_.write_atomic(catalog_.path(index_name(closed_.first)), closed_index_));
  closed_.index_bytes = closed_index_.size();
  closed_index_.clear();
  catalog_.publish(closed_);
  return {};
}

}  // namespace lineside::store
