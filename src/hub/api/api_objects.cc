#include <algorithm>
#include <charconv>
#include <format>

#include "base/log.h"
#include "base/text.h"
#include "hub/api/api_internal.h"
#include "hub/catalog/graph.h"
#include "hub/catalog/near_names.h"
#include "hub/catalog/warnings.h"
#include "hub/catalog/write_warnings.h"

namespace lineside::hub {

using domain::Kind;
using store::ObjectWrite;

namespace {

std::string etag_of(std::int64_t revision) { return std::format("\"{}\"", revision); }

net::HttpResponse object_response(const store::StoredObject& object, int status,
                                  const std::vector<std::string>& warnings = {}) {
  codec::JsonWriter json;
  write_object(json, object, warnings);
  net::HttpResponse response = json_answer(status, json);
  response.headers.push_back({"ETag", etag_of(object.revision.number)});
  return response;
}

// What If-Match and If-None-Match say of the revision that is to be there.
struct Wanted {
  std::optional<std::int64_t> revision;
  bool exists = false;  // If-Match: *
  bool by_header = false;
};

Result<Wanted> wanted_of(const net::HttpRequest& request) {
  const std::string_view match = trim(request.header("If-Match"));
  const std::string_view none = trim(request.header("If-None-Match"));
  Wanted wanted;
  wanted.by_header = !match.empty() || !none.empty();
  if (!none.empty()) {
    if (none != "*" || !match.empty())
      return invalid("expected If-None-Match: * or If-Match with one revision");
    wanted.revision = 0;
    return wanted;
  }
  wanted.exists = match == "*";
  if (match.empty() || wanted.exists) return wanted;
  const bool quoted = match.size() > 2 && match.front() == '"' && match.back() == '"';
  const std::string_view digits = quoted ? match.substr(1, match.size() - 2) : "";
  std::int64_t revision = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), revision);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size() ||
      revision < 1)
    return invalid(std::format("If-Match: expected \"<revision>\", found {}", excerpt(match, 40)));
  wanted.revision = revision;
  return wanted;
}

// An object as it is, or {"spec": ...} alone: the rest follows from the path. It is put at the end,
// so that places in messages are those of the body.
std::string whole_document(const ApiCall& call, std::string_view body) {
  std::vector<domain::Problem> ignored;
  const auto tree = codec::Tree::from_json(body, "body", {}, ignored);
  if (!tree || !tree->root().is_map()) return std::string(body);
  for (const char* member : {"apiVersion", "kind", "name"})
    if (tree->find(tree->root(), member) != nullptr) return std::string(body);
  codec::JsonWriter json;
  json.begin_object().member("apiVersion", domain::kApiVersion);
  json.member("kind", to_text(call.kind())).member("name", call.name()).end_object();
  const std::size_t end = body.rfind('}');
  const bool empty = tree->root().size == 0;
  return std::string(body.substr(0, end)) + (empty ? "" : ",") + json.take().substr(1);
}

Result<void> check_identity(const ApiCall& call, const codec::ParsedObjects& parsed) {
  if (parsed.objects.size() != 1)
    return invalid(std::format("expected one object, found {}", parsed.objects.size()));
  const domain::CatalogObject& object = parsed.objects.front();
  if (object.kind == call.kind() && object.name == call.name()) return {};
  return invalid(std::format("expected {} '{}' as in the path, found {} '{}'", to_text(call.kind()),
                             excerpt(call.name(), 260), to_text(object.kind),
                             excerpt(object.name, 260)));
}

net::HttpResponse precondition_failed() {
  return error_response(412, fail(Code::conflict, "If-Match: the object does not exist"));
}

Result<WriteHow> how_of(const ApiCall& call) {
  const bool dry_run = TRY(call.flag("dry_run"));
  return WriteHow{dry_run, TRY(call.note())};
}

int status_of(const store::ObjectOutcome& outcome) {
  return outcome.change == store::ObjectChange::created ? 201 : 200;
}

// What a dry run would have stored.
net::HttpResponse would_be(const ApiCall& call, const ObjectWrite& write,
                           const store::ObjectOutcome& outcome, const WriteHow& how) {
  const store::RevisionNote revision{
      outcome.revision, outcome.change, call.now(), call.caller->author(), how.note, 0, {}};
  const store::StoredObject object{call.kind(), call.name(), outcome.site, revision,
                                   write.object.spec};
  return object_response(object, status_of(outcome), warnings_of(call, {write}));
}

}  // namespace

std::vector<std::string> warnings_of(const ApiCall& call, const std::vector<ObjectWrite>& writes) {
  auto warnings =
      write_warnings({call.db().catalog(), call.db().edges(), call.grants(), call.now()}, writes);
  if (!warnings) log::error("hub", "warnings of a write: {}", warnings.error().text);
  return warnings ? *std::move(warnings) : std::vector<std::string>();
}

void write_object(codec::JsonWriter& json, const store::StoredObject& object,
                  const std::vector<std::string>& warnings) {
  domain::CatalogObject manifest;
  manifest.kind = object.kind;
  manifest.name = object.name;
  manifest.spec = object.spec.empty() ? "null" : object.spec;
  json.begin_object();
  codec::manifest_members(manifest, json);
  json.key("meta").begin_object();
  json.member("revision", object.revision.number).member("change", object.revision.change);
  json.member("site", object.site).member("time", object.revision.time);
  json.member("author", object.revision.author).member("note", object.revision.note);
  json.member("leaf", object.revision.leaf);
  if (!warnings.empty()) json.member("warnings", warnings);
  json.end_object().end_object();
}

Result<std::optional<store::StoredObject>> current_of(const ApiCall& call,
                                                      const store::ObjectName& name) {
  std::optional<store::StoredObject> none;
  // First where it is: what it says may be long, and is for nobody else. Of one that is damaged
  // there, get() tells all that is wrong.
  if (!sees_object(call.db().catalog(), call.grants(), name.kind, name.name).value_or(true))
    return none;
  auto object = call.db().catalog().get(name.kind, name.name);
  if (!object && object.error().code == Code::not_found) return none;
  if (!object) return object.error();
  if (!call.grants().sees(name.kind, object->site)) return none;  // it has just moved
  return std::optional(*std::move(object));
}

Result<std::optional<store::StoredObject>> current(const ApiCall& call) {
  return current_of(call, {call.kind(), call.name()});
}

Error no_object(const ApiCall& call, std::optional<std::string> near) {
  if (!near)
    near = NearNames(call.db().catalog(), call.grants()).find_slip(call.kind(), call.name());
  return fail(Code::not_found,
              std::format("no {} '{}'{}", to_text(call.kind()), excerpt(call.name(), 260),
                          near ? std::format(", did you mean '{}'", *near) : ""));
}

Result<store::StoredObject> find_object(const ApiCall& call) {
  auto object = TRY(current(call));
  if (object) return *std::move(object);
  return no_object(call);
}

namespace {

Error no_such_reference(const ApiCall& call, std::string_view parameter, Kind kind,
                        const std::string& name) {
  const auto near = NearNames(call.db().catalog(), call.grants()).find(kind, name);
  return invalid(std::format("{}: expected {} {} of the catalog, found '{}'{}", parameter,
                             kind == Kind::asset ? "an" : "a", to_text(kind), excerpt(name, 260),
                             near ? std::format(", did you mean '{}'", *near) : ""));
}

}  // namespace

Result<std::vector<std::string>> sites_asked(const ApiCall& call, domain::Permission reads,
                                             std::string_view parameter) {
  const std::string site(call.parameter(parameter));
  const Grants& grants = call.grants();
  const auto seen = [&](const std::string& one) { return grants.may(reads, one); };
  const bool is_known = call.db().catalog().site_of(Kind::site, site).has_value() &&
                        (seen(site) || grants.sees(Kind::site, site));
  if (!is_known) return no_such_reference(call, parameter, Kind::site, site);
  const Extent where = TRY(call.parts.grants.extent_of(site));
  std::vector<std::string> sites;
  std::ranges::copy_if(where.sites, std::back_inserter(sites), seen);
  return sites;
}

namespace {

// Whether the field `site` of the kind says where it is; of others it says what they are for.
bool stands_somewhere(Kind kind) {
  return kind == Kind::asset || kind == Kind::device || kind == Kind::connection ||
         kind == Kind::contract || kind == Kind::pipeline;
}

// What stands at a site stands at those above it, as permissions have it.
Result<void> add_filters(const ApiCall& call, store::ObjectQuery& query) {
  const domain::Permission reads = domain::permission_to_read(call.kind());
  for (const codec::FilterField& filter : codec::filter_fields(call.kind())) {
    const auto value = call.request.target.parameter(filter.field);
    if (!value) continue;
    const bool is_site = filter.refers_to == Kind::site;
    std::vector<std::string> sites;
    if (is_site) sites = TRY(sites_asked(call, reads, filter.field));
    if (is_site && filter.field == "site" && stands_somewhere(call.kind()))
      query.sites = std::move(sites);
    else
      query.filters.push_back({filter.field, std::string(*value)});
  }
  return {};
}

// Why nothing is listed: what is named is not there, or not to be seen, which is told alike. Who is
// a Person of the catalog is not for everybody.
Result<void> check_references(const ApiCall& call) {
  for (const codec::FilterField& filter : codec::filter_fields(call.kind())) {
    const auto value = call.request.target.parameter(filter.field);
    if (!value || !filter.refers_to || *filter.refers_to == Kind::person) continue;
    const std::string name(*value);
    const auto seen = sees_object(call.db().catalog(), call.grants(), *filter.refers_to, name);
    if (!seen.value_or(false))
      return no_such_reference(call, filter.field, *filter.refers_to, name);
  }
  return {};
}

}  // namespace

ApiAnswer list_objects(const ApiCall& call) {
  if (!call.grants().may_somewhere(domain::permission_to_read(call.kind())))
    return fail(Code::denied, std::format("expected permission {}",
                                          to_text(domain::permission_to_read(call.kind()))));
  store::ObjectQuery query;
  query.kind = call.kind();
  query.prefix = call.parameter("prefix");
  query.cursor = call.parameter("cursor");
  query.limit = TRY(call.limit());
  query.sites = call.grants().visible_sites(call.kind());
  TRY(add_filters(call, query));
  std::vector<std::string> damaged;
  query.damaged = &damaged;
  const auto page = TRY(call.db().catalog().list(query));
  if (page.objects.empty() && query.cursor.empty()) TRY(check_references(call));
  codec::JsonWriter json;
  json.begin_object().key("items").begin_array();
  for (const store::StoredObject& object : page.objects) write_object(json, object);
  json.end_array().key("next");
  page.next.empty() ? json.null() : json.value(page.next);
  if (TRY(call.flag("count"))) {
    const auto count = TRY(call.db().catalog().count(query));
    json.key("count").begin_object().member("count", count.count).member("exact", count.exact);
    json.end_object();
  }
  if (const auto count = log_damaged(damaged)) json.member("damaged", *count);
  json.end_object();
  return json_answer(200, json);
}

ApiAnswer show_object(const ApiCall& call) {
  const std::uint64_t revision = TRY(call.number("revision", 0, 1, 1'000'000'000'000));
  const store::StoredObject object = TRY(
      revision == 0 ? find_object(call) : find_revision(call, static_cast<std::int64_t>(revision)));
  if (call.request.header("If-None-Match") != etag_of(object.revision.number) || revision > 0)
    return object_response(object, 200);
  net::HttpResponse same;
  same.status = 304;
  same.headers = {{"ETag", etag_of(object.revision.number)}, {"Cache-Control", "no-store"}};
  return same;
}

ApiAnswer put_object(const ApiCall& call) {
  const auto before = TRY(current(call));
  const Wanted wanted = TRY(wanted_of(call.request));
  const WriteHow how = TRY(how_of(call));
  if (wanted.exists && !before) {
    call.refused.unseen = call.may_hide(call.kind());
    return precondition_failed();
  }
  const std::string_view body = TRY(call.body());
  const auto parsed = codec::parse_objects_json(whole_document(call, body), "body");
  if (!parsed.problems.empty())
    return error_response(422, invalid("the object has problems"), ref_problems(call, parsed));
  TRY(check_identity(call, parsed));
  const std::vector<ObjectWrite> writes = {
      {parsed.objects.front(), false, wanted.revision ? wanted.revision : parsed.told_revision(0)}};
  const auto applied = TRY(call.parts.writer.write(*call.caller, writes, how));
  if (!applied.problems.empty())
    return problems_response(call, {writes, applied, &parsed, wanted.by_header});
  const store::ObjectOutcome& outcome = applied.outcomes.front();
  if (how.dry_run) return would_be(call, writes.front(), outcome, how);
  // Of this write, also when another one has followed.
  auto object = TRY(call.db().catalog().get_revision(call.kind(), call.name(), outcome.revision));
  object.site = outcome.site;
  return object_response(object, status_of(outcome), warnings_of(call, writes));
}

ApiAnswer delete_object(const ApiCall& call) {
  const auto before = TRY(find_object(call));
  const Wanted wanted = TRY(wanted_of(call.request));
  const WriteHow how = TRY(how_of(call));
  ObjectWrite write;
  write.object.kind = call.kind();
  write.object.name = call.name();
  write.deletes = true;
  write.expected = wanted.revision;
  const std::vector<ObjectWrite> writes = {write};
  const auto applied = TRY(call.parts.writer.write(*call.caller, writes, how));
  if (!applied.problems.empty())
    return problems_response(call, {writes, applied, nullptr, wanted.by_header});
  if (how.dry_run)
    return response_of(DeletionView{TRY(deletion_warnings(
        call.db().catalog(), call.parts.patterns, call.grants(), {call.kind(), call.name()}))});
  return no_content();
}

}  // namespace lineside::hub
