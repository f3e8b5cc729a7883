#include "hub/edges/device_rule.h"

#include <format>

#include "base/text.h"
#include "codec/catalog.h"
#include "domain/devices.h"

namespace lineside::hub {

namespace {

Result<bool> is_enrolled(const store::HubEdges& edges, const std::string& name) {
  const auto state = edges.state(name);
  if (!state && state.error().code == Code::not_found) return false;
  if (!state) return state.error();
  const auto best = TRY(edges.certificates(name, 1)).first;
  return !best.empty() && !best.front().revoked;
}

}  // namespace

Result<void> permit_device(const store::HubEdges& edges, const WriteRules& rules,
                           const store::ObjectWrite& write, const store::ObjectOutcome& outcome) {
  if (write.object.kind != domain::Kind::device) return {};
  domain::DeviceSpec spec;
  if (!write.deletes) spec = TRY(codec::read_spec<domain::DeviceSpec>(write.object.spec));
  const bool stays = spec.edge;
  const bool manages = rules.may_at(domain::Permission::manage_edges, outcome.old_site) &&
                       rules.may_at(domain::Permission::manage_edges, outcome.site);
  if (stays && outcome.change == store::ObjectChange::created) return {};
  if (stays && manages && !spec.site.empty()) return {};
  if (!TRY(is_enrolled(edges, write.object.name))) return {};
  if (stays && manages)
    return fail(
        Code::conflict,
        std::format("Device/{}: an edge is enrolled as this device: expected spec.site, for "
                    "it does not move with what the device stands on",
                    excerpt(write.object.name, 128)));
  if (stays)
    return fail(Code::denied,
                std::format("expected permission manage_edges for Device/{}, as which "
                            "an edge is enrolled, where it is and where it goes",
                            excerpt(write.object.name, 128)));
  return fail(Code::conflict,
              std::format("Device/{0}: an edge is enrolled as this device; revoke or remove it "
                          "first, on the page Edges or by DELETE /api/v1/edges/{0}",
                          excerpt(write.object.name, 128)));
}

}  // namespace lineside::hub
