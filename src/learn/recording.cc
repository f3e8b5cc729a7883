#include "learn/recording.h"

#include <cmath>
#include <format>
#include <map>

#include "base/text.h"
#include "crypt/digest.h"

namespace lineside::learn {

namespace {

using domain::Quality;
using domain::StreamIndex;

constexpr std::size_t kCmapssColumns = 26;
constexpr std::size_t kCmapssSettings = 3;
constexpr Time kCmapssEpoch{1'199'145'600'000'000'000};  // 2008-01-01T00:00:00Z

// Adds readings as the edge keeps them: the first one of each key.
class Keeper {
 public:
  explicit Keeper(Recording& out) : out_(out) {}

  StreamIndex stream(const std::string& asset, const std::string& name) {
    const auto [found, added] =
        index_.try_emplace({asset, name}, static_cast<StreamIndex>(out_.streams.size()));
    if (added) out_.streams.push_back({asset, name, ""});
    return found->second;
  }
  void add(const domain::Reading& reading) {
    const Key key{reading.stream, reading.time.ns, reading.sequence};
    const auto [found, added] = seen_.try_emplace(key, reading.value);
    if (added) return out_.readings.push(reading);
    ++(found->second == reading.value ? out_.duplicates : out_.conflicts);
  }

 private:
  using Key = std::tuple<StreamIndex, std::int64_t, std::uint64_t>;
  Recording& out_;
  std::map<std::pair<std::string, std::string>, StreamIndex> index_;
  std::map<Key, double> seen_;
};

// One line of a text file, for messages.
struct Line {
  std::string_view text;
  const std::string& file;
  std::size_t number;

  Error wrong(std::string_view expected, std::string_view found) const {
    return invalid(std::format("{}:{}: expected {}, found {}", file, number, expected, found));
  }
};

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  for (const std::string_view word : split(text, ' '))
    if (!word.empty()) words.push_back(word);
  return words;
}

// Calls `take(line)` for each line that is not blank.
template <class Take>
Result<void> each_line(std::string_view text, const std::string& file, Take&& take) {
  std::size_t number = 0;
  for (std::string_view line : split(text, '\n')) {
    ++number;
    line = trim(line);
    if (!line.empty()) TRY(take(Line{line, file, number}));
  }
  return {};
}

// The text as a finite number.
Result<double> number_of(const Line& line, std::string_view text) {
  const auto number = to_number(text);
  if (!number || !std::isfinite(*number))
    return line.wrong("a finite number", "'" + excerpt(text, 40) + "'");
  return *number;
}

Result<void> read_cmapss_line(const Line& line, const std::string& prefix, Keeper& keeper) {
  const auto words = words_of(line.text);
  if (words.size() != kCmapssColumns)
    return line.wrong(std::format("{} columns", kCmapssColumns), std::format("{}", words.size()));
  std::vector<double> values;
  for (const std::string_view word : words) values.push_back(TRY(number_of(line, word)));
  const double engine = values[0];
  const double cycle = values[1];
  if (std::trunc(engine) != engine || engine < 1 || engine > 999'999)
    return line.wrong("an engine, a whole number of 1..999999", std::format("{}", engine));
  if (std::trunc(cycle) != cycle || cycle < 1 || cycle > 1e6)
    return line.wrong("a cycle, a whole number of 1..1000000", std::format("{}", cycle));
  const std::string asset = std::format("{}{:03}", prefix, static_cast<int>(engine));
  const auto number = static_cast<std::int64_t>(cycle);
  for (std::size_t i = 2; i < kCmapssColumns; ++i) {
    const std::string name = i < 2 + kCmapssSettings ? std::format("setting{}", i - 1)
                                                     : std::format("s{}", i - 1 - kCmapssSettings);
    keeper.add({.stream = keeper.stream(asset, name),
                .quality = Quality::good,
                .time = kCmapssEpoch + Duration::seconds(3600) * number,
                .sequence = static_cast<std::uint64_t>(number),
                .value = values[i]});
  }
  return {};
}

Result<void> read_csv_line(const Line& line, const domain::RecordingSpec& spec, Keeper& keeper) {
  const auto cells = split(line.text, ',');
  if (cells.size() != spec.streams.size() + 1)
    return line.wrong(std::format("a timestamp and {} columns", spec.streams.size()),
                      std::format("{} columns", cells.size()));
  if (line.number == 1) return {};
  const Time time =
      TRY_WITH(parse_iso(trim(cells[0])), std::format("{}:{}", line.file, line.number));
  for (std::size_t i = 0; i < spec.streams.size(); ++i) {
    const std::string_view cell = trim(cells[i + 1]);
    if (cell.empty()) continue;
    const double value = TRY(number_of(line, cell));
    keeper.add({.stream = keeper.stream(spec.asset, spec.streams[i]),
                .quality = Quality::good,
                .time = time,
                .sequence = 0,
                .value = value});
  }
  return {};
}

}  // namespace

Result<Recording> read_recording(const world::Files& files, const std::string& folder,
                                 const domain::RecordingSpec& spec) {
  Recording out;
  Keeper keeper(out);
  for (std::size_t i = 0; i < spec.files.size(); ++i) {
    const std::string path = folder + "/" + spec.files[i];
    const Bytes bytes = TRY(files.read(path));
    out.files.push_back({spec.files[i], crypt::sha256_hex(bytes), bytes.size()});
    const std::string prefix = i == 0 ? "engine-" : std::format("engine-{}-", i + 1);
    TRY(each_line(as_text(bytes), path, [&](const Line& line) {
      return spec.format == domain::RecordingFormat::cmapss ? read_cmapss_line(line, prefix, keeper)
                                                            : read_csv_line(line, spec, keeper);
    }));
  }
  return out;
}

}  // namespace lineside::learn
