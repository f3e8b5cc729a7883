#include <cstdio>
#include <format>

#include "cli/admit.h"
#include "cli/options.h"
#include "cli/verbs.h"
#include "codec/json_writer.h"
#include "edge/plan.h"

namespace lineside::cli {

namespace {

void print_json(const edge::LoadedPlan& loaded) {
  codec::JsonWriter json;
  json.begin_object().member("ok", loaded.plan != nullptr).member("problems", loaded.problems);
  if (loaded.plan) {
    json.member("revision", loaded.plan->revision).key("pipelines").begin_array();
    for (const edge::PlannedPipeline& pipeline : loaded.plan->pipelines) {
      json.begin_object().member("name", pipeline.name).member("version", pipeline.version);
      json.member("model", pipeline.model_digest).member("outputs", pipeline.outputs).end_object();
    }
    json.end_array();
  }
  json.end_object();
  std::puts(json.text().c_str());
}

std::string counted(std::size_t count, std::string_view what) {
  return std::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

void print_text(const edge::LoadedPlan& loaded) {
  for (const std::string& problem : loaded.problems) std::fputs((problem + "\n").c_str(), stderr);
  if (!loaded.plan) return;
  const domain::EdgeConfig& config = loaded.plan->config;
  std::puts(
      std::format("good: {}, {}, {}, revision {}", counted(config.connections.size(), "connection"),
                  counted(config.contracts.size(), "contract"),
                  counted(config.pipelines.size(), "pipeline"), loaded.plan->revision.substr(0, 19))
          .c_str());
}

}  // namespace

int run_check(const Arguments& arguments) {
  std::string folder;
  bool json = false;
  Options options("check", "Validates the manifests of a folder, and the models they name.");
  options.required("folder", folder, "folder with *.yaml manifests");
  options.flag("--json", json, "one JSON object on standard output");
  if (const auto code = options.parse(arguments)) return *code;
  if (const auto there = world::system_files().list(folder); !there)
    return report("check", there.error());
  const edge::LoadedPlan loaded = edge::load_plan({world::system_files(), folder, admission("")});
  json ? print_json(loaded) : print_text(loaded);
  return loaded.plan ? 0 : traits(Code::invalid).exit_code;
}

}  // namespace lineside::cli
