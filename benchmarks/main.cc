#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <format>
#include <unistd.h>

#include "base/text.h"
#include "benchmarks/bench.h"
#include "benchmarks/clients.h"
#include "world/process.h"

namespace lineside::benchmarks {

namespace {

int usage(int code) {
  std::FILE* out = code == 0 ? stdout : stderr;
  std::fputs("usage: ./bench [NAME...] [--json]\n\ngroups and their figures:\n", out);
  for (const Group& group : groups())
    for (std::size_t i = 0; i < group.figures.size(); ++i)
      std::fputs(std::format("  {:<9} {}\n", i == 0 ? group.name : "", group.figures[i]).c_str(),
                 out);
  return code;
}

// The names asked for, those of groups replaced by their figures; an error for an unknown one.
Result<std::vector<std::string>> figures_of(const std::vector<std::string>& names) {
  std::vector<std::string> out;
  std::vector<std::string_view> known;
  for (const Group& group : groups()) {
    known.push_back(group.name);
    known.insert(known.end(), group.figures.begin(), group.figures.end());
  }
  for (const std::string& name : names) {
    const auto group = std::ranges::find(groups(), name, &Group::name);
    if (group != groups().end()) {
      out.insert(out.end(), group->figures.begin(), group->figures.end());
    } else if (std::ranges::find(known, name) != known.end()) {
      out.push_back(name);
    } else {
      const auto near = nearest(name, known);
      return invalid(std::format("no benchmark '{}'{}", excerpt(name, 60),
                                 near ? std::format(", did you mean '{}'", *near) : ""));
    }
  }
  return out;
}

int run_all(std::vector<std::string> names, bool json) {
  const std::string folder =
      std::format("{}/bench.{}", std::filesystem::path(world::self_path()).parent_path().string(),
                  world::self_pid());
  Bench bench(std::move(names), folder);
  int code = 0;
  for (const Group& group : groups()) {
    if (!bench.wanted(group.figures)) continue;
    bench.say(group.name);
    bench.report().begin_group(group.title);
    if (const auto done = group.run(bench); !done) {
      bench.say(std::format("{}: FAILED: {}", group.name, done.error().text));
      code = 1;
    }
  }
  bench.say("done");
  std::error_code ignored;
  if (code == 0) std::filesystem::remove_all(folder, ignored);
  std::fputs((json ? bench.report().json() : bench.report().tables()).c_str(), stdout);
  return code;
}

int run(std::vector<std::string> arguments) {
  if (!arguments.empty())
    if (const auto child = run_client(arguments)) return *child;
  bool json = false;
  std::vector<std::string> names;
  for (const std::string& argument : arguments) {
    if (argument == "--help" || argument == "-h") return usage(0);
    if (argument == "--json")
      json = true;
    else
      names.push_back(argument);
  }
  auto figures = figures_of(names);
  if (!figures) {
    std::fputs(std::format("bench: {}\n\n", figures.error().text).c_str(), stderr);
    return usage(2);
  }
  return run_all(std::move(*figures), json);
}

}  // namespace

}  // namespace lineside::benchmarks

int main(int argc, char** argv) { return lineside::benchmarks::run({argv + 1, argv + argc}); }
