#include <format>
#include <map>
#include <set>

#include "base/text.h"
#include "cli/answer.h"
#include "cli/hub_client.h"
#include "cli/object_name.h"
#include "cli/options.h"
#include "cli/verbs.h"
#include "codec/json_writer.h"
#include "net/http.h"

namespace lineside::cli {

namespace {

constexpr std::size_t kTextMax = 300;
constexpr int kDepthMax = 8;
constexpr std::size_t kPagesMax = 20;  // of 1,000 nodes: as many as the hub walks

struct Asked {
  HubAccess hub = HubAccess::from_environment();
  std::string kind;
  std::string name;
  bool up = false;
  bool down = false;
  std::int64_t depth = 4;
  bool json = false;
};

// A graph as a tree from its start: what was shown above is named once more and not gone on with.
class TreeText {
 public:
  explicit TreeText(bool up) : up_(up) {}

  void add(const Answer& page) {
    for (const codec::TreeNode* node : page.items(page.root(), "nodes")) {
      const std::string name = name_of(page, *node);
      if (start_.empty()) start_ = name;
      titles_[name] = page.text(*node, "title");
    }
    for (const codec::TreeNode* edge : page.items(page.root(), "edges")) {
      const auto* from = page.find(*edge, "from");
      const auto* to = page.find(*edge, "to");
      if (from == nullptr || to == nullptr) continue;
      const std::string begin = name_of(page, up_ ? *to : *from);
      const std::string end = name_of(page, up_ ? *from : *to);
      links_[begin].insert({end, page.text(*edge, "field")});
    }
  }

  std::string text() {
    text_ = line_of(start_, "") + "\n";
    shown_.insert(start_);
    add_children(start_, "", kDepthMax);
    return std::move(text_);
  }

 private:
  static std::string name_of(const Answer& page, const codec::TreeNode& node) {
    return page.text(node, "kind") + " " + page.text(node, "name");
  }

  std::string line_of(const std::string& name, const std::string& field) const {
    std::string line = excerpt(name, kTextMax);
    if (!field.empty()) line += std::format(" ({})", excerpt(field, kTextMax));
    const auto title = titles_.find(name);
    if (title != titles_.end() && !title->second.empty())
      line += ": " + excerpt(title->second, kTextMax);
    return line;
  }

  // As deep as the walk went.
  void add_children(const std::string& name, const std::string& indent, int depth) {
    const auto links = links_.find(name);
    if (links == links_.end() || depth == 0) return;
    std::size_t left = links->second.size();
    for (const auto& [child, field] : links->second) {
      const bool is_last = --left == 0;
      const bool is_new = shown_.insert(child).second;
      text_ += indent + (is_last ? "└─ " : "├─ ") + line_of(child, field);
      text_ += !is_new && links_.contains(child) ? " (see above)\n" : "\n";
      if (is_new) add_children(child, indent + (is_last ? "   " : "│  "), depth - 1);
    }
  }

  const bool up_;
  std::string start_;
  std::map<std::string, std::string> titles_;
  std::map<std::string, std::set<std::pair<std::string, std::string>>> links_;
  std::set<std::string> shown_;
  std::string text_;
};

Result<std::vector<Answer>> walk(HubClient& client, const Asked& asked) {
  const domain::Kind kind = TRY(kind_of_object(asked.kind, asked.name));
  std::vector<Answer> pages;
  Pager pager;
  do {
    std::string query = std::format("/graph?direction={}&depth={}&limit=1000",
                                    asked.up ? "up" : "down", asked.depth);
    if (!pager.cursor().empty()) query += "&cursor=" + net::encode_component(pager.cursor());
    pages.push_back(TRY(Answer::parse_lists(TRY(client.get(object_path(kind, asked.name, query))),
                                            {"nodes", "edges"})));
  } while (TRY(pager.next(pages.back(), "nodes")) && pages.size() < kPagesMax);
  return pages;
}

void print_json(const std::vector<Answer>& pages) {
  codec::JsonWriter json;
  json.begin_object();
  for (const char* member : {"nodes", "edges"}) {
    json.key(member).begin_array();
    for (const Answer& page : pages)
      for (const codec::TreeNode* node : page.items(page.root(), member))
        json.raw(page.json(*node));
    json.end_array();
  }
  json.end_object();
  print(json.take() + "\n");
}

}  // namespace

int run_graph(const Arguments& arguments) {
  Asked asked;
  Options options("graph", "Shows what an object rests on, or what rests on it.");
  options.required("KIND", asked.kind, "site, assets, DeviceType ...");
  options.required("NAME", asked.name, "of the object");
  options.flag("--up", asked.up, "what rests on it");
  options.flag("--down", asked.down, "what it rests on, which is what is shown without either");
  options.number("--depth", asked.depth, "steps from the object, 1 to 8");
  options.flag("--json", asked.json, "nodes and edges as JSON");
  asked.hub.add_to(options);
  if (const auto code = options.parse(arguments)) return *code;
  if (asked.up && asked.down)
    return report("graph", invalid("expected --up or --down, found both"));
  if (asked.depth < 1 || asked.depth > kDepthMax)
    return report("graph", invalid("--depth: expected 1 to 8"));
  auto client = HubClient::open(asked.hub);
  if (!client) return report("graph", client.error());
  const auto pages = walk(*client, asked);
  if (!pages) return report("graph", *client, pages.error());
  if (asked.json) {
    print_json(*pages);
    return 0;
  }
  TreeText tree(asked.up);
  for (const Answer& page : *pages) tree.add(page);
  print(tree.text());
  if (pages->back().text(pages->back().root(), "partial") == "true")
    print("There are more: a pattern takes more streams than the hub looks at in one walk.\n");
  return 0;
}

}  // namespace lineside::cli
