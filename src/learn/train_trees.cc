#include <algorithm>
#include <cmath>
#include <format>

#include "learn/training_internal.h"
#include "learn/trees.h"

namespace lineside::learn {

namespace {

// Squared errors of one asset over its judged rows.
struct AssetError {
  std::size_t rows = 0;
  double squared = 0;
  double squared_capped = 0;  // prediction and target both capped
  double signed_sum = 0;      // prediction less target
};

// Means in which every asset weighs the same.
struct Score {
  std::size_t assets = 0;
  std::size_t rows = 0;
  double rmse = 0;
  double rmse_capped = 0;
  double bias = 0;
};

Score score_of(const std::vector<AssetError>& errors, const std::vector<std::size_t>& assets) {
  Score out;
  for (const std::size_t a : assets) {
    const AssetError& error = errors[a];
    if (error.rows == 0) continue;
    const auto rows = static_cast<double>(error.rows);
    ++out.assets;
    out.rows += error.rows;
    out.rmse += error.squared / rows;
    out.rmse_capped += error.squared_capped / rows;
    out.bias += error.signed_sum / rows;
  }
  const auto assets_judged = static_cast<double>(std::max<std::size_t>(out.assets, 1));
  out.rmse = std::sqrt(out.rmse / assets_judged);
  out.rmse_capped = std::sqrt(out.rmse_capped / assets_judged);
  out.bias /= assets_judged;
  return out;
}

void write_score(codec::JsonWriter& json, const Score& score) {
  json.member("assets", static_cast<std::uint64_t>(score.assets))
      .member("rows", static_cast<std::uint64_t>(score.rows))
      .member("rmse", score.rmse)
      .member("rmse_capped", score.rmse_capped)
      .member("bias", score.bias);
}

class TreesTraining {
 public:
  explicit TreesTraining(const TrainingRun& run)
      : run_(run), trees_(*run.spec().trees), errors_(run.dataset.assets.size()) {}

  Result<Booster> fit(const std::vector<std::size_t>& rows) const {
    std::vector<float> targets;
    for (const std::size_t i : rows) targets.push_back(target(i));
    return Booster::train(gather(run_.dataset, rows), targets, trees_, run_.spec().seed);
  }

  // Leaves each fold's assets out in turn; the JSON object for the report.
  Result<std::string> validate();

  // Learnt rows far from failure, whose target is the cap; all of them where there are none.
  std::vector<std::size_t> normal_rows() const {
    std::vector<std::size_t> rows;
    for (const std::size_t i : run_.learnt)
      if (static_cast<double>(run_.dataset.frames_left[i]) >= trees_.target.cap) rows.push_back(i);
    return rows.empty() ? run_.learnt : rows;
  }

 private:
  double life(std::size_t i) const { return static_cast<double>(run_.dataset.frames_left[i]); }
  float target(std::size_t i) const {
    return static_cast<float>(std::min(life(i), trees_.target.cap));
  }
  bool judged(std::size_t i) const {
    const domain::ValidationSpec& rule = run_.spec().validation;
    return run_.dataset.frame[i] >= rule.from_frame && life(i) >= rule.target_min &&
           life(i) <= rule.target_max;
  }
  Result<void> judge(const Booster& booster, const std::vector<std::size_t>& rows);

  const TrainingRun& run_;
  const domain::TreesSpec& trees_;
  std::vector<AssetError> errors_;
};

Result<void> TreesTraining::judge(const Booster& booster, const std::vector<std::size_t>& rows) {
  const std::vector<float> predictions = TRY(booster.predict(gather(run_.dataset, rows)));
  const double cap = trees_.target.cap;
  for (std::size_t n = 0; n < rows.size(); ++n) {
    const double predicted = std::clamp(static_cast<double>(predictions[n]), 0.0, cap);
    const double truth = life(rows[n]);
    const double error = predicted - truth;
    const double capped = predicted - std::min(truth, cap);
    AssetError& sum = errors_[run_.dataset.asset[rows[n]]];
    ++sum.rows;
    sum.squared += error * error;
    sum.squared_capped += capped * capped;
    sum.signed_sum += error;
  }
  return {};
}

Result<std::string> TreesTraining::validate() {
  const std::size_t assets = run_.dataset.assets.size();
  const auto folds = static_cast<std::size_t>(run_.spec().validation.folds);
  if (assets < folds)
    return invalid(std::format("validation: expected at least {} assets, one per fold, found {}",
                               folds, assets));
  const std::vector<std::size_t> order = permutation(assets, run_.spec().seed);
  std::vector<std::size_t> fold_of(assets);
  for (std::size_t n = 0; n < assets; ++n) fold_of[order[n]] = n % folds;

  codec::JsonWriter json;
  json.begin_object().key("folds").begin_array();
  std::vector<std::size_t> all_assets;
  for (std::size_t fold = 0; fold < folds; ++fold) {
    run_.tell("validation", 0.1 + 0.7 * static_cast<double>(fold) / static_cast<double>(folds));
    std::vector<std::size_t> learnt;
    std::vector<std::size_t> held_out;
    for (const std::size_t i : run_.learnt)
      if (fold_of[run_.dataset.asset[i]] != fold) learnt.push_back(i);
    for (std::size_t i = 0; i < run_.dataset.size(); ++i)
      if (fold_of[run_.dataset.asset[i]] == fold && judged(i)) held_out.push_back(i);
    const Booster booster = TRY(fit(learnt));
    TRY(judge(booster, held_out));
    std::vector<std::size_t> fold_assets;
    for (std::size_t a = 0; a < assets; ++a)
      if (fold_of[a] == fold) fold_assets.push_back(a);
    all_assets.insert(all_assets.end(), fold_assets.begin(), fold_assets.end());
    json.begin_object();
    write_score(json, score_of(errors_, fold_assets));
    json.end_object();
  }
  json.end_array();
  std::ranges::sort(all_assets);
  write_score(json, score_of(errors_, all_assets));
  json.end_object();
  return json.take();
}

}  // namespace

Result<TrainedModel> train_trees(const TrainingRun& run) {
  const domain::TreesSpec& spec = *run.spec().trees;
  TreesTraining training(run);
  TrainedModel out;
  out.validation = TRY(training.validate());
  run.tell("training", 0.8);
  const Booster booster = TRY(training.fit(run.learnt));
  const TreeEnsemble ensemble = TRY(booster.ensemble());
  out.signature = signature_of(run.dataset, training.normal_rows());
  out.signature.outputs = {spec.target.output};
  out.signature.units = {spec.target.unit};
  out.model = write_trees(ensemble, spec.target.cap, out.signature);
  out.library = "xgboost " + TRY(xgboost_version());
  std::uint64_t nodes = 0;
  for (const auto& tree : ensemble.trees) nodes += tree.size();
  codec::JsonWriter json;
  json.begin_object()
      .member("trees", static_cast<std::uint64_t>(ensemble.trees.size()))
      .member("nodes", nodes)
      .end_object();
  out.fitted = json.take();
  return out;
}

}  // namespace lineside::learn
