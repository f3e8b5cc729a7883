#include "wire/update_journal.h"

#include <algorithm>
#include <charconv>
#include <format>

#include "base/bytes.h"
#include "codec/json_struct.h"
#include "codec/json_writer.h"

namespace lineside::wire {

namespace {

constexpr std::string_view kSuffix = ".log";

std::string line_of(const UpdateRecord& record) {
  codec::JsonWriter json;
  json.value(record);
  return std::format("{:08x} {}\n", crc32c(as_bytes(json.text())), json.text());
}

// Nothing: it was torn.
std::optional<UpdateRecord> record_of(std::string_view line) {
  constexpr std::size_t kSum = 8;
  if (line.size() < kSum + 1 || line[kSum] != ' ') return std::nullopt;
  const std::string_view json = line.substr(kSum + 1);
  std::uint32_t sum = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + kSum, sum, 16);
  if (error != std::errc() || end != line.data() + kSum || sum != crc32c(as_bytes(json)))
    return std::nullopt;
  auto record = codec::read_json<UpdateRecord>(json, "update journal");
  if (!record) return std::nullopt;
  return std::move(*record);
}

// 0: it is no record of ours, which has all its digits.
std::uint64_t file_version_of(std::string_view name) {
  constexpr std::size_t kDigits = 20;
  std::uint64_t version = 0;
  if (!name.ends_with(kSuffix) || name.size() != kDigits + kSuffix.size()) return 0;
  name.remove_suffix(kSuffix.size());
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), version);
  return error == std::errc() && end == name.data() + name.size() ? version : 0;
}

}  // namespace

std::string UpdateJournal::path(std::uint64_t version) const {
  return std::format("{}/{:020}{}", folder_, version, kSuffix);
}

Result<std::vector<UpdateRecord>> UpdateJournal::open() {
  TRY(files_->make_directories(folder_));
  version_ = 0;
  for (const std::string& name : TRY(files_->list(folder_)))
    version_ = std::max(version_, file_version_of(name));
  if (version_ == 0) return std::vector<UpdateRecord>();
  auto whole = TRY(read(version_));
  size_ = whole.size;
  return std::move(whole.records);
}

Result<UpdateJournal::Whole> UpdateJournal::read(std::uint64_t version) const {
  const Bytes bytes = TRY(files_->read(path(version)));
  const std::string_view text = as_text(bytes);
  Whole whole;
  while (whole.size < text.size()) {
    const std::size_t end = text.find('\n', whole.size);
    if (end == std::string_view::npos) break;
    auto record = record_of(text.substr(whole.size, end - whole.size));
    if (!record) break;
    whole.records.push_back(std::move(*record));
    whole.size = end + 1;
  }
  return whole;
}

Result<std::optional<UpdateRecord>> UpdateJournal::applied_above(std::uint64_t version,
                                                                 std::uint64_t most) const {
  std::optional<UpdateRecord> highest;
  for (const std::string& name : TRY(files_->list(folder_))) {
    const std::uint64_t other = file_version_of(name);
    if (other <= version || other > most) continue;
    const Whole whole = TRY(read(other));
    const auto applied = std::ranges::find(whole.records, UpdateStep::applied, &UpdateRecord::step);
    if (applied == whole.records.end() || applied->version != other) continue;
    if (!highest || highest->version < other) highest = *applied;
  }
  return highest;
}

Result<void> UpdateJournal::begin(const UpdateRecord& offered) {
  const std::string line = line_of(offered);
  // Of a hub that was set back: what it had offered then is not gone on with.
  for (const std::string& name : TRY(files_->list(folder_)))
    if (file_version_of(name) > offered.version) TRY(files_->remove(folder_ + "/" + name));
  TRY(files_->write_atomic(path(offered.version), as_bytes(line)));
  version_ = offered.version;
  size_ = line.size();
  return {};
}

// The file is opened anew for each record: after a failed sync an open one is of no use.
Result<void> UpdateJournal::note(const UpdateRecord& record) {
  const std::string line = line_of(record);
  const auto file = TRY(files_->open(path(version_)));
  if (TRY(file->size()) != size_) TRY(file->truncate(size_));
  TRY(file->append(as_bytes(line)));
  TRY(file->sync());
  size_ += line.size();
  return {};
}

Result<void> UpdateJournal::forget_below(std::uint64_t version) {
  for (const std::string& name : TRY(files_->list(folder_)))
    if (const std::uint64_t other = file_version_of(name); other != 0 && other < version)
      TRY(files_->remove(folder_ + "/" + name));
  return {};
}

}  // namespace lineside::wire
