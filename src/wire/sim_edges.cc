#include "wire/sim_edges.h"

#include <algorithm>
#include <format>
#include <set>

#include "base/lane.h"
#include "base/text.h"
#include "net/socket.h"
#include "wire/sim_lane.h"

namespace lineside::wire {

namespace {

constexpr std::size_t kDescriptorsBeside = 64;  // of files, of the lanes

struct Kept {
  std::optional<Identity> identity;
  std::vector<SimRecord> records;
};

// First what they know of their hub, then a line for each.
Result<Kept> load(const std::string& path, world::Files& files) {
  Kept kept;
  if (path.empty() || !files.exists(path)) return kept;
  const Bytes bytes = TRY(files.read(path));
  std::string_view rest = as_text(bytes);
  for (int line = 1; !rest.empty(); ++line) {
    const std::string_view text = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), text.size() + 1));
    const std::string what = std::format("{}:{}", path, line);
    if (line == 1) {
      kept.identity = TRY(read_message<Identity>(text, what));
    } else {
      kept.records.push_back(TRY(read_message<SimRecord>(text, what)));
    }
  }
  return kept;
}

Result<void> check(const SimOptions& options) {
  TRY(check_order(options.order));
  if (options.edges < 1 || options.edges > kSimEdgesMax)
    return invalid(std::format("edges: expected 1 to {}, found {}", kSimEdgesMax, options.edges));
  return {};
}

}  // namespace

struct SimEdges::Parts {
  Parts(SimOptions options, world::Files& disk, world::Clock& clock)
      : files(disk), shared(std::move(options), clock) {}

  world::Files& files;
  SimShared shared;
  std::vector<SimRecord> others;  // of the file, beyond the edges that are played
  std::vector<std::unique_ptr<SimLane>> lanes;
  std::vector<std::unique_ptr<Lane>> threads;
};

SimEdges::SimEdges(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
SimEdges::~SimEdges() { stop(); }

Result<std::unique_ptr<SimEdges>> SimEdges::open(SimOptions options, world::Files& files,
                                                 world::Clock& clock) {
  TRY(check(options));
  TRY(net::raise_descriptor_limit(options.edges + kDescriptorsBeside));
  Kept kept = TRY(load(options.file, files));
  auto parts = std::make_unique<Parts>(std::move(options), files, clock);
  const SimOptions& asked = parts->shared.options;
  if (kept.identity && !names_authority(kept.identity->ca, asked.order.ca_sha256))
    return fail(Code::conflict, std::format("{}: these edges have joined another hub", asked.file));
  parts->shared.identity = std::move(kept.identity);
  std::vector<SimRecord> records = std::move(kept.records);
  if (records.size() > asked.edges) {
    const auto from = records.begin() + static_cast<std::ptrdiff_t>(asked.edges);
    parts->others.assign(std::make_move_iterator(from), std::make_move_iterator(records.end()));
  }
  std::set<std::string> names;
  for (const SimRecord& record : records) names.insert(record.edge);
  records.resize(asked.edges);
  std::size_t number = 0;
  for (SimRecord& record : records)
    while (record.edge.empty())
      if (auto name = std::format("{}{:05}", asked.order.edge, number++); !names.contains(name))
        record.edge = std::move(name);
  const std::size_t each = (asked.edges + asked.lanes - 1) / std::max<std::size_t>(1, asked.lanes);
  for (std::size_t first = 0; first < records.size(); first += each) {
    const auto begin = records.begin() + static_cast<std::ptrdiff_t>(first);
    const auto end =
        records.begin() + static_cast<std::ptrdiff_t>(std::min(records.size(), first + each));
    parts->lanes.push_back(TRY(SimLane::open(
        parts->shared, first, {std::make_move_iterator(begin), std::make_move_iterator(end)})));
  }
  return std::unique_ptr<SimEdges>(new SimEdges(std::move(parts)));  // private constructor
}

void SimEdges::start() {
  for (const auto& lane : parts_->lanes)
    parts_->threads.push_back(std::make_unique<Lane>("sim-edges", [lane = lane.get()] {
      lane->step();
      return true;
    }));
}

void SimEdges::stop() {
  for (const auto& thread : parts_->threads) thread->stop();
  parts_->threads.clear();
}

SimFigures SimEdges::figures() const { return parts_->shared.tally.figures(); }

Result<void> SimEdges::save() {
  const SimShared& shared = parts_->shared;
  if (shared.options.file.empty() || !shared.identity) return {};
  std::vector<SimRecord> records;
  for (const auto& lane : parts_->lanes) lane->collect(records);
  std::ranges::copy(parts_->others, std::back_inserter(records));
  std::string text = write_message(*shared.identity) + "\n";
  for (const SimRecord& record : records)
    if (!record.certificate.empty()) text += write_message(record) + "\n";
  return parts_->files.write_atomic(shared.options.file, as_bytes(text));
}

}  // namespace lineside::wire
