// The second half of a pipeline: model outputs in, openings and closings of alerts out.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "domain/pipeline.h"
#include "flow/pipeline_flow.h"

namespace lineside::flow {

enum class AlertChangeKind : std::uint8_t { raised, updated, cleared };
constexpr auto names(const AlertChangeKind*) {
  return std::array<std::string_view, 3>{"raised", "updated", "cleared"};
}

struct AlertChange {
  AlertChangeKind kind = AlertChangeKind::raised;
  std::uint32_t decision = 0;  // index into PipelineSpec::decisions
  std::uint32_t asset = 0;     // slot, as in Rows
  std::size_t row = 0;         // of the rows given to decide()
  Time opened;                 // source time of the row that raised it
  Time updated;                // source time of this row
  double value = 0;            // score of this row
  double worst = 0;            // score farthest beyond the threshold while open
  bool operator==(const AlertChange&) const = default;
};

// The rule of each decision, per asset: an alert is raised once k of the last n scores are beyond
// the threshold (above: score > threshold; below: score < threshold), and cleared once k of the
// last n scores are not beyond `clear`. Scores before the last raising or clearing no longer count,
// so an alert never opens and closes on one row. NaN is no score: it is counted and changes
// nothing.
//
// `updated` is emitted when the worst score has moved away from the threshold, since the last
// change emitted, by more than 1 % of |threshold| and by more than 5 % of its distance then: an
// alert that worsens steadily is told of a few times, not at each row.
//
// Owned by one thread.
class Decider {
 public:
  // `outputs` names the columns that decide() will be given, in order.
  // Errors: invalid, naming the decision and the output it asks for, or a k, n or clear that makes
  // no sense.
  static Result<Decider> create(const domain::PipelineSpec& spec,
                                std::span<const std::string> outputs);

  // `outputs` is row-major, rows.size() x output_width. Appends changes in row order, within a row
  // in decision order.
  void decide(const Rows& rows, std::span<const float> outputs, std::size_t output_width,
              std::vector<AlertChange>& changes);

  bool open(std::uint32_t asset, std::uint32_t decision) const;
  std::uint64_t nan_scores() const { return nan_scores_; }

  // State by asset slot: it belongs beside the state of the flow whose slots it uses. load() takes
  // over the decisions whose rule (all but severity and message) is the same, by name; others start
  // anew. Errors: corrupt; then nothing has changed.
  void save(ByteWriter& out) const;
  Result<void> load(ByteReader& in);

 private:
  struct Rule {
    std::string text;  // equal text: equal rule
    std::size_t output = 0;
    bool above = true;
    double threshold = 0;
    double clear = 0;
    int k = 1;
    std::uint64_t mask = 1;  // the last n bits
  };
  struct Standing {            // one decision of one asset
    std::uint64_t scores = 0;  // newest in bit 0; set: counts towards the next change
    bool open = false;
    Time opened;
    double worst = 0;
    double told = 0;  // worst score of the last change emitted
    bool operator==(const Standing&) const = default;
  };

  Decider() = default;
  bool take(const Rule& rule, Standing& standing, double score, AlertChange& change) const;

  std::vector<Rule> rules_;
  std::vector<Standing> standings_;  // slot-major, slots x rules
  std::size_t outputs_ = 0;
  std::uint64_t nan_scores_ = 0;
};

}  // namespace lineside::flow
