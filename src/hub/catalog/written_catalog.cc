#include "hub/catalog/written_catalog.h"

#include <format>

#include "codec/catalog.h"
#include "domain/devices.h"
#include "domain/places.h"

namespace lineside::hub {

using domain::Kind;

namespace {

constexpr int kSitesUp = 64;

bool is_looked_up(Kind kind) {
  return kind == Kind::connection || kind == Kind::contract || kind == Kind::device ||
         kind == Kind::site;
}

template <class Spec>
Result<Spec> read(Kind kind, const std::string& name, const std::string& spec) {
  return TRY_WITH(codec::read_spec<Spec>(spec), std::format("{}/{}", to_text(kind), name));
}

}  // namespace

WrittenCatalog::WrittenCatalog(const store::HubCatalog& catalog,
                               const std::vector<const domain::CatalogObject*>& written)
    : catalog_(catalog) {
  for (const domain::CatalogObject* object : written)
    if (is_looked_up(object->kind))
      index_.emplace(store::ObjectName{object->kind, object->name}, object);
}

bool WrittenCatalog::is_written(Kind kind, const std::string& name) const {
  return index_.contains({kind, name});
}

Result<std::optional<std::string>> WrittenCatalog::spec_of(Kind kind,
                                                           const std::string& name) const {
  if (const auto it = index_.find({kind, name}); it != index_.end())
    return std::optional(it->second->spec);
  auto object = catalog_.get(kind, name);
  if (object) return std::optional(std::move(object->spec));
  if (object.error().code == Code::not_found) return std::optional<std::string>();
  return object.error();
}

Result<MeantFor> WrittenCatalog::place_of(const std::string& edge, const std::string& site) const {
  if (edge.empty()) return MeantFor{"", site};
  const auto device = TRY(spec_of(Kind::device, edge));
  if (!device) return MeantFor{edge, ""};
  return MeantFor{edge, TRY(read<domain::DeviceSpec>(Kind::device, edge, *device)).site};
}

Result<std::reference_wrapper<const std::set<std::string>>> WrittenCatalog::above(
    const std::string& site) {
  auto [above, is_new] = above_.try_emplace(site);
  std::string at = is_new ? site : "";
  for (int up = 0; up < kSitesUp && !at.empty(); ++up) {
    if (!above->second.insert(at).second) break;
    const auto spec = TRY(spec_of(Kind::site, at));
    at = spec ? TRY(read<domain::SiteSpec>(Kind::site, at, *spec)).parent : "";
  }
  return std::cref(above->second);
}

Result<bool> WrittenCatalog::is_within(const std::string& site, const std::string& other) {
  if (other.empty() || site == other) return true;
  return TRY(above(site)).get().contains(other);
}

}  // namespace lineside::hub
