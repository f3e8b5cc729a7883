#include "flow/decide.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <format>
#include <utility>

#include "base/check.h"
#include "base/text.h"

namespace lineside::flow {

namespace {

constexpr std::uint32_t kFormat = 1;  // of saved state
constexpr int kScoresMax = 64;        // bits of Standing::scores

// How much worse an open alert must get before it is told of again.
constexpr double kTellThresholdShare = 0.01;
constexpr double kTellExcessShare = 0.05;

Result<std::size_t> find_output(const std::string& name, std::span<const std::string> outputs) {
  if (outputs.empty()) return invalid("expected a model with outputs, found none");
  if (name.empty()) return std::size_t{0};
  const auto found = std::ranges::find(outputs, name);
  if (found != outputs.end()) return static_cast<std::size_t>(found - outputs.begin());
  std::string known;
  for (const std::string& output : outputs) known += (known.empty() ? "" : ", ") + output;
  return invalid(std::format("output: expected one of {}, found '{}'", excerpt(known, 1000), name));
}

Result<void> check(const domain::DecisionSpec& spec) {
  if (spec.n < 1 || spec.n > kScoresMax)
    return invalid(std::format("n: expected 1 to {}, found {}", kScoresMax, spec.n));
  if (spec.k < 1 || spec.k > spec.n)
    return invalid(std::format("k: expected 1 to n ({}), found {}", spec.n, spec.k));
  const double clear = spec.clear.value_or(spec.threshold);
  if (!std::isfinite(spec.threshold) || !std::isfinite(clear))
    return invalid("threshold and clear: expected finite numbers");
  if (spec.when == domain::When::above ? clear > spec.threshold : clear < spec.threshold)
    return invalid(std::format("clear: expected a value {} the threshold {}, found {}",
                               spec.when == domain::When::above ? "at or below" : "at or above",
                               spec.threshold, clear));
  return {};
}

Error corrupt_standings(std::string_view what) {
  return fail(Code::corrupt, std::format("saved decisions: {}", what));
}

}  // namespace

Result<Decider> Decider::create(const domain::PipelineSpec& spec,
                                std::span<const std::string> outputs) {
  Decider decider;
  decider.outputs_ = outputs.size();
  for (const domain::DecisionSpec& decision : spec.decisions) {
    const std::string where = std::format("decision '{}'", decision.name);
    TRY_WITH(check(decision), where);
    const std::size_t output = TRY_WITH(find_output(decision.output, outputs), where);
    const double clear = decision.clear.value_or(decision.threshold);
    decider.rules_.push_back({
        .text =
            std::format("{}: {} {} {} clear {} {} of {}", decision.name, outputs[output],
                        to_text(decision.when), decision.threshold, clear, decision.k, decision.n),
        .output = output,
        .above = decision.when == domain::When::above,
        .threshold = decision.threshold,
        .clear = clear,
        .k = decision.k,
        .mask = ~std::uint64_t{0} >> (kScoresMax - decision.n),
    });
  }
  return decider;
}

void Decider::decide(const Rows& rows, std::span<const float> outputs, std::size_t output_width,
                     std::vector<AlertChange>& changes) {
  CHECK(rules_.empty() || output_width == outputs_);
  CHECK(outputs.size() == rows.size() * output_width);
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const std::uint32_t asset = rows.asset[row];
    if ((asset + std::size_t{1}) * rules_.size() > standings_.size())
      standings_.resize((asset + std::size_t{1}) * rules_.size());
    for (std::size_t d = 0; d < rules_.size(); ++d) {
      const double score = outputs[row * output_width + rules_[d].output];
      if (std::isnan(score)) {
        ++nan_scores_;
        continue;
      }
      AlertChange change{.decision = static_cast<std::uint32_t>(d),
                         .asset = asset,
                         .row = row,
                         .updated = Time{rows.time_ns[row]},
                         .value = score};
      if (take(rules_[d], standings_[asset * rules_.size() + d], score, change))
        changes.push_back(change);
    }
  }
}

// Takes one score; returns whether something is to be told, and fills the rest of `change` then.
bool Decider::take(const Rule& rule, Standing& standing, double score, AlertChange& change) const {
  const auto beyond = [&](double level) { return rule.above ? score > level : score < level; };
  const bool counts = standing.open ? !beyond(rule.clear) : beyond(rule.threshold);
  standing.scores = (standing.scores << 1 | (counts ? 1U : 0U)) & rule.mask;
  const bool turns = std::popcount(standing.scores) >= rule.k;

  if (!standing.open) {
    if (!turns) return false;
    standing = {.open = true, .opened = change.updated, .worst = score, .told = score};
    change.kind = AlertChangeKind::raised;
  } else {
    if (beyond(standing.worst)) standing.worst = score;
    const double growth = std::abs(standing.worst - standing.told);
    const double excess = std::abs(standing.told - rule.threshold);
    const bool worse = growth > kTellThresholdShare * std::abs(rule.threshold) &&
                       growth > kTellExcessShare * excess;
    if (!turns && !worse) return false;
    standing.told = standing.worst;
    change.kind = turns ? AlertChangeKind::cleared : AlertChangeKind::updated;
  }
  change.opened = standing.opened;
  change.worst = standing.worst;
  if (change.kind == AlertChangeKind::cleared) standing = {};
  return true;
}

bool Decider::open(std::uint32_t asset, std::uint32_t decision) const {
  const std::size_t at = asset * rules_.size() + decision;
  return decision < rules_.size() && at < standings_.size() && standings_[at].open;
}

void Decider::save(ByteWriter& out) const {
  out.put(kFormat);
  out.put(nan_scores_);
  const std::size_t slots = rules_.empty() ? 0 : standings_.size() / rules_.size();
  out.put(static_cast<std::uint32_t>(rules_.size()));
  for (std::size_t d = 0; d < rules_.size(); ++d) {
    out.put_string(rules_[d].text);
    out.put(static_cast<std::uint32_t>(slots));
    for (std::size_t slot = 0; slot < slots; ++slot) {
      const Standing& standing = standings_[slot * rules_.size() + d];
      out.put(standing.scores);
      out.put(static_cast<std::uint8_t>(standing.open ? 1 : 0));
      out.put(standing.opened.ns);
      out.put(standing.worst);
      out.put(standing.told);
    }
  }
}

Result<void> Decider::load(ByteReader& in) {
  constexpr std::size_t kStandingBytes = 8 + 1 + 8 + 8 + 8;
  Decider loaded = *this;
  loaded.standings_.clear();
  const auto format = in.get<std::uint32_t>();
  if (!in.ok() || format != kFormat)
    return corrupt_standings(std::format("expected format {}, found {}", kFormat, format));
  loaded.nan_scores_ = in.get<std::uint64_t>();
  const auto saved_rules = in.get<std::uint32_t>();
  for (std::uint32_t i = 0; i < saved_rules; ++i) {
    const std::string_view text = in.get_string();
    const std::size_t slots = in.get<std::uint32_t>();
    if (!in.ok() || slots > in.remaining() / kStandingBytes) return corrupt_standings("end early");
    const auto rule = std::ranges::find(rules_, text, &Rule::text);
    if (rule != rules_.end() && slots * rules_.size() > loaded.standings_.size())
      loaded.standings_.resize(slots * rules_.size());
    for (std::size_t slot = 0; slot < slots; ++slot) {
      Standing standing{.scores = in.get<std::uint64_t>(), .open = in.get<std::uint8_t>() != 0};
      standing.opened.ns = in.get<std::int64_t>();
      standing.worst = in.get<double>();
      standing.told = in.get<double>();
      if (std::isnan(standing.worst) || std::isnan(standing.told))
        return corrupt_standings("a score is NaN");
      if (rule == rules_.end()) continue;
      const auto d = static_cast<std::size_t>(rule - rules_.begin());
      loaded.standings_[slot * rules_.size() + d] = standing;
    }
  }
  if (!in.ok()) return corrupt_standings("end early");
  *this = std::move(loaded);
  return {};
}

}  // namespace lineside::flow
