#include <format>

#include "base/text.h"
#include "base/version.h"
#include "hub/api/api_internal.h"

namespace lineside::hub {

using domain::Kind;
using domain::Permission;

namespace {

constexpr std::size_t kApprovalsMax = 1000;

Result<void> write_counts(const ApiCall& call, codec::JsonWriter& json) {
  json.key("counts").begin_object();
  for (std::size_t i = 0; i < domain::kKinds; ++i) {
    const auto kind = static_cast<Kind>(i);
    if (!call.grants().may_somewhere(domain::permission_to_read(kind))) continue;
    store::ObjectQuery query;
    query.kind = kind;
    query.sites = call.grants().visible_sites(kind);
    const auto count = TRY(call.db().catalog().count(query));
    json.member(to_text(kind), count.count);
  }
  json.end_object();
  return {};
}

Result<void> write_edges(const ApiCall& call, codec::JsonWriter& json) {
  const EdgeCounts counts = TRY(count_edges(call));
  json.key("edges").begin_object().member("enrolled", counts.enrolled);
  json.member("connected", counts.connected);
  for (std::size_t i = 0; i < counts.by_state.size(); ++i)
    json.member(domain::to_text(static_cast<TwinState>(i)), counts.by_state[i]);
  json.end_object();
  return {};
}

}  // namespace

ApiAnswer show_health(const ApiCall&) { return text_response("ok\n"); }

ApiAnswer show_openapi(const ApiCall& call) {
  net::HttpResponse response;
  response.headers = {{"Content-Type", "application/json"}, {"Cache-Control", "no-cache"}};
  response.body = call.parts.openapi;
  return response;
}

ApiAnswer summarize_hub(const ApiCall& call) {
  codec::JsonWriter json;
  json.begin_object().member("hub", call.hub().options().name).member("version", kVersion);
  json.member("now", call.now());
  TRY(write_counts(call, json));
  TRY(write_edges(call, json));
  const auto open = TRY(call.db().approvals().list(
      {.state = store::ApprovalState::requested, .subject = std::nullopt, .limit = kApprovalsMax}));
  json.member("approvals_open", static_cast<std::uint64_t>(open.size()));
  const store::StoredCheckpoint checkpoint = call.db().audit().checkpoint();
  json.key("audit").begin_object().member("size", checkpoint.size);
  json.member("root", to_hex(checkpoint.root)).end_object().end_object();
  return json_answer(200, json);
}

ApiAnswer give_metrics(const ApiCall& call) {
  if (!call.grants().may_somewhere(Permission::read_audit) &&
      !call.grants().may_somewhere(Permission::manage_hub))
    return fail(Code::denied, "expected permission read_audit or manage_hub");
  std::string text;
  if (call.parts.options.metrics_text) text = call.parts.options.metrics_text();
  text += std::format(
      "# HELP lineside_hub_audit_leaves Entries of the audit log.\n"
      "# TYPE lineside_hub_audit_leaves gauge\n"
      "lineside_hub_audit_leaves {}\n"
      "# HELP lineside_hub_artifacts_refused_total Reads of artifacts that are damaged on disk.\n"
      "# TYPE lineside_hub_artifacts_refused_total counter\n"
      "lineside_hub_artifacts_refused_total {}\n",
      call.db().audit().checkpoint().size, call.hub().blobs().refused());
  return text_response(std::move(text), "text/plain; version=0.0.4");
}

}  // namespace lineside::hub
