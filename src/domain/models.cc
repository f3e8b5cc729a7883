#include "domain/models.h"

#include <algorithm>

#include "domain/manifest_check_internal.h"

namespace lineside::domain {

bool is_digest(std::string_view text) {
  constexpr std::string_view kPrefix = "sha256:";
  constexpr std::size_t kDigits = 64;
  if (!text.starts_with(kPrefix) || text.size() != kPrefix.size() + kDigits) return false;
  return text.find_first_not_of("0123456789abcdef", kPrefix.size()) == std::string_view::npos;
}

std::vector<Problem> check(const Manifest<DatasetSpec>& manifest) {
  std::vector<Problem> out;
  ManifestCheck check(manifest.place, out);
  const DatasetSpec& spec = manifest.spec;
  check.object_name(Kind::dataset, manifest.name);
  check.unique("spec.streams", spec.streams);
  check.digest("spec.digest", spec.digest);
  if (spec.from && spec.to && *spec.to < *spec.from)
    check.add("spec.to", "ends before it starts", "at or after " + format_iso(*spec.from),
              format_iso(*spec.to));
  return out;
}

std::vector<Problem> check(const Manifest<CatalogModelSpec>& manifest) {
  std::vector<Problem> out;
  ManifestCheck(manifest.place, out).object_name(Kind::model, manifest.name);
  return out;
}

std::vector<Problem> check(const Manifest<ModelVersionSpec>& manifest) {
  std::vector<Problem> out;
  ManifestCheck check(manifest.place, out);
  const ModelVersionSpec& spec = manifest.spec;
  check.object_name(Kind::model_version, manifest.name);
  if (spec.digest.empty())
    check.add("spec.digest", "not a digest", "sha256: and 64 of 0-9 a-f", "nothing");
  check.digest("spec.digest", spec.digest);
  check.digest("spec.envelope", spec.envelope);
  check.digest("spec.report", spec.report);
  if (spec.signer.empty() != spec.envelope.empty())
    check.add(spec.signer.empty() ? "spec.envelope" : "spec.signer", "half a signature",
              "signer and envelope", "one of them");
  check.unique("spec.inputs", spec.inputs);
  check.unique("spec.outputs", spec.outputs);
  check.unique("spec.trained_on", spec.trained_on);
  return out;
}

}  // namespace lineside::domain
