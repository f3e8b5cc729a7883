#include "domain/manifest.h"

#include <algorithm>
#include <format>
#include <map>
#include <optional>
#include <set>

#include "base/text.h"
#include "domain/manifest_check_internal.h"
#include "domain/reading.h"
#include "domain/unit_agreement.h"

namespace lineside::domain {

namespace {

bool loopback(const std::string& address) {
  return address.starts_with("127.") || address.starts_with("localhost:") ||
         address.starts_with("[::1]:");
}

// MQTT 5, 4.7.1: '+' and '{asset}' fill a whole level, '#' only the last one.
bool topic_filter_ok(const std::string& topic) {
  if (topic.empty() || topic.size() > 65535 || !is_utf8(topic)) return false;
  const auto levels = split(topic, '/');
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const std::string_view level = levels[i];
    const bool wild =
        level == "+" || level == "{asset}" || (level == "#" && i + 1 == levels.size());
    if (!wild && level.find_first_of("+#{}") != std::string_view::npos) return false;
  }
  return std::ranges::count(levels, "{asset}") <= 1;
}

void check_title(const std::string& title, const std::string& path, ManifestCheck& check) {
  const auto characters = static_cast<std::size_t>(std::ranges::count_if(
      title, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
  if (characters > kTitleMax)
    check.add(path, "title too long", std::format("at most {} characters", kTitleMax),
              std::format("{}", characters));
  if (std::ranges::any_of(title, [](char c) { return static_cast<unsigned char>(c) < 0x20; }))
    check.add(path, "title of several lines", "one line of text", "'" + excerpt(title, 60) + "'");
}

void check_mapping(const MappingSpec& mapping, const std::string& path, ManifestCheck& check) {
  if (!topic_filter_ok(mapping.topic))
    check.add(path + ".topic", "not a topic filter", "levels with +, # or one {asset}",
              "'" + excerpt(mapping.topic, 80) + "'");
  const bool from_topic = mapping.topic.find("{asset}") != std::string::npos;
  const bool uses = mapping.asset.empty() || mapping.asset.find("{asset}") != std::string::npos;
  if (uses && !from_topic)
    check.add(path + ".asset", "asset unknown", "{asset} in the topic, or a fixed asset name",
              mapping.asset.empty() ? "nothing" : "'" + mapping.asset + "'");
  if (!uses) check.name(path + ".asset", mapping.asset);
  check.not_empty(path + ".streams", mapping.streams.size());
  if (mapping.format == PayloadFormat::number && mapping.streams.size() > 1)
    check.add(path + ".streams", "too many streams", "one stream for format: number",
              std::format("{}", mapping.streams.size()));
  if (mapping.format == PayloadFormat::number && (mapping.time || !mapping.sequence.empty()))
    check.add(path + (mapping.time ? ".time" : ".sequence"), "not possible",
              "neither time nor sequence with format: number", "one");
  std::set<std::string> seen;
  for (std::size_t i = 0; i < mapping.streams.size(); ++i) {
    const PointSpec& point = mapping.streams[i];
    const std::string at = std::format("{}.streams[{}]", path, i);
    check.name(at + ".stream", point.stream);
    check.unique(at + ".stream", point.stream, seen);
    check_title(point.title, at + ".title", check);
    check.unit(at + ".unit", point.unit);
    if (mapping.format == PayloadFormat::number && !point.path.empty())
      check.add(at + ".path", "not possible", "no path with format: number",
                "'" + excerpt(point.path, 60) + "'");
  }
}

void check_connection(const Manifest<ConnectionSpec>& manifest, ManifestCheck& check) {
  const ConnectionSpec& spec = manifest.spec;
  const std::size_t colon = spec.address.rfind(':');
  const auto port =
      colon == std::string::npos ? std::nullopt : to_number(spec.address.substr(colon + 1));
  if (!port || *port < 1 || *port > 65535 || colon == 0)
    check.add("spec.address", "not an address", "host:port", "'" + excerpt(spec.address, 80) + "'");
  if (!spec.address.empty() && !spec.tls && !loopback(spec.address))
    check.add("spec.tls", "plaintext beyond this machine", "tls, or a loopback address",
              "'" + excerpt(spec.address, 80) + "'");
  if (spec.user.empty() && !spec.password_file.empty())
    check.add("spec.password_file", "password without user", "user", "nothing");
  if (spec.tls && spec.tls->cert_file.empty() != spec.tls->key_file.empty())
    check.add("spec.tls", "half a client certificate", "cert_file and key_file", "one of them");
  check.not_empty("spec.mappings", spec.mappings.size());
  for (std::size_t i = 0; i < spec.mappings.size(); ++i)
    check_mapping(spec.mappings[i], std::format("spec.mappings[{}]", i), check);
}

void check_contract(const Manifest<ContractSpec>& manifest, ManifestCheck& check) {
  for (std::size_t i = 0; i < manifest.spec.streams.size(); ++i) {
    const StreamRule& rule = manifest.spec.streams[i];
    check.unit(std::format("spec.streams[{}].unit", i), rule.unit);
    if (rule.min && rule.max && *rule.min > *rule.max)
      check.add(std::format("spec.streams[{}].min", i), "min above max",
                std::format("at most {}", *rule.max), std::format("{}", *rule.min));
  }
}

void check_window(const WindowSpec& window, const std::string& path, ManifestCheck& check) {
  check.name(path + ".name", window.name);
  const int extents = int{window.count.has_value()} + int{window.duration.has_value()} +
                      int{window.first.has_value()} + int{window.all};
  if (extents != 1)
    check.add(path, "unclear extent", "exactly one of count, duration, first, all",
              std::format("{}", extents));
  const auto held = window.count ? window.count : window.first;
  if (held && window.min_count > *held)
    check.add(path + ".min_count", "never reached", std::format("at most {}", *held),
              std::format("{}", window.min_count));
}

void check_decision(const DecisionSpec& decision, const std::string& path, ManifestCheck& check) {
  check.name(path + ".name", decision.name);
  if (decision.k > decision.n)
    check.add(path + ".k", "k above n", std::format("at most {}", decision.n),
              std::format("{}", decision.k));
  for (std::size_t at = decision.message.find('{'); at != std::string::npos;
       at = decision.message.find('{', at + 1)) {
    const std::string rest = decision.message.substr(at, decision.message.find('}', at) - at + 1);
    if (rest != "{asset}" && rest != "{value}" && rest != "{threshold}")
      check.add(path + ".message", "unknown placeholder", "{asset}, {value} or {threshold}",
                "'" + excerpt(rest, 60) + "'");
  }
  if (!decision.clear) return;
  const bool above = decision.when == When::above;
  if (above ? *decision.clear > decision.threshold : *decision.clear < decision.threshold)
    check.add(path + ".clear", "clears on the alarm side",
              std::format("at {} {}", above ? "most" : "least", decision.threshold),
              std::format("{}", *decision.clear));
}

void check_publish(const PublishSpec& publish, ManifestCheck& check) {
  for (const auto& [field, topic] :
       {std::pair("predictions", &publish.predictions), std::pair("alerts", &publish.alerts)})
    if (topic->find_first_of("+#") != std::string::npos)
      check.add(std::string("spec.publish.") + field, "not a topic to publish to",
                "a topic without + and #", "'" + excerpt(*topic, 80) + "'");
}

// Without a model the features are the outputs. Where some of them are wrong, their names are not
// known, but each begins with a stream of the pipeline.
void check_output(const PipelineSpec& spec, const std::string& path, const std::string& output,
                  ManifestCheck& check) {
  if (output.empty()) return;
  const auto features = expand_features(spec);
  std::string known;
  if (features) {
    for (const Feature& feature : *features) {
      if (feature.name == output) return;
      known += (known.empty() ? "" : ", ") + feature.name;
    }
  } else {
    for (const std::string& stream : spec.streams)
      if (output.starts_with(stream + ".")) return;
  }
  check.add(path, "unknown output",
            features ? "one of " + excerpt(known, 1000) : "a feature, STREAM.WINDOW.KIND",
            "'" + excerpt(output, 60) + "'");
}

void check_outputs(const PipelineSpec& spec, ManifestCheck& check) {
  if (spec.model) return;
  for (std::size_t i = 0; i < spec.decisions.size(); ++i)
    check_output(spec, std::format("spec.decisions[{}].output", i), spec.decisions[i].output,
                 check);
  if (spec.risk) check_output(spec, "spec.risk.output", spec.risk->output, check);
}

void check_pipeline(const Manifest<PipelineSpec>& manifest, ManifestCheck& check) {
  const PipelineSpec& spec = manifest.spec;
  check.not_empty("spec.streams", spec.streams.size());
  check.not_empty("spec.windows", spec.windows.size());
  check.not_empty("spec.features", spec.features.size());
  std::set<std::string> streams;
  for (std::size_t i = 0; i < spec.streams.size(); ++i) {
    check.name(std::format("spec.streams[{}]", i), spec.streams[i]);
    check.unique(std::format("spec.streams[{}]", i), spec.streams[i], streams);
  }
  std::set<std::string> windows;
  for (std::size_t i = 0; i < spec.windows.size(); ++i) {
    check_window(spec.windows[i], std::format("spec.windows[{}]", i), check);
    check.unique(std::format("spec.windows[{}].name", i), spec.windows[i].name, windows);
  }
  if (spec.every.count.has_value() == spec.every.duration.has_value())
    check.add("spec.every", "unclear rhythm", "exactly one of count, duration",
              spec.every.count ? "both" : "neither");
  for (const FeatureProblem& problem : feature_problems(spec))
    check.add("spec." + problem.path, problem.text, problem.expected, problem.found);
  std::set<std::string> decisions;
  for (std::size_t i = 0; i < spec.decisions.size(); ++i) {
    check_decision(spec.decisions[i], std::format("spec.decisions[{}]", i), check);
    check.unique(std::format("spec.decisions[{}].name", i), spec.decisions[i].name, decisions);
  }
  if (spec.risk && spec.risk->none == spec.risk->full)
    check.add("spec.risk", "no range", "none and full that differ", "equal values");
  check_outputs(spec, check);
  if (spec.publish) check_publish(*spec.publish, check);
}

// What a pipeline needs to run on the edge: its model's file, a connection to publish on.
void check_pipeline_here(const PipelineSpec& spec, const EdgeConfig& config, ManifestCheck& check) {
  if (spec.model && spec.model->file.empty())
    check.add("spec.model.file", "missing field", "ONNX file beside the manifest", "nothing");
  if (!spec.publish) return;
  const auto& name = spec.publish->connection;
  if (std::ranges::none_of(config.connections, [&](const auto& c) { return c.name == name; }))
    check.add("spec.publish.connection", "unknown connection", "the name of a Connection",
              "'" + excerpt(name, 60) + "'");
}

// A mapped stream has the unit that its contract asks for.
void check_units(const Manifest<ConnectionSpec>& connection, const Manifest<ContractSpec>& contract,
                 std::vector<Problem>& out) {
  ManifestCheck check(connection.place, out);
  for (const UnitClash& clash : unit_clashes(connection.spec, contract.spec))
    check.add(
        std::format("spec.mappings[{}].streams[{}].unit", clash.mapping, clash.point), "wrong unit",
        std::format("'{}' as contract {} asks", excerpt(contract.spec.streams[clash.rule].unit, 60),
                    excerpt(contract.name, 60)),
        "'" + excerpt(connection.spec.mappings[clash.mapping].streams[clash.point].unit, 60) + "'");
}

void check_units(const EdgeConfig& config, std::vector<Problem>& out) {
  for (const auto& connection : config.connections)
    for (const auto& contract : config.contracts) check_units(connection, contract, out);
}

// A broker ends the session of a client when another one comes with the same id (MQTT 5, 3.1.4), so
// two such connections take turns and lose what comes in between. The default id has the edge's
// name in it, which is not known here: an id that it could be is refused.
class ClientIds {
 public:
  ClientIds(const EdgeConfig& config, std::vector<Problem>& out)
      : connections_(config.connections), out_(out) {
    for (std::size_t i = 0; i < connections_.size(); ++i)
      if (connections_[i].spec.client_id.empty())
        defaults_.emplace(Key(connections_[i].spec.address, connections_[i].name), i);
  }

  void check() {
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      const ConnectionSpec& spec = connections_[i].spec;
      if (spec.client_id.empty()) continue;
      const auto [first, fresh] = given_.emplace(Key(spec.address, spec.client_id), i);
      if (!fresh)
        add(first->second, i);
      else if (const auto other = of_default(spec))
        add(std::min(*other, i), std::max(*other, i));
    }
  }

 private:
  using Key = std::pair<std::string, std::string>;  // address; client id or connection's name

  // A connection whose "lineside-<edge>-<connection>" this id may be.
  std::optional<std::size_t> of_default(const ConnectionSpec& spec) const {
    constexpr std::string_view kPrefix = "lineside-";
    const std::string& id = spec.client_id;
    if (!id.starts_with(kPrefix)) return std::nullopt;
    constexpr std::size_t kEdgeMin = 1;
    for (std::size_t dash = id.find('-', kPrefix.size() + kEdgeMin); dash != std::string::npos;
         dash = id.find('-', dash + 1))
      if (const auto it = defaults_.find({spec.address, id.substr(dash + 1)});
          it != defaults_.end())
        return it->second;
    return std::nullopt;
  }

  void add(std::size_t first, std::size_t second) {
    const Manifest<ConnectionSpec>& manifest = connections_[second];
    const std::string& id = manifest.spec.client_id;
    ManifestCheck(manifest.place, out_)
        .add("spec.client_id", "session of another connection",
             std::format("a client id that connection '{}' cannot have at the same broker",
                         excerpt(connections_[first].name, 60)),
             id.empty() ? std::format("none, so 'lineside-<edge>-{}'", excerpt(manifest.name, 60))
                        : "'" + excerpt(id, 60) + "'");
  }

  const std::vector<Manifest<ConnectionSpec>>& connections_;
  std::vector<Problem>& out_;
  std::map<Key, std::size_t> defaults_;  // those without an id of their own, by name
  std::map<Key, std::size_t> given_;     // the first with each id
};

template <class Spec, class Body>
void each(const std::vector<Manifest<Spec>>& list, std::vector<Problem>& out, Body&& body) {
  std::set<std::string> seen;
  for (const auto& manifest : list) {
    ManifestCheck check(manifest.place, out);
    check.name("name", manifest.name);
    check.unique("name", manifest.name, seen);
    body(manifest, check);
  }
}

template <class Spec, class Body>
std::vector<Problem> alone(const Manifest<Spec>& manifest, Body&& body) {
  std::vector<Problem> out;
  ManifestCheck check(manifest.place, out);
  check.name("name", manifest.name);
  body(manifest, check);
  return out;
}

}  // namespace

std::string to_text(const Problem& problem) {
  std::string text = problem.place.file;
  if (problem.place.line > 0)
    text += std::format(":{}:{}", problem.place.line, problem.place.column);
  if (!problem.path.empty()) text += ": " + problem.path;
  return std::format("{}: {}: expected {}, found {}", text, problem.text, problem.expected,
                     problem.found);
}

std::vector<Problem> check(const Manifest<ConnectionSpec>& manifest) {
  return alone(manifest, check_connection);
}

std::vector<Problem> check(const Manifest<ContractSpec>& manifest) {
  return alone(manifest, check_contract);
}

std::vector<Problem> check(const Manifest<PipelineSpec>& manifest) {
  return alone(manifest, [](const Manifest<PipelineSpec>& pipeline, ManifestCheck& checks) {
    check_pipeline(pipeline, checks);
    const auto& model = pipeline.spec.model;
    if (model && model->file.empty() == model->version.empty())
      checks.add("spec.model", "unclear model", "exactly one of version, file",
                 model->file.empty() ? "neither" : "both");
    if (model && !model->version.empty() && !model->digest.empty())
      checks.add("spec.model.digest", "not possible", "no digest with version, which has one",
                 "one");
  });
}

std::vector<Problem> check(const EdgeConfig& config) {
  std::vector<Problem> out;
  each(config.connections, out, check_connection);
  each(config.contracts, out, check_contract);
  each(config.pipelines, out, [&](const Manifest<PipelineSpec>& manifest, ManifestCheck& checks) {
    check_pipeline(manifest, checks);
    check_pipeline_here(manifest.spec, config, checks);
  });
  ClientIds(config, out).check();
  check_units(config, out);
  return out;
}

}  // namespace lineside::domain
