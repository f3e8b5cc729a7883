// One simulated edge: what it remembers, in memory or for the next run, and what it says.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "crypt/digest.h"
#include "net/http_transfer.h"
#include "wire/calls.h"
#include "wire/desired.h"
#include "world/random.h"

namespace lineside::wire {

// Randomness that a seed repeats exactly: SplitMix64 (Steele, Lea, Flood: "Fast splittable
// pseudorandom number generators", 2014).
class SeededRandom final : public world::Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  void fill(std::span<std::byte> out) override;
  // Of an exponential distribution with that mean.
  Duration interval(Duration mean);

 private:
  std::uint64_t step();
  std::uint64_t state_;
};

// Takes an artifact for its digest alone.
class DigestSink final : public net::HttpSink {
 public:
  explicit DigestSink(DesiredArtifact expected) : expected_(std::move(expected)) {}
  Result<void> write(ByteView piece) override;
  // Errors: corrupt ("altered", "endless"), unavailable (there is less than announced).
  Result<void> finish();

 private:
  DesiredArtifact expected_;
  crypt::Sha256 digest_;
  std::uint64_t bytes_ = 0;
};

// What a real edge has on its disk, one line each of the file.
struct SimRecord {
  std::string edge;
  std::string certificate;  // PEM
  std::string key;          // PEM, in the clear
  Time renew_after;
  std::uint64_t version = 0;  // in force, and the floor
  std::string revision;
};
constexpr auto fields(const SimRecord*) {
  using domain::field;
  return std::tuple(
      field("edge", &SimRecord::edge, "name of the edge").required(),
      field("certificate", &SimRecord::certificate, "the edge's certificate, PEM").required(),
      field("key", &SimRecord::key, "its key, PEM").required(),
      field("renew_after", &SimRecord::renew_after, "when to renew it").required(),
      field("version", &SimRecord::version, "what is in force"),
      field("revision", &SimRecord::revision, "digest of its content"));
}

// A content that was looked at once for all who are offered it: as its revision is verified for
// each, nothing else can be behind it.
struct SimContent {
  std::vector<RunningPipeline> pipelines;
  std::vector<DesiredArtifact> artifacts;
};
// Errors: those of manifest_files().
Result<std::shared_ptr<const SimContent>> look_at(const DesiredContent& content);

struct SimEdge {
  enum class Next : unsigned char { join, renew, report, fetch, poll };

  explicit SimEdge(std::uint64_t seed) : random(seed) {}

  Floor floor() const { return {record.version, record.revision}; }
  StateReport report(Time wall) const;

  // On disk.
  SimRecord record;  // no certificate: it has not joined
  std::shared_ptr<const SimContent> runs;
  std::set<std::string> artifacts;  // digests of those it has

  // In memory: a restart forgets it.
  Next next = Next::join;
  Patience patience;
  ReportState state = ReportState::applied;
  std::uint64_t offered = 0;
  std::string problem;
  std::string told;  // digest of the last report but for its time; empty: to be told anew
  Time reported;     // steady
  std::optional<DesiredState> update;          // under way; its content is taken out
  std::shared_ptr<const SimContent> incoming;  // of it
  std::unique_ptr<DigestSink> sink;
  std::string new_key;  // of the join or renewal under way

  // Of the simulation.
  SeededRandom random;
  Duration skew{};          // of its wall clock
  Time due;                 // steady; of the next call
  bool in_touch = false;    // its last call was answered
  bool is_polling = false;  //
  bool started = false;     // has been in touch, or has failed to be
};

}  // namespace lineside::wire
