#include "benchmarks/hub_plant.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <format>

#include "benchmarks/meter.h"
#include "codec/canonical.h"
#include "codec/catalog.h"
#include "world/files.h"

namespace lineside::benchmarks {

namespace {

using domain::Kind;

constexpr std::array<std::string_view, 3> kStreams = {"temp", "vibration", "current"};
constexpr std::array<std::string_view, 3> kUnits = {"degC", "mm/s", "A"};
constexpr std::uint64_t kLinesAtOnce = 5;  // about 5,000 objects a batch
constexpr std::uint64_t kSayEvery = 20;    // batches
constexpr std::uint64_t kOwners = 50;

std::string device_spec(std::uint64_t device) {
  const std::uint64_t asset = device / HubPlant::kDevicesOfAsset;
  return std::format(
      R"({{"asset":"{}","firmware":"4.{}.1","owner":"team-{}","serial":"SN{:08}","site":"{}",)"
      R"("title":"Sensor head {}"}})",
      HubPlant::asset(asset), device % 7, device % kOwners, device * 7919 % 100'000'000,
      HubPlant::line(asset / HubPlant::kAssetsOfLine), device);
}

std::string stream_spec(std::uint64_t stream) {
  const std::uint64_t device = stream / HubPlant::kStreamsOfDevice;
  return std::format(R"({{"asset":"{}","device":"{}","owner":"team-{}","unit":"{}"}})",
                     HubPlant::asset(device / HubPlant::kDevicesOfAsset), HubPlant::device(device),
                     device % kOwners, kUnits.at(stream % HubPlant::kStreamsOfDevice));
}

// All of a line, what others refer to first.
Result<void> add_line(std::uint64_t line, std::vector<store::ObjectWrite>& out) {
  const auto add = [&](Kind kind, std::string name, std::string spec) -> Result<void> {
    store::ObjectWrite write;
    write.object = plant_object(kind, std::move(name), std::move(spec));
    auto refs = TRY(codec::spec_refs(kind, write.object.spec));
    write.object.refs = std::move(refs.refs);
    write.object.terms = std::move(refs.terms);
    out.push_back(std::move(write));
    return {};
  };
  const std::string name = HubPlant::line(line);
  const std::string site = HubPlant::site(line / HubPlant::kLinesOfSite);
  TRY(add(Kind::site, name, std::format(R"({{"level":"line","parent":"{}"}})", site)));
  const std::uint64_t first = line * HubPlant::kAssetsOfLine;
  for (std::uint64_t asset = first; asset < first + HubPlant::kAssetsOfLine; ++asset) {
    TRY(add(Kind::asset, HubPlant::asset(asset),
            std::format(R"({{"site":"{}","title":"Press {}","type":"press"}})", name, asset)));
    for (std::uint64_t i = 0; i < HubPlant::kDevicesOfAsset; ++i) {
      const std::uint64_t device = asset * HubPlant::kDevicesOfAsset + i;
      TRY(add(Kind::device, HubPlant::device(device), device_spec(device)));
      for (std::uint64_t j = 0; j < HubPlant::kStreamsOfDevice; ++j) {
        const std::uint64_t stream = device * HubPlant::kStreamsOfDevice + j;
        TRY(add(Kind::stream, HubPlant::stream(stream), stream_spec(stream)));
      }
    }
  }
  return {};
}

Result<void> apply(hub::Hub& hub, const std::vector<store::ObjectWrite>& writes) {
  store::CatalogBatch batch;
  batch.writes = writes;
  batch.author = "bench";
  batch.actor = "bench";
  batch.time = world::system_clock().now();
  const auto applied = TRY(hub.db().catalog().apply(batch));
  if (applied.problems.empty()) return {};
  return fail(Code::internal, applied.problems.front().text);
}

Result<void> add_sites(hub::Hub& hub, std::uint64_t lines) {
  std::vector<store::ObjectWrite> writes;
  const auto add = [&](std::string name, std::string spec) -> Result<void> {
    store::ObjectWrite write;
    write.object = plant_object(Kind::site, std::move(name), std::move(spec));
    write.object.refs = TRY(codec::spec_refs(Kind::site, write.object.spec)).refs;
    writes.push_back(std::move(write));
    return {};
  };
  TRY(add("company", "{}"));
  for (std::uint64_t site = 0; site * HubPlant::kLinesOfSite < lines; ++site)
    TRY(add(HubPlant::site(site), R"({"parent":"company"})"));
  return apply(hub, writes);
}

Result<std::uint64_t> lines_done(const std::string& path) {
  if (!world::system_files().exists(path)) return 0;
  const Bytes bytes = TRY(world::system_files().read(path));
  const std::string_view text = as_text(bytes);
  std::uint64_t lines = 0;
  std::from_chars(text.data(), text.data() + text.size(), lines);
  return lines;
}

}  // namespace

HubPlant::HubPlant(std::uint64_t devices)
    : lines_(std::max<std::uint64_t>(1, (devices + kAssetsOfLine * kDevicesOfAsset - 1) /
                                            (kAssetsOfLine * kDevicesOfAsset))) {}

std::uint64_t HubPlant::objects() const {
  const std::uint64_t sites = (lines_ + kLinesOfSite - 1) / kLinesOfSite + 1;
  return sites + lines_ * (1 + kAssetsOfLine) + devices() + streams();
}

std::string HubPlant::site(std::uint64_t site) { return std::format("site-{:03}", site); }
std::string HubPlant::line(std::uint64_t line) { return std::format("line-{:05}", line); }
std::string HubPlant::asset(std::uint64_t asset) { return std::format("press-{:06}", asset); }
std::string HubPlant::device(std::uint64_t device) { return std::format("head-{:07}", device); }
std::string HubPlant::stream(std::uint64_t stream) {
  const std::uint64_t device = stream / kStreamsOfDevice;
  return std::format("{}/{}-{}", asset(device / kDevicesOfAsset),
                     kStreams.at(stream % kStreamsOfDevice), device % kDevicesOfAsset);
}

domain::CatalogObject plant_object(Kind kind, std::string name, std::string spec) {
  domain::CatalogObject object;
  object.kind = kind;
  object.name = std::move(name);
  object.spec = std::move(spec);
  return object;
}

domain::CatalogObject extra_stream(std::uint64_t device, std::uint64_t number) {
  return plant_object(Kind::stream,
                      std::format("{}/x{}-{}", HubPlant::asset(device / HubPlant::kDevicesOfAsset),
                                  number, device % HubPlant::kDevicesOfAsset),
                      stream_spec(device * HubPlant::kStreamsOfDevice));
}

Result<void> HubPlant::build(const Bench& bench, hub::Hub& hub, const std::string& folder) const {
  const std::string note = folder + "/lines";
  std::uint64_t done = TRY(lines_done(note));
  if (done >= lines_) return {};
  TRY(add_sites(hub, lines_));
  const Time begin = wall();
  const std::uint64_t before = done;
  std::vector<store::ObjectWrite> writes;
  for (std::uint64_t batch = 1; done < lines_; ++batch) {
    writes.clear();
    const std::uint64_t end = std::min(lines_, done + kLinesAtOnce);
    for (std::uint64_t line = done; line < end; ++line) TRY(add_line(line, writes));
    TRY(apply(hub, writes));
    done = end;
    if (batch % kSayEvery != 0 && done < lines_) continue;
    TRY(world::system_files().write_atomic(note, as_bytes(std::to_string(done))));
    const double rate = static_cast<double>((done - before) * (1 + kAssetsOfLine * 41)) /
                        (wall() - begin).as_seconds();
    bench.say(std::format("  catalog: {} of {} lines, {:.0f} objects/s", done, lines_, rate));
  }
  return {};
}

}  // namespace lineside::benchmarks
