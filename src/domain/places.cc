#include "domain/places.h"

#include "domain/manifest_check_internal.h"

namespace lineside::domain {

std::vector<Problem> check(const Manifest<SiteSpec>& manifest) {
  std::vector<Problem> out;
  ManifestCheck check(manifest.place, out);
  check.object_name(Kind::site, manifest.name);
  check.not_itself("spec.parent", manifest.name, manifest.spec.parent);
  if (manifest.spec.level == SiteLevel::enterprise && !manifest.spec.parent.empty())
    check.add("spec.parent", "not possible", "no parent of an enterprise",
              "'" + manifest.spec.parent + "'");
  return out;
}

std::vector<Problem> check(const Manifest<AssetSpec>& manifest) {
  std::vector<Problem> out;
  ManifestCheck check(manifest.place, out);
  check.object_name(Kind::asset, manifest.name);
  check.not_itself("spec.parent", manifest.name, manifest.spec.parent);
  return out;
}

}  // namespace lineside::domain
