#include <algorithm>
#include <charconv>
#include <format>
#include <map>
#include <set>
#include <tuple>

#include "base/text.h"
#include "cli/answer.h"
#include "cli/hub_client.h"
#include "cli/object_name.h"
#include "cli/options.h"
#include "cli/telling.h"
#include "cli/verbs.h"
#include "codec/json_writer.h"
#include "net/http.h"

namespace lineside::cli {

namespace {

constexpr std::size_t kNodeTextMax = 300;
constexpr int kGraphDepthMax = 8;
constexpr std::size_t kPagesMax = 20;  // of 1,000 nodes: as many as the hub walks

struct GraphOptions {
  HubAccess hub = HubAccess::from_environment();
  std::string kind;
  std::string name;
  bool up = false;
  bool down = false;
  std::int64_t depth = 4;
  bool json = false;
};

std::int64_t depth_of(const Answer& page, const codec::TreeNode& node) {
  const std::string text = page.text(node, "depth");
  std::int64_t depth = 0;
  std::from_chars(text.data(), text.data() + text.size(), depth);
  return depth;
}

// A graph as a tree from its start: each node stands below one that is a step nearer, and is named
// once more, not gone on with, wherever else it is tied in.
class TreeText {
 public:
  explicit TreeText(bool up) : up_(up) {}

  void add(const Answer& page) {
    for (const codec::TreeNode* node : page.items(page.root(), "nodes")) {
      const std::string name = name_of(page, *node);
      if (!nodes_.insert({name, {page.text(*node, "title"), depth_of(page, *node)}}).second)
        continue;
      order_.push_back(name);
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
    if (order_.empty()) return "\n";
    turn_links();
    text_ = line_of(order_.front(), "") + "\n";
    shown_.insert(order_.front());
    add_children(order_.front(), "", kGraphDepthMax);
    add_rest();
    return std::move(text_);
  }

 private:
  struct Node {
    std::string title;
    std::int64_t depth = 0;  // steps from the start
  };
  using Links = std::set<std::pair<std::string, std::string>>;  // the other end, and the field

  static std::string name_of(const Answer& page, const codec::TreeNode& node) {
    return page.text(node, "kind") + " " + page.text(node, "name");
  }

  std::string line_of(const std::string& name, const std::string& field) const {
    std::string line = excerpt(name, kNodeTextMax);
    if (!field.empty()) line += std::format(" ({})", excerpt(field, kNodeTextMax));
    const auto node = nodes_.find(name);
    if (node != nodes_.end() && !node->second.title.empty())
      line += ": " + excerpt(node->second.title, kNodeTextMax);
    return line;
  }

  bool is_step(const std::string& begin, const std::string& end) const {
    const auto from = nodes_.find(begin);
    const auto to = nodes_.find(end);
    return from != nodes_.end() && to != nodes_.end() && to->second.depth == from->second.depth + 1;
  }

  // What no link of the walk's direction leads to hangs on the one that refers to it: a model
  // version that loses its input on its pipeline.
  void turn_links() {
    std::set<std::string> held;
    for (const auto& [begin, links] : links_)
      for (const auto& [end, field] : links)
        if (is_step(begin, end)) held.insert(end);
    std::vector<std::tuple<std::string, std::string, std::string>> turned;
    for (const auto& [begin, links] : links_)
      for (const auto& [end, field] : links)
        if (!held.contains(begin) && is_step(end, begin)) turned.emplace_back(begin, end, field);
    for (const auto& [begin, end, field] : turned) {
      links_[begin].erase({end, field});
      if (links_[begin].empty()) links_.erase(begin);
      links_[end].insert({begin, std::format("{} of {}", field, end)});
    }
  }

  void add_children(const std::string& name, const std::string& indent, int depth) {
    const auto links = links_.find(name);
    if (links == links_.end() || depth == 0) return;
    std::size_t left = links->second.size();
    for (const auto& [child, field] : links->second) {
      const bool is_last = --left == 0;
      const bool was_shown = shown_.contains(child);
      const bool is_placed = is_step(name, child) && shown_.insert(child).second;
      text_ += indent + (is_last ? "└─ " : "├─ ") + line_of(child, field);
      if (!is_placed && links_.contains(child))
        text_ += was_shown ? " (see above)" : " (see below)";
      text_ += "\n";
      if (is_placed) add_children(child, indent + (is_last ? "   " : "│  "), depth - 1);
    }
  }

  // A page tells so many links and no more; what they would have tied in is there all the same.
  void add_rest() {
    std::string rest;
    for (const std::string& name : order_)
      if (!shown_.contains(name)) rest += "   " + line_of(name, "") + "\n";
    if (!rest.empty()) text_ += "By links that were not told:\n" + rest;
  }

  const bool up_;
  std::map<std::string, Node> nodes_;
  std::vector<std::string> order_;  // as they were told, the start first
  std::map<std::string, Links> links_;
  std::set<std::string> shown_;  // in their place
  std::string text_;
};

Result<std::vector<Answer>> walk(HubClient& client, const GraphOptions& asked, std::int64_t depth) {
  const domain::Kind kind = TRY(kind_of_object(asked.kind, asked.name));
  std::vector<Answer> pages;
  Pager pager;
  do {
    std::string query =
        std::format("/graph?direction={}&depth={}&limit=1000", asked.up ? "up" : "down", depth);
    if (!pager.cursor().empty()) query += "&cursor=" + net::encode_component(pager.cursor());
    pages.push_back(TRY(Answer::parse_lists(TRY(client.get(object_path(kind, asked.name, query))),
                                            {"nodes", "edges"})));
  } while (TRY(pager.next(pages.back(), "nodes")) && pages.size() < kPagesMax);
  return pages;
}

std::int64_t deepest(const std::vector<Answer>& pages) {
  std::int64_t depth = 0;
  for (const Answer& page : pages)
    for (const codec::TreeNode* node : page.items(page.root(), "nodes"))
      depth = std::max(depth, depth_of(page, *node));
  return depth;
}

// What --depth has left out; empty: nothing. Only a walk that goes further knows.
Result<std::string> told_of_rest(HubClient& client, const GraphOptions& asked,
                                 const std::vector<Answer>& pages) {
  if (deepest(pages) < asked.depth) return std::string();
  if (asked.depth == kGraphDepthMax)
    return std::string("deeper: there may be more behind the last ones; begin with one of them\n");
  const auto further = TRY(walk(client, asked, asked.depth + 1));
  if (deepest(further) <= asked.depth) return std::string();
  return std::format("deeper: --depth {}\n", asked.depth + 1);
}

Result<void> print_tree(HubClient& client, const GraphOptions& asked,
                        const std::vector<Answer>& pages) {
  const std::string rest = TRY(told_of_rest(client, asked, pages));
  TreeText tree(asked.up);
  for (const Answer& page : pages) tree.add(page);
  print(tree.text());
  if (pages.back().text(pages.back().root(), "partial") == "true")
    print("There are more: a pattern takes more streams than the hub looks at in one walk.\n");
  print(rest);
  return {};
}

void print_graph_json(const std::vector<Answer>& pages) {
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
  GraphOptions asked;
  Options options("graph", "Shows what an object rests on, or what rests on it.");
  options.required("KIND", asked.kind, "site, assets, DeviceType ...");
  options.required("NAME", asked.name, "of the object");
  options.flag("--up", asked.up, "what rests on it");
  options.flag("--down", asked.down, "what it rests on, which is what is shown without either");
  options.number("--depth", asked.depth, "steps from the object, 1 to 8");
  options.flag("--json", asked.json, "nodes and edges as JSON");
  asked.hub.add_to(options);
  if (const auto code = options.parse(arguments)) return *code;
  const Telling telling{"graph", asked.json};
  if (asked.up && asked.down)
    return report(telling, invalid("expected --up or --down, found both"));
  if (asked.depth < 1 || asked.depth > kGraphDepthMax)
    return report(telling, invalid("--depth: expected 1 to 8"));
  auto client = HubClient::open(asked.hub);
  if (!client) return report(telling, client.error());
  const auto pages = walk(*client, asked, asked.depth);
  if (!pages) return report(telling, *client, pages.error());
  if (asked.json) {
    print_graph_json(*pages);
    return 0;
  }
  const auto shown = print_tree(*client, asked, *pages);
  return shown ? 0 : report(telling, *client, shown.error());
}

}  // namespace lineside::cli
