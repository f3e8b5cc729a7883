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

namespace lineside::cli {

namespace {

constexpr std::size_t kDescribedMax = 300;
constexpr std::string_view kHistory = "/history?limit=5";
constexpr std::string_view kAbove = "/graph?direction=up&depth=1&limit=200";
constexpr std::string_view kBelow = "/graph?direction=down&depth=1&limit=200";

// Bodies of the hub's answers.
struct Picture {
  std::string object;
  std::string history;
  std::string above;  // what rests on it
  std::string below;  // what it rests on
};

Result<Picture> look(HubClient& client, const std::string& kind, const std::string& name) {
  const domain::Kind known = TRY(kind_of_object(kind, name));
  Picture picture;
  picture.object = TRY(client.get(object_path(known, name)));
  TRY(Answer::parse_object(picture.object, known, name));
  picture.history = TRY(client.get(object_path(known, name, kHistory)));
  TRY(Answer::parse_lists(picture.history));
  picture.above = TRY(client.get(object_path(known, name, kAbove)));
  TRY(Answer::parse_lists(picture.above, {"nodes", "edges"}));
  picture.below = TRY(client.get(object_path(known, name, kBelow)));
  TRY(Answer::parse_lists(picture.below, {"nodes", "edges"}));
  return picture;
}

std::string spec_text(const std::string& object) {
  const auto parsed = codec::parse_objects_json(object, "answer", {}, codec::Texts::kept);
  if (!parsed.problems.empty()) return "";
  const auto yaml = codec::manifest_yaml(parsed.objects.front());
  return yaml ? *yaml : "";
}

Result<void> print_object(const std::string& body) {
  const Answer answer = TRY(Answer::parse(body));
  const auto& root = answer.root();
  print(std::format("{} {}\n", answer.text(root, "kind"),
                    excerpt(answer.text(root, "name"), kDescribedMax)));
  if (const auto* meta = answer.find(root, "meta")) {
    if (const std::string site = answer.text(*meta, "site"); !site.empty())
      print(std::format("  site      {}\n", excerpt(site, kDescribedMax)));
    print(std::format("  revision  {}, {} {} by {}\n", answer.text(*meta, "revision"),
                      answer.text(*meta, "change"), answer.text(*meta, "time"),
                      excerpt(answer.text(*meta, "author"), kDescribedMax)));
  }
  print("\nManifest\n");
  const std::string manifest = spec_text(body);
  for (const std::string_view line : split(manifest, '\n'))
    if (!line.empty()) print(std::format("  {}\n", excerpt(line, kDescribedMax)));
  return {};
}

Result<void> print_history(const std::string& body) {
  const Answer answer = TRY(Answer::parse(body));
  print("\nHistory\n");
  for (const codec::TreeNode* item : answer.items(answer.root())) {
    const std::string note = answer.text(*item, "note");
    print(std::format("  {}  {} {} by {}{}\n", answer.text(*item, "revision"),
                      answer.text(*item, "change"), answer.text(*item, "time"),
                      excerpt(answer.text(*item, "author"), kDescribedMax),
                      note.empty() ? "" : ": " + excerpt(note, kDescribedMax)));
  }
  return {};
}

// The other ends of the edges: `from` of those that refer to it.
Result<void> print_links(const std::string& title, const std::string& body,
                         std::string_view other) {
  const Answer answer = TRY(Answer::parse(body));
  const auto edges = answer.items(answer.root(), "edges");
  print(std::format("\n{}\n", title));
  if (edges.empty()) print("  nothing\n");
  for (const codec::TreeNode* edge : edges) {
    const auto* end = answer.find(*edge, other);
    if (end == nullptr) continue;
    print(std::format("  {} {} ({})\n", answer.text(*end, "kind"),
                      excerpt(answer.text(*end, "name"), kDescribedMax),
                      excerpt(answer.text(*edge, "field"), kDescribedMax)));
  }
  if (!answer.text(answer.root(), "next").empty()) print("  ... and more\n");
  return {};
}

Result<void> print_text(const Picture& picture) {
  TRY(print_object(picture.object));
  TRY(print_history(picture.history));
  TRY(print_links("Rests on", picture.below, "to"));
  return print_links("What rests on it", picture.above, "from");
}

void print_json(const Picture& picture) {
  codec::JsonWriter json;
  json.begin_object().key("object").raw(picture.object);
  json.key("history").raw(picture.history);
  json.key("rests_on").raw(picture.below);
  json.key("what_rests_on_it").raw(picture.above).end_object();
  print(json.take() + "\n");
}

}  // namespace

int run_describe(const Arguments& arguments) {
  HubAccess hub = HubAccess::from_environment();
  std::string kind;
  std::string name;
  bool json = false;
  Options options("describe", "Shows an object, its last revisions, and what rests on it.");
  options.required("KIND", kind, "site, assets, DeviceType ...");
  options.required("NAME", name, "of the object");
  options.flag("--json", json, "the hub's answers as one JSON object");
  hub.add_to(options);
  if (const auto code = options.parse(arguments)) return *code;
  return ask_hub({"describe", json}, hub, [&](HubClient& client) -> Result<void> {
    const Picture picture = TRY(look(client, kind, name));
    if (!json) return print_text(picture);
    print_json(picture);
    return {};
  });
}

}  // namespace lineside::cli
