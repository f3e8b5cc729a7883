#include "benchmarks/edge_config.h"

#include <format>

#include "benchmarks/messages.h"
#include "benchmarks/models.h"
#include "world/files.h"

namespace lineside::benchmarks {

namespace {

std::string connection_text(const EdgeConfig& config) {
  const domain::MappingSpec from = mapping(config.prefix);
  std::string text = std::format(
      "apiVersion: lineside/v1\nkind: Connection\nname: bench\nspec:\n  protocol: mqtt\n"
      "  address: 127.0.0.1:{}\n  client_id: edge-{}\n  qos: {}\n  receive_max: {}\n  mappings:\n"
      "    - topic: \"{}\"\n      time: {{path: {}, format: iso8601}}\n      sequence: {}\n"
      "      streams:\n",
      config.port, from.topic.substr(0, from.topic.find("/{")).substr(6), config.qos,
      config.receive_max, from.topic, from.time->path, from.sequence);
  for (const domain::PointSpec& point : from.streams)
    text += std::format("        - {{stream: {}, path: {}}}\n", point.stream, point.path);
  return text;
}

std::string contract_text() {
  const domain::ContractSpec spec = contract();
  std::string text = std::format(
      "apiVersion: lineside/v1\nkind: Contract\nname: presses\nspec:\n  owner: {}\n  streams:\n",
      spec.owner);
  for (const domain::StreamRule& rule : spec.streams)
    text += std::format("    - {{stream: {}, min: {}, max: {}, max_rate: {}}}\n", rule.stream,
                        *rule.min, *rule.max, *rule.max_rate);
  return text;
}

std::string join(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

std::string pipeline_text(const std::string& name, const domain::PipelineSpec& spec) {
  const domain::WindowSpec& window = spec.windows[0];
  std::string text = std::format(
      "apiVersion: lineside/v1\nkind: Pipeline\nname: {}\nspec:\n  streams: [{}]\n"
      "  windows:\n    - {{name: {}, count: {}, min_count: {}}}\n  every: {{count: {}}}\n"
      "  features:\n    - {{window: {}, kinds: [{}]}}\n",
      name, join(spec.streams), window.name, *window.count, window.min_count, *spec.every.count,
      window.name, join(spec.features[0].kinds));
  if (!spec.model) return text;
  return text + std::format(
                    "  model: {{file: {}}}\n  decisions:\n    - {{name: strange, output: "
                    "error, when: above, threshold: 1e30, k: 3, n: 5}}\n",
                    spec.model->file);
}

}  // namespace

Result<std::string> write_config(const EdgeConfig& config, const std::string& folder) {
  world::Files& files = world::system_files();
  const std::string out = folder + "/config";
  TRY(files.make_directories(out));
  TRY(files.write_atomic(out + "/connection.yaml", as_bytes(connection_text(config))));
  TRY(files.write_atomic(out + "/contract.yaml", as_bytes(contract_text())));
  if (config.models == 0) {
    domain::PipelineSpec spec = window_pipeline();
    spec.every.count = config.every;
    TRY(files.write_atomic(out + "/windows.yaml", as_bytes(pipeline_text("windows", spec))));
  }
  for (int i = 0; i < config.models; ++i) {
    domain::PipelineSpec spec = wide_pipeline(std::format("model-{}.onnx", i));
    spec.every.count = config.every;
    const std::string name = std::format("model-{}", i);
    TRY(files.write_atomic(out + "/" + name + ".onnx",
                           autoencoder(spec, Yields::error, static_cast<std::uint64_t>(i))));
    TRY(files.write_atomic(out + "/" + name + ".yaml", as_bytes(pipeline_text(name, spec))));
  }
  return out;
}

}  // namespace lineside::benchmarks
