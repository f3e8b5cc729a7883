#include "store/hub_artifacts.h"

#include <format>

#include "base/text.h"
#include "store/hub_core_internal.h"

namespace lineside::store {

namespace {

// The columns of artifact_get.sql and artifact_list.sql.
Artifact read_artifact(const Statement& row) {
  return {.digest = row.text(0),
          .bytes = static_cast<std::uint64_t>(row.count(1, "artifact.bytes", 0)),
          .media_type = row.text(2),
          .uploaded_by = row.text(3),
          .uploaded = Time{row.integer(4)}};
}

Error no_artifact(std::string_view digest) {
  return fail(Code::not_found, std::format("no artifact '{}'", excerpt(digest)));
}

}  // namespace

Result<bool> HubArtifacts::add(const Artifact& artifact, std::span<const AuditEntry> entries) {
  bool is_new = false;
  TRY(core_.write([&](HubWriting& writing) -> Result<void> {
    TRY(writing["artifact_add"]
            .with(artifact.digest, artifact.bytes, artifact.media_type, artifact.uploaded_by,
                  artifact.uploaded.ns)
            .run());
    is_new = writing.changes() > 0;
    if (!is_new) return {};
    return writing.add_leaves(entries);
  }));
  return is_new;
}

Result<Artifact> HubArtifacts::get(std::string_view digest) const {
  return core_.read([&](HubConnection& reader) -> Result<Artifact> {
    std::optional<Artifact> found;
    TRY(reader.database["artifact_get"].with(digest).each(
        [&](const Statement& row) { found = read_artifact(row); }));
    if (found) return *std::move(found);
    return no_artifact(digest);
  });
}

Result<std::vector<Artifact>> HubArtifacts::list(std::string_view after, std::size_t limit) const {
  return core_.read([&](HubConnection& reader) -> Result<std::vector<Artifact>> {
    std::vector<Artifact> found;
    TRY(reader.database["artifact_list"].with(after, limit).each([&](const Statement& row) {
      found.push_back(read_artifact(row));
    }));
    return found;
  });
}

Result<void> HubArtifacts::remove(std::string_view digest, std::span<const AuditEntry> entries) {
  return core_.write([&](HubWriting& writing) -> Result<void> {
    TRY(writing["artifact_delete"].with(digest).run());
    if (writing.changes() == 0) return no_artifact(digest);
    return writing.add_leaves(entries);
  });
}

}  // namespace lineside::store
