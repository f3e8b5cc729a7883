#include "wire/sim_edge.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <format>

#include "base/text.h"
#include "codec/catalog.h"
#include "domain/pipeline.h"
#include "wire/manifest_files.h"

namespace lineside::wire {

std::uint64_t SeededRandom::step() {
  state_ += 0x9e3779b97f4a7c15;
  std::uint64_t value = state_;
  value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27U)) * 0x94d049bb133111eb;
  return value ^ (value >> 31U);
}

void SeededRandom::fill(std::span<std::byte> out) {
  while (!out.empty()) {
    const std::uint64_t value = step();
    const std::size_t n = std::min(out.size(), sizeof value);
    std::memcpy(out.data(), &value, n);
    out = out.subspan(n);
  }
}

Duration SeededRandom::interval(Duration mean) {
  return {static_cast<std::int64_t>(-std::log1p(-uniform()) * static_cast<double>(mean.ns))};
}

Result<void> DigestSink::write(ByteView piece) {
  bytes_ += piece.size();
  if (bytes_ > static_cast<std::uint64_t>(expected_.bytes))
    return fail(Code::corrupt, std::format("endless: expected {} bytes", expected_.bytes));
  digest_.update(piece);
  return {};
}

Result<void> DigestSink::finish() {
  if (bytes_ < static_cast<std::uint64_t>(expected_.bytes))
    return fail(Code::unavailable,
                std::format("expected {} bytes, found {}", expected_.bytes, bytes_));
  if ("sha256:" + to_hex(digest_.finish()) != expected_.digest)
    return fail(Code::corrupt, "altered: expected " + expected_.digest);
  return {};
}

Result<std::shared_ptr<const SimContent>> look_at(const DesiredContent& content) {
  TRY(manifest_files(content));
  auto out = std::make_shared<SimContent>();
  out->artifacts = content.artifacts;
  for (const DesiredManifest& manifest : content.manifests) {
    if (manifest.kind != domain::Kind::pipeline) continue;
    const auto spec = TRY(codec::read_spec<domain::PipelineSpec>(manifest.spec));
    out->pipelines.push_back({manifest.name, "sha256:" + crypt::sha256_hex(as_bytes(manifest.spec)),
                              spec.model ? spec.model->digest : ""});
  }
  return std::shared_ptr<const SimContent>(std::move(out));
}

StateReport SimEdge::report(Time wall) const {
  StateReport out;
  out.edge = record.edge;
  out.version = record.version;
  out.revision = record.revision;
  out.offered = offered;
  out.state = state;
  if (!problem.empty()) out.problems = {problem};
  if (runs) out.runs.pipelines = runs->pipelines;
  out.runs.lineside = "simulated";
  out.seen = wall;
  return out;
}

}  // namespace lineside::wire
