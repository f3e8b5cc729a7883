// The two demo models, trained and run on the recordings that the project carries.
#include <algorithm>
#include <cmath>
#include <format>
#include <map>

#include <gtest/gtest.h>

#include "base/text.h"
#include "flow/decide.h"
#include "flow/pipeline_flow.h"
#include "infer/runner.h"
#include "learn/recording.h"
#include "learn/train.h"
#include "sim/files.h"
#include "world/files.h"

namespace lineside::learn {
namespace {

const std::string kDemo = LINESIDE_SOURCE_DIR "/demo";

// What a pipeline says of a recording: each row's first output, and the alerts.
struct Replay {
  std::vector<std::string> assets;
  flow::Rows rows;
  std::vector<float> first_output;
  std::vector<flow::AlertChange> changes;
};

Replay replay(const Recording& recording, const domain::PipelineSpec& pipeline,
              infer::Runner& runner) {
  auto flow = flow::PipelineFlow::create(pipeline);
  EXPECT_TRUE(flow.has_value());
  for (std::size_t i = 0; i < recording.streams.size(); ++i)
    flow->bind(static_cast<domain::StreamIndex>(i), recording.streams[i]);
  Replay out;
  flow->push(recording.readings, out.rows);
  out.assets = flow->assets();
  const std::size_t width = runner.output_width();
  std::vector<float> outputs(out.rows.size() * width);
  EXPECT_TRUE(runner.run(out.rows.values, out.rows.size(), outputs).has_value());
  for (std::size_t i = 0; i < out.rows.size(); ++i) out.first_output.push_back(outputs[i * width]);
  auto decider = flow::Decider::create(pipeline, runner.signature().outputs);
  EXPECT_TRUE(decider.has_value());
  decider->decide(out.rows, outputs, width, out.changes);
  return out;
}

// Only the files that training names: no test recordings, no labels.
void copy_files(const std::string& folder, const std::vector<std::string>& names,
                sim::SimFiles& to) {
  ASSERT_TRUE(to.make_directories(folder).has_value());
  for (const std::string& name : names) {
    const auto bytes = world::system_files().read(folder + "/" + name);
    ASSERT_TRUE(bytes.has_value()) << bytes.error().text;
    ASSERT_TRUE(to.write_atomic(folder + "/" + name, *bytes).has_value());
  }
}

struct Trained {
  TrainingPlan plan;
  TrainOutcome outcome;
  std::unique_ptr<infer::Runner> runner;
};

// Trains twice, the second time where nothing else can be read, and expects the same bytes.
Trained train_twice(const std::string& folder, const std::vector<std::string>& names) {
  const std::string manifest = folder + "/training.yaml";
  auto plan = load_training(world::system_files(), manifest);
  EXPECT_TRUE(plan.has_value()) << plan.error().text;
  auto outcome = train(*plan, world::system_files(), {});
  EXPECT_TRUE(outcome.has_value()) << outcome.error().text;

  sim::SimFiles only;
  copy_files(folder, names, only);
  const auto again = train(*load_training(only, manifest), only, {});
  EXPECT_TRUE(again.has_value()) << again.error().text;
  EXPECT_EQ(again->model, outcome->model);
  EXPECT_EQ(again->report, outcome->report);
  auto runner = infer::open_onnx(outcome->model);
  EXPECT_TRUE(runner.has_value()) << runner.error().text;
  return {std::move(*plan), std::move(*outcome), std::move(*runner)};
}

// Each engine's last prediction against the truth, as published results are computed: root mean
// square error, the same with both sides capped at 125, and the score of the PHM 2008 challenge.
struct LifeErrors {
  std::size_t engines = 0;
  double rmse = 0;
  double rmse_capped = 0;
  double nasa_score = 0;
};

LifeErrors life_errors(const Replay& found, std::string_view truths) {
  std::map<std::string, double> last;
  for (std::size_t i = 0; i < found.rows.size(); ++i)
    last[found.assets[found.rows.asset[i]]] = static_cast<double>(found.first_output[i]);
  LifeErrors out;
  for (const std::string_view line : split(truths, '\n')) {
    const auto truth = to_number(trim(line));
    if (!truth) continue;
    const double life = last.at(std::format("engine-{:03}", ++out.engines));
    const double error = life - *truth;
    out.rmse += error * error;
    out.rmse_capped += std::pow(std::min(life, 125.0) - std::min(*truth, 125.0), 2);
    out.nasa_score += error < 0 ? std::exp(-error / 13) - 1 : std::exp(error / 10) - 1;
  }
  out.rmse = std::sqrt(out.rmse / static_cast<double>(out.engines));
  out.rmse_capped = std::sqrt(out.rmse_capped / static_cast<double>(out.engines));
  return out;
}

TEST(Compressor, PredictsTheTestEnginesLives) {
  const std::string folder = kDemo + "/compressor";
  const Trained trained =
      train_twice(folder, {"training.yaml", "pipeline.yaml", "train_FD001.txt"});
  domain::RecordingSpec test_engines;
  test_engines.format = domain::RecordingFormat::cmapss;
  test_engines.files = {"test_FD001.txt"};
  const auto recording = read_recording(world::system_files(), folder, test_engines);
  ASSERT_TRUE(recording.has_value()) << recording.error().text;
  const Replay found = replay(*recording, trained.plan.pipeline.spec, *trained.runner);
  const auto truths = world::system_files().read(folder + "/RUL_FD001.txt");
  const LifeErrors errors = life_errors(found, as_text(*truths));
  const auto raised =
      std::ranges::count(found.changes, flow::AlertChangeKind::raised, &flow::AlertChange::kind);
  std::printf("FD001: rmse %.3f, rmse_capped %.3f, nasa_score %.1f, alerts %td\n", errors.rmse,
              errors.rmse_capped, errors.nasa_score, raised);
  EXPECT_EQ(errors.engines, 100U);
  EXPECT_LE(errors.rmse, 14.0);
  EXPECT_LE(errors.rmse_capped, 12.8);
  EXPECT_GE(raised, 15);  // 25 of the test engines end with fewer than 30 cycles left
  EXPECT_LE(raised, 30);
}

struct Span {
  Time from;
  Time to;
};

bool overlap(const Span& a, const Span& b) { return a.from <= b.to && b.from <= a.to; }

std::vector<Span> alerts_after(const Replay& found, Time start) {
  std::vector<Span> alerts;
  for (const auto& change : found.changes) {
    if (change.opened < start) continue;
    if (change.kind == flow::AlertChangeKind::raised)
      alerts.push_back({change.opened, Time::max()});
    if (change.kind == flow::AlertChangeKind::cleared) alerts.back().to = change.updated;
  }
  return alerts;
}

TEST(Machine, TellsOfTheLabelledFailures) {
  const std::string folder = kDemo + "/machine";
  const Trained trained = train_twice(
      folder, {"training.yaml", "pipeline.yaml", "machine_temperature_system_failure.csv"});
  const auto recording =
      read_recording(world::system_files(), folder, trained.plan.training.spec.recording);
  EXPECT_EQ(recording->conflicts, 12U);
  const Replay found = replay(*recording, trained.plan.pipeline.spec, *trained.runner);

  // labels.json; the first two windows lie in the learning span.
  const std::vector<Span> windows = {
      {*parse_iso("2014-01-27T14:20:00Z"), *parse_iso("2014-01-29T13:30:00Z")},
      {*parse_iso("2014-02-07T14:55:00Z"), *parse_iso("2014-02-09T14:05:00Z")}};
  const std::vector<Span> alerts = alerts_after(found, *parse_iso("2013-12-30T21:15:00Z"));
  for (const Span& window : windows)
    EXPECT_TRUE(std::ranges::any_of(alerts, [&](const Span& a) { return overlap(a, window); }))
        << format_iso(window.from);
  std::size_t false_alarms = 0;
  for (const Span& alert : alerts) {
    const bool hit = overlap(alert, windows[0]) || overlap(alert, windows[1]);
    false_alarms += hit ? 0 : 1;
    std::printf("NAB: %s %s to %s\n", hit ? "hit" : "false alarm", format_iso(alert.from).c_str(),
                alert.to == Time::max() ? "the end" : format_iso(alert.to).c_str());
  }
  EXPECT_LE(false_alarms, 3U);
}

}  // namespace
}  // namespace lineside::learn
