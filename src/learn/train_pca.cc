#include <algorithm>

#include "learn/pca.h"
#include "learn/training_internal.h"

namespace lineside::learn {

namespace {

double score(const PcaModel& model, std::span<const float> row) {
  const PcaStatistics s = statistics(model, row);
  return std::max(s.t2 / model.t2_limit, s.q / model.q_limit);
}

std::uint64_t beyond_limits(const PcaModel& model, const Dataset& dataset,
                            const std::vector<std::size_t>& rows) {
  return static_cast<std::uint64_t>(
      std::ranges::count_if(rows, [&](std::size_t i) { return score(model, dataset.row(i)) > 1; }));
}

Result<PcaModel> fit(const TrainingRun& run, const std::vector<std::size_t>& rows) {
  return fit_pca(gather(run.dataset, rows), run.dataset.features, *run.spec().pca);
}

// Leaves each stretch of learnt rows out in turn; the share of its rows that are called unusual.
Result<std::string> validate(const TrainingRun& run) {
  const auto folds = static_cast<std::size_t>(run.spec().validation.folds);
  const std::size_t n = run.learnt.size();
  std::uint64_t beyond_all = 0;
  codec::JsonWriter json;
  json.begin_object().key("folds").begin_array();
  for (std::size_t fold = 0; fold < folds; ++fold) {
    run.tell("validation", 0.1 + 0.7 * static_cast<double>(fold) / static_cast<double>(folds));
    const auto first = run.learnt.begin() + static_cast<std::ptrdiff_t>(n * fold / folds);
    const auto last = run.learnt.begin() + static_cast<std::ptrdiff_t>(n * (fold + 1) / folds);
    std::vector<std::size_t> learnt(run.learnt.begin(), first);
    learnt.insert(learnt.end(), last, run.learnt.end());
    const std::vector<std::size_t> held_out(first, last);
    const PcaModel model = TRY(fit(run, learnt));
    const std::uint64_t beyond = beyond_limits(model, run.dataset, held_out);
    beyond_all += beyond;
    json.begin_object()
        .member("rows", static_cast<std::uint64_t>(held_out.size()))
        .member("beyond_limits", beyond)
        .end_object();
  }
  json.end_array()
      .member("rows", static_cast<std::uint64_t>(n))
      .member("beyond_limits", beyond_all)
      .end_object();
  return json.take();
}

}  // namespace

Result<TrainedModel> train_pca(const TrainingRun& run) {
  TrainedModel out;
  out.validation = TRY(validate(run));
  run.tell("training", 0.8);
  const PcaModel model = TRY(fit(run, run.learnt));
  out.signature = signature_of(run.dataset, run.learnt);
  out.signature.outputs = {"score", "t2_ratio", "q_ratio"};
  out.signature.units = {"", "", ""};
  out.model = write_pca(model, out.signature);
  out.library = "eigen " + eigen_version();
  codec::JsonWriter json;
  json.begin_object()
      .member("kept", static_cast<std::uint64_t>(model.kept))
      .member("eigenvalues", model.eigenvalue)
      .member("t2_limit", model.t2_limit)
      .member("q_limit", model.q_limit)
      .member("beyond_limits", beyond_limits(model, run.dataset, run.learnt))
      .end_object();
  out.fitted = json.take();
  return out;
}

}  // namespace lineside::learn
