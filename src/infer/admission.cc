#include "infer/admission.h"

#include <algorithm>
#include <format>
#include <set>

#include "base/text.h"
#include "infer/onnx_precheck.h"

namespace lineside::infer {

namespace {

constexpr std::size_t kLinesShown = 12;

// "name: expected by the pipeline / found in the model"; of long lists only lines of one side.
std::string both_sides(std::string_view what, const std::vector<std::string>& expected,
                       const std::vector<std::string>& found) {
  const auto list = [](const std::vector<std::string>& lines, const std::set<std::string>& other,
                       bool all) {
    std::string text;
    std::size_t shown = 0;
    for (const std::string& line : lines) {
      if (!all && other.contains(line)) continue;
      if (shown++ == kLinesShown) return text + "\n    ...";
      text += "\n    " + excerpt(line);
    }
    if (!shown) text = "\n    (nothing that the other lacks; the order differs)";
    return lines.empty() ? "\n    (nothing)" : text;
  };
  const std::set<std::string> expected_set(expected.begin(), expected.end());
  const std::set<std::string> found_set(found.begin(), found.end());
  const bool all = std::max(expected.size(), found.size()) <= kLinesShown;
  return std::format("{} differ{}:\n  expected by the pipeline:{}\n  found in the model:{}", what,
                     all ? "" : "; lines of one side only", list(expected, found_set, all),
                     list(found, expected_set, all));
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  for (const std::string_view line : split(text, '\n'))
    if (!line.empty()) lines.emplace_back(line);
  return lines;
}

// The outputs that the pipeline asks for by name and the model lacks.
std::vector<std::string> missing_outputs(const domain::PipelineSpec& spec,
                                         const Signature& signature) {
  std::vector<std::string> missing;
  const auto want = [&](const std::string& name, const std::string& who) {
    if (!name.empty() && std::ranges::find(signature.outputs, name) == signature.outputs.end())
      missing.push_back(std::format("{} (of {})", name, who));
  };
  for (const domain::DecisionSpec& decision : spec.decisions)
    want(decision.output, "decision " + decision.name);
  if (spec.risk) want(spec.risk->output, "risk");
  return missing;
}

}  // namespace

Result<void> admit(ByteView model, const Probe& run_probe) {
  TRY(precheck_onnx(model));
  const ProbeExit exit = TRY(run_probe());
  if (exit.code == kProbeGood) return {};
  if (exit.code == kProbeRefused)
    return fail(Code::corrupt, exit.output.empty()
                                   ? std::string("the model does not load in the probe")
                                   : excerpt(trim(exit.output), 600));
  if (exit.code > 128)
    return fail(Code::corrupt, std::format("the model ends the process that loads it: expected "
                                           "exit code 0 of the probe, found signal {}",
                                           exit.code - 128));
  return fail(Code::corrupt, std::format("the probe of the model failed: expected exit code 0, "
                                         "found {}: {}",
                                         exit.code, excerpt(exit.output, 200)));
}

Result<void> check_signature(const domain::PipelineSpec& spec, const Signature& signature) {
  if (signature.features.empty())
    return fail(Code::unsupported,
                "the model has no signature: expected metadata lineside.features and others "
                "(docs/formats/model.md), found none");
  std::vector<std::string> names;
  for (const domain::Feature& feature : TRY(domain::expand_features(spec)))
    names.push_back(feature.name);
  if (names != signature.features)
    return fail(Code::conflict, both_sides("features", names, signature.features));
  const std::string definition = domain::feature_definition(spec);
  if (definition != signature.definition)
    return fail(Code::conflict, both_sides("feature definitions", lines_of(definition),
                                           lines_of(signature.definition)));
  if (const auto missing = missing_outputs(spec, signature); !missing.empty())
    return fail(Code::conflict, both_sides("outputs", missing, signature.outputs));
  return {};
}

}  // namespace lineside::infer
