// A plant of any size in a hub's catalog: lines of 24 machines, each with ten devices of three
// streams, 20 lines to a site. Names and fields follow from numbers, so that they can be asked for
// without having been kept.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "benchmarks/bench.h"
#include "codec/json_writer.h"
#include "hub/hub.h"

namespace lineside::benchmarks {

class HubPlant {
 public:
  static constexpr std::uint64_t kAssetsOfLine = 24;
  static constexpr std::uint64_t kDevicesOfAsset = 10;
  static constexpr std::uint64_t kStreamsOfDevice = 3;
  static constexpr std::uint64_t kLinesOfSite = 20;

  // Of whole lines, at least one: so many devices or a few more.
  explicit HubPlant(std::uint64_t devices);

  std::uint64_t lines() const { return lines_; }
  std::uint64_t devices() const { return lines_ * kAssetsOfLine * kDevicesOfAsset; }
  std::uint64_t streams() const { return devices() * kStreamsOfDevice; }
  std::uint64_t objects() const;

  // By number.
  static std::string line(std::uint64_t line);
  static std::string asset(std::uint64_t asset);
  static std::string device(std::uint64_t device);
  static std::string stream(std::uint64_t stream);
  static std::string site(std::uint64_t site);

  // Writes what is not there yet, and notes in the folder how far it is.
  Result<void> build(const Bench& bench, hub::Hub& hub, const std::string& folder) const;

 private:
  std::uint64_t lines_;
};

// One object for POST /apply and for the hub itself.
domain::CatalogObject plant_object(domain::Kind kind, std::string name, std::string spec);
// A device's stream that is none of the plant's: "asset/x<number>-<device>".
domain::CatalogObject extra_stream(std::uint64_t device, std::uint64_t number);

}  // namespace lineside::benchmarks
