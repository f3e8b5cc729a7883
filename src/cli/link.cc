#include <cstdio>
#include <format>

#include "cli/options.h"
#include "cli/verbs.h"
#include "store/link_folder.h"
#include "world/clock.h"
#include "world/file_lock.h"
#include "world/random.h"

namespace lineside::cli {

namespace {

// A link is of use only while somebody answers.
Result<void> check_running(const std::string& data) {
  world::Files& files = world::system_files();
  const Error none = fail(Code::unavailable, std::format("no edge runs on {}", data));
  if (!files.exists(data + "/lock")) return none;
  const auto lock = world::FileLock::take(data + "/lock");
  if (lock) return none;
  if (lock.error().code != Code::conflict) return lock.error();
  return {};
}

Result<std::string> new_link(const std::string& data) {
  TRY(check_running(data));
  store::LinkFolder links(world::system_files(), world::system_clock(), data);
  auto link = links.leave(world::system_random());
  if (!link && link.error().code == Code::not_found)
    return fail(Code::unavailable, std::format("the edge on {} is starting", data));
  return link;
}

}  // namespace

int run_link(const Arguments& arguments) {
  std::string data = default_edge_folder();
  std::string state = default_state_folder() + "/demo";
  bool demo = false;
  Options options("link", "Prints a new one-time address of a running edge's page.");
  options.text("--data", data, "data folder of the edge");
  options.flag("--demo", demo, "the edge of `lineside demo`");
  options.text("--state", state, "with --demo: the demo's state folder");
  if (const auto code = options.parse(arguments)) return *code;
  const auto link = new_link(demo ? state + "/page/data" : data);
  if (!link) return report("link", link.error());
  std::puts(link->c_str());
  return 0;
}

}  // namespace lineside::cli
