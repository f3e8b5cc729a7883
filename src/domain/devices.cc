#include "domain/devices.h"

#include "base/text.h"
#include "domain/catalog.h"
#include "domain/manifest_check_internal.h"

namespace lineside::domain {

namespace {

bool is_date(const std::string& text) {
  constexpr std::size_t kDateSize = std::string_view("yyyy-mm-dd").size();
  return text.size() == kDateSize && parse_iso(text + "T00:00:00Z").has_value();
}

void check_claim(Claim status, const std::string& owner, ManifestCheck& check) {
  if (status == Claim::unclaimed && !owner.empty())
    check.add("spec.status", "unclaimed but owned", "active or retired, or no owner", "unclaimed");
}

// The unit of what appeared by itself is what its source says, until somebody claims it.
void check_unit(const StreamSpec& spec, ManifestCheck& check) {
  if (spec.status != Claim::unclaimed) check.unit("spec.unit", spec.unit);
}

}  // namespace

std::vector<Problem> check(const Manifest<DeviceTypeSpec>& manifest) {
  std::vector<Problem> out;
  ManifestCheck check(manifest.place, out);
  check.object_name(Kind::device_type, manifest.name);
  const std::string& until = manifest.spec.support_until;
  if (!until.empty() && !is_date(until))
    check.add("spec.support_until", "not a date", "yyyy-mm-dd", "'" + excerpt(until, 60) + "'");
  return out;
}

std::vector<Problem> check(const Manifest<DeviceSpec>& manifest) {
  std::vector<Problem> out;
  ManifestCheck check(manifest.place, out);
  check.object_name(Kind::device, manifest.name);
  check_claim(manifest.spec.status, manifest.spec.owner, check);
  return out;
}

std::vector<Problem> check(const Manifest<StreamSpec>& manifest) {
  std::vector<Problem> out;
  ManifestCheck check(manifest.place, out);
  check.object_name(Kind::stream, manifest.name);
  const std::string asset = manifest.name.substr(0, manifest.name.find('/'));
  if (is_object_name(Kind::stream, manifest.name) && !manifest.spec.asset.empty() &&
      manifest.spec.asset != asset)
    check.add("spec.asset", "not its asset", "'" + excerpt(asset, 60) + "' as its name says",
              "'" + excerpt(manifest.spec.asset, 60) + "'");
  check_claim(manifest.spec.status, manifest.spec.owner, check);
  check_unit(manifest.spec, check);
  return out;
}

}  // namespace lineside::domain
