#include <algorithm>
#include <cstdio>
#include <format>

#include "base/text.h"
#include "cli/answer.h"
#include "cli/hub_client.h"
#include "cli/object_name.h"
#include "cli/options.h"
#include "cli/telling.h"
#include "cli/verbs.h"
#include "codec/catalog.h"
#include "codec/json_writer.h"
#include "net/http.h"

namespace lineside::cli {

namespace {

constexpr std::int64_t kPageMax = 1000;
constexpr std::int64_t kObjectsLimitMax = 1'000'000;
constexpr std::int64_t kRevisionMax = 1'000'000'000'000;

struct GetOptions {
  HubAccess hub = HubAccess::from_environment();
  std::string kind;
  std::string name;  // empty: a list
  std::vector<std::string> where;
  std::string prefix;
  std::string output;
  std::int64_t limit = 100;
  std::int64_t revision = 0;  // 0: as it is
  bool json = false;
};

// Objects of one or more pages of answers.
struct Found {
  std::vector<Answer> pages;
  bool more = false;  // than the limit
};

Result<std::string> filters_of(const GetOptions& asked) {
  std::string query;
  for (const std::string& one : asked.where) {
    const auto equals = one.find('=');
    if (equals == std::string::npos || equals == 0)
      return invalid(std::format("--where: expected FIELD=VALUE, found '{}'", excerpt(one, 60)));
    query += std::format("&{}={}", net::encode_component(one.substr(0, equals)),
                         net::encode_component(one.substr(equals + 1)));
  }
  if (!asked.prefix.empty()) query += "&prefix=" + net::encode_component(asked.prefix);
  return query;
}

Result<Found> find_all(HubClient& client, domain::Kind kind, const GetOptions& asked) {
  const std::string filters = TRY(filters_of(asked));
  Found found;
  Pager pager;
  std::int64_t left = asked.limit;
  do {
    std::string target = std::format("{}?limit={}{}", api_path({traits(kind).segment}),
                                     std::min(left, kPageMax), filters);
    if (!pager.cursor().empty()) target += "&cursor=" + net::encode_component(pager.cursor());
    found.pages.push_back(TRY(Answer::parse_lists(TRY(client.get(target)))));
    const Answer& page = found.pages.back();
    left -= static_cast<std::int64_t>(page.items(page.root()).size());
    found.more = TRY(pager.next(page));
  } while (found.more && left > 0);
  return found;
}

bool is_deletion(const Answer& page, const codec::TreeNode& object) {
  const codec::TreeNode* meta = page.find(object, "meta");
  return meta != nullptr && page.text(*meta, "change") == "deleted";
}

Result<Found> find_one(HubClient& client, domain::Kind kind, const GetOptions& asked) {
  const std::string query = asked.revision > 0 ? std::format("?revision={}", asked.revision) : "";
  const std::string body = TRY(client.get(object_path(kind, asked.name, query)));
  Found found;
  Answer answer = TRY(Answer::parse(body));
  // The revision that is the deletion has no spec.
  if (asked.revision == 0 || !is_deletion(answer, answer.root()))
    answer = TRY(Answer::parse_object(body, kind, asked.name));
  found.pages.push_back(std::move(answer));
  return found;
}

// ---- Forms -------------------------------------------------------------------------------------

std::vector<const codec::TreeNode*> objects_of(const Answer& page, bool is_list) {
  if (is_list) return page.items(page.root());
  return {&page.root()};
}

void print_table(const Found& found, bool is_list) {
  Table table({"NAME", "SITE", "REVISION", "CHANGED", "AUTHOR", "TITLE"});
  for (const Answer& page : found.pages)
    for (const codec::TreeNode* object : objects_of(page, is_list)) {
      const codec::TreeNode* meta = page.find(*object, "meta");
      const codec::TreeNode* spec = page.find(*object, "spec");
      const auto of_meta = [&](const char* name) { return meta ? page.text(*meta, name) : ""; };
      table.add({page.text(*object, "name"), of_meta("site"), of_meta("revision"), of_meta("time"),
                 of_meta("author"), spec ? page.text(*spec, "title") : ""});
    }
  print(table.text());
}

void print_json(const Found& found, bool is_list) {
  if (!is_list) return print(found.pages.front().json(found.pages.front().root()) + "\n");
  codec::JsonWriter json;
  json.begin_object().key("items").begin_array();
  double damaged = 0;
  for (const Answer& page : found.pages) {
    for (const codec::TreeNode* object : page.items(page.root())) json.raw(page.json(*object));
    damaged += to_number(page.text(page.root(), "damaged")).value_or(0);
  }
  json.end_array();
  if (damaged > 0) json.member("damaged", static_cast<std::uint64_t>(damaged));
  json.end_object();
  print(json.take() + "\n");
}

// What `lineside apply` checks: that nobody has changed the object since.
std::string told_revision(const Answer& page, const codec::TreeNode& object) {
  const codec::TreeNode* meta = page.find(object, "meta");
  const std::string revision = meta == nullptr ? "" : page.text(*meta, "revision");
  const bool is_number = !revision.empty() &&
                         std::ranges::all_of(revision, [](char c) { return c >= '0' && c <= '9'; });
  return is_number ? std::format("meta:\n  revision: {}\n", revision) : "";
}

// As manifests that `lineside apply` takes. A past state says of no revision: it is to be applied
// over what has followed.
Result<void> print_yaml(const Found& found, bool is_list, bool is_past) {
  bool first = true;
  for (const Answer& page : found.pages)
    for (const codec::TreeNode* object : objects_of(page, is_list)) {
      if (is_deletion(page, *object))
        return fail(
            Code::not_found,
            std::format("{} '{}' was deleted then; expected the revision before",
                        page.text(*object, "kind"), excerpt(page.text(*object, "name"), 260)));
      const auto parsed =
          codec::parse_objects_json(page.json(*object), "answer", {}, codec::Texts::kept);
      if (!parsed.problems.empty())
        return fail(Code::corrupt, "the hub's object is none that this version knows: " +
                                       problem_line(parsed.problems.front()));
      const std::string text = TRY(codec::manifest_yaml(parsed.objects.front()));
      print((first ? "" : "---\n") + text + (is_past ? "" : told_revision(page, *object)));
      first = false;
    }
  return {};
}

// The exit code: of a list that is not all of it another one, beside what there is.
Result<int> show(HubClient& client, const GetOptions& asked) {
  const domain::Kind kind = TRY(kind_named(asked.kind));
  const bool is_list = asked.name.empty();
  const Found found = TRY(is_list ? find_all(client, kind, asked) : find_one(client, kind, asked));
  if (found.more)
    std::fputs(std::format("there are more than {}; see --limit\n", asked.limit).c_str(), stderr);
  if (asked.output == "json")
    print_json(found, is_list);
  else if (asked.output == "yaml" || (asked.output.empty() && !is_list))
    TRY(print_yaml(found, is_list, asked.revision > 0));
  else
    print_table(found, is_list);
  for (const Answer& page : found.pages)
    if (const auto whole = check_whole(page); !whole) return report("get", whole.error());
  return 0;
}

Result<void> check(const GetOptions& asked) {
  if (asked.limit < 1 || asked.limit > kObjectsLimitMax)
    return invalid(std::format("--limit: expected 1 to {}", kObjectsLimitMax));
  if (asked.revision < 0 || asked.revision > kRevisionMax)
    return invalid(std::format("--revision: expected 1 to {}", kRevisionMax));
  if (asked.revision > 0 && asked.name.empty())
    return invalid("--revision: expected the NAME of an object, found none");
  for (const char* form : {"", "yaml", "json", "table"})
    if (asked.output == form) return {};
  return invalid(
      std::format("--output: expected yaml, json or table, found '{}'", excerpt(asked.output, 40)));
}

}  // namespace

int run_get(const Arguments& arguments) {
  GetOptions asked;
  Options options("get", "Shows objects of a hub's catalog.");
  options.required("KIND", asked.kind, "site, assets, DeviceType ...");
  options.text("NAME", asked.name, "of one object; absent: a list");
  options.texts("--where", asked.where, "FIELD=VALUE, of a list; several: all must hold");
  options.text("--prefix", asked.prefix, "of the names of a list");
  options.number("--limit", asked.limit, "of a list");
  options.number("--revision", asked.revision, "of one object: as it was then");
  options.text("-o,--output", asked.output, "yaml, json or table; else table for a list");
  options.flag("--json", asked.json, "the same as -o json");
  asked.hub.add_to(options);
  if (const auto code = options.parse(arguments)) return *code;
  if (asked.json) asked.output = "json";
  const Telling telling{"get", asked.output == "json"};
  if (options.has("--revision") && asked.revision == 0)
    return report(telling, invalid(std::format("--revision: expected 1 to {}", kRevisionMax)));
  if (options.has("NAME") && asked.name.empty())
    return report(telling, invalid("NAME: expected the name of an object, found ''; leave it out "
                                   "for a list"));
  if (const auto good = check(asked); !good) return report(telling, good.error());
  auto client = HubClient::open(asked.hub);
  if (!client) return report(telling, client.error());
  const auto shown = show(*client, asked);
  return shown ? *shown : report(telling, *client, shown.error());
}

}  // namespace lineside::cli
