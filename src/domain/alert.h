// What pipelines say and what operators answer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "domain/fields.h"
#include "domain/pipeline.h"

namespace lineside::domain {

struct Prediction {
  std::string pipeline;
  std::string asset;
  Time time;                   // source time of the row's newest frame
  std::vector<float> outputs;  // in model output order
};

// How much one feature moved the score: score(row) - score(row with the feature at its reference).
struct Contribution {
  std::string feature;
  double value = 0;
  double reference = 0;  // the feature's mean over the training rows called normal
  double effect = 0;     // in units of the output
  bool operator==(const Contribution&) const = default;
};
constexpr auto fields(const Contribution*) {
  return std::tuple(field("feature", &Contribution::feature, "feature name"),
                    field("value", &Contribution::value, "value in the row"),
                    field("reference", &Contribution::reference, "typical value when all is well"),
                    field("effect", &Contribution::effect, "change of the score it explains"));
}

enum class AlertState : unsigned char { open, cleared };
constexpr auto names(const AlertState*) {
  return std::array<std::string_view, 2>{"open", "cleared"};
}

struct Alert {
  std::string id;  // first 32 hex digits of SHA-256 over edge, pipeline, its version, decision,
                   // asset and opening time, each behind its length
  std::string edge;
  std::string pipeline;
  std::string pipeline_version;  // digest of the pipeline's spec and its model
  std::string asset;
  std::string decision;
  Severity severity = Severity::warning;
  AlertState state = AlertState::open;
  Time opened;
  Time updated;
  std::optional<Time> cleared;
  double opened_value = 0;        // score at `opened`; NaN: raised before this was kept
  double value = 0;               // score at `updated`
  double worst = 0;               // score farthest beyond the threshold while open
  double threshold = 0;           //
  std::string message;            // written at opening, of opened_value
  std::vector<Contribution> why;  // at opening, largest |effect| first, at most 5
  bool operator==(const Alert&) const = default;
};
constexpr auto fields(const Alert*) {
  return std::tuple(
      field("id", &Alert::id, "identity of the alert"),
      field("edge", &Alert::edge, "edge that raised it"),
      field("pipeline", &Alert::pipeline, "pipeline that raised it"),
      field("pipeline_version", &Alert::pipeline_version, "digest of pipeline and model"),
      field("asset", &Alert::asset, "machine it is about"),
      field("decision", &Alert::decision, "decision that raised it"),
      field("severity", &Alert::severity, "info, warning or critical"),
      field("state", &Alert::state, "open or cleared"),
      field("opened", &Alert::opened, "source time of opening"),
      field("updated", &Alert::updated, "source time of the last score seen"),
      field("cleared", &Alert::cleared, "source time of clearing"),
      field("opened_value", &Alert::opened_value, "score at opening, of which the message speaks"),
      field("value", &Alert::value, "last score"), field("worst", &Alert::worst, "worst score"),
      field("threshold", &Alert::threshold, "threshold of the decision"),
      field("message", &Alert::message, "text for the operator"),
      field("why", &Alert::why, "features that moved the score most"));
}

enum class Judgement : unsigned char { confirmed, false_, unsure };
constexpr auto names(const Judgement*) {
  return std::array<std::string_view, 3>{"confirmed", "false", "unsure"};
}

struct Verdict {
  std::string alert;  // alert id
  Judgement verdict = Judgement::unsure;
  std::string cause;
  std::string note;
  std::string author;  // as typed; see author_verified
  bool author_verified = false;
  Time time;  // our clock
  bool operator==(const Verdict&) const = default;
};
constexpr auto fields(const Verdict*) {
  return std::tuple(field("alert", &Verdict::alert, "alert id"),
                    field("verdict", &Verdict::verdict, "confirmed, false or unsure").required(),
                    field("cause", &Verdict::cause, "what it was, at most 200 bytes"),
                    field("note", &Verdict::note, "free text, at most 2000 bytes"),
                    field("author", &Verdict::author, "who says so, at most 100 bytes").required(),
                    field("author_verified", &Verdict::author_verified,
                          "whether a sign-in stands behind the author's name"),
                    field("time", &Verdict::time, "when it was given"));
}

}  // namespace lineside::domain
