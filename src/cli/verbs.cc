#include "cli/verbs.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <format>

#include "base/plain_text.h"
#include "base/text.h"
#include "base/version.h"
#include "cli/options.h"
#include "infer/admission.h"
#include "world/files.h"
#include "world/process.h"

namespace lineside::cli {

namespace {

constexpr auto kVerbs = std::to_array<Verb>({
    {"apply", "make and change objects of a hub's catalog", run_apply},
    {"approval", "ask for the approval of a model version, show approvals", run_approval},
    {"audit", "show a hub's audit log, and verify it", run_audit},
    {"backup", "copy a hub's database and artifacts while it runs", run_backup},
    {"check", "validate the manifests of a folder", run_check},
    {"delete", "delete an object of a hub's catalog", run_delete},
    {"demo", "train, replay two machines through a broker, show the page", run_demo},
    {"describe", "show an object, its history, and what rests on it", run_describe},
    {"diff", "show what apply would change", run_diff},
    {"edge", "run an edge, let it join a hub, show, revoke and remove edges", run_edge},
    {"get", "show objects of a hub's catalog", run_get},
    {"graph", "show what an object rests on, or what rests on it", run_graph},
    {"help", "print the manual of a verb", run_help},
    {"history", "show the revisions of an object", run_history},
    {"hub", "run a hub: catalog, access, audit log, approvals, edges", run_hub},
    {"internal-probe", "", run_internal_probe},
    {"link", "print a new one-time address of a running edge's page", run_link},
    {"restore", "make a hub's folder from a backup", run_restore},
    {"sim", "play a fleet of edges against a hub", run_sim},
    {"train", "make a model from recordings", run_train},
    {"up", "run a hub and an edge in one process", run_up},
    {"upload", "bring models and reports to a hub's store", run_upload},
    {"version", "print version and revision", run_version},
});

int usage(int code) {
  std::FILE* out = code == 0 ? stdout : stderr;
  std::fputs("usage: lineside VERB [ARGUMENT...]\n\n", out);
  for (const Verb& verb : kVerbs)
    if (!verb.summary.empty())
      std::fputs(std::format("  {:<9} {}\n", verb.name, verb.summary).c_str(), out);
  std::fputs("\n`lineside help VERB` prints a verb's manual.\n", out);
  return code;
}

}  // namespace

std::span<const Verb> verbs() { return kVerbs; }

int report(std::string_view verb, const Error& error) {
  // Names of files may hold what moves the cursor; the lines of some errors stay lines.
  std::string text = escape_odd(error.text);
  for (auto at = text.find('\r'); at != std::string::npos; at = text.find('\r', at))
    text.replace(at, 1, "\\r");
  std::fputs(std::format("lineside {}: {}\n", verb, text).c_str(), stderr);
  return traits(error.code).exit_code;
}

std::string default_state_folder() {
  if (const auto state = world::environment("XDG_STATE_HOME"); state && !state->empty())
    return *state + "/lineside";
  return world::environment("HOME").value_or(".") + "/.local/state/lineside";
}

std::string default_up_folder() {
  const std::string state = default_state_folder();
  const world::Files& files = world::system_files();
  const bool is_old = files.exists(state + "/up") && !files.exists(state + "/hub") &&
                      !files.exists(state + "/edge");
  return is_old ? state + "/up" : state;
}

std::string default_hub_folder() { return default_up_folder() + "/hub"; }

std::string default_edge_folder() {
  std::string folder = default_up_folder() + "/edge";
  const std::string state = default_state_folder();
  const world::Files& files = world::system_files();
  const bool is_old = files.exists(state + "/edge.db") || files.exists(state + "/joined");
  return is_old && !files.exists(folder) ? state : folder;
}

int run(const Arguments& arguments) {
  if (arguments.empty()) return usage(2);
  const std::string& name = arguments[0];
  if (name == "--help" || name == "-h") return usage(0);
  if (name == "--version") return run_version({});
  const auto verb = std::ranges::find(kVerbs, name, &Verb::name);
  if (verb != kVerbs.end()) return verb->run({arguments.begin() + 1, arguments.end()});
  std::vector<std::string_view> names;
  for (const Verb& known : kVerbs) names.push_back(known.name);
  const auto near = nearest(name, names);
  std::fputs(std::format("lineside: no verb '{}'{}\n\n", excerpt(name, 40),
                         near ? std::format(", did you mean '{}'", *near) : "")
                 .c_str(),
             stderr);
  return usage(2);
}

int run_help(const Arguments& arguments) {
  if (arguments.empty() || arguments[0] == "--help" || arguments[0] == "-h") return usage(0);
  std::vector<std::string_view> names;
  for (const EmbeddedFile& manual : embedded_manuals()) {
    names.push_back(manual.name.substr(0, manual.name.rfind('.')));
    if (names.back() != arguments[0]) continue;
    std::fwrite(manual.content.data(), 1, manual.content.size(), stdout);
    return 0;
  }
  const auto near = nearest(arguments[0], names);
  return report("help", fail(Code::not_found,
                             std::format("no manual for '{}'{}", excerpt(arguments[0], 40),
                                         near ? std::format(", did you mean '{}'", *near) : "")));
}

int run_version(const Arguments& arguments) {
  Options options("version", "Prints version and revision.");
  if (const auto code = options.parse(arguments)) return *code;
  std::fputs(std::format("lineside {} ({})\n", kVersion, code_revision()).c_str(), stdout);
  return 0;
}

int run_internal_probe(const Arguments& arguments) {
  if (arguments.size() != 1) return report("internal-probe", invalid("expected one file"));
  return infer::probe_main(arguments[0]);
}

}  // namespace lineside::cli
