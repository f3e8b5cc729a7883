#include "learn/pca.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <format>

#include <Eigen/Dense>

#include "base/check.h"
#include "stat/distribution.h"

namespace lineside::learn {

namespace {

using Eigen::Index;
using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr std::size_t kRowsPerFeature = 10;

// Type 7 of Hyndman & Fan, "Sample quantiles in statistical packages" (1996).
double sample_quantile(std::vector<double> values, double p) {
  std::ranges::sort(values);
  const double at = p * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (at - static_cast<double>(below)) * (values[above] - values[below]);
}

Result<void> check_size(std::size_t rows, std::size_t width) {
  if (width < 2)
    return invalid(
        std::format("principal components: expected at least 2 features, found {}", width));
  if (rows < width * kRowsPerFeature)
    return invalid(
        std::format("principal components: expected at least {} rows for {} features, "
                    "found {}",
                    width * kRowsPerFeature, width, rows));
  return {};
}

std::vector<double> to_vector(const auto& values) {
  return {values.data(), values.data() + values.size()};
}

// Fills mean, deviation, eigenvalues and components.
Result<void> decompose(const RowMajor& rows, const std::vector<std::string>& names,
                       PcaModel& model) {
  const Eigen::RowVectorXd mean = rows.colwise().mean();
  const RowMajor centred = rows.rowwise() - mean;
  const Eigen::RowVectorXd deviation =
      (centred.colwise().squaredNorm() / static_cast<double>(rows.rows())).cwiseSqrt();
  for (Index i = 0; i < deviation.size(); ++i)
    if (!(deviation[i] > 1e-12 * std::abs(mean[i])))
      return invalid(
          std::format("feature '{}' is constant over the learnt rows: expected a "
                      "standard deviation above 0",
                      names[static_cast<std::size_t>(i)]));
  const RowMajor z = centred.array().rowwise() / deviation.array();
  const Eigen::MatrixXd correlation = z.transpose() * z / static_cast<double>(rows.rows());
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(correlation);
  if (solver.info() != Eigen::Success)
    return fail(Code::internal, "the correlation matrix does not decompose");
  const Eigen::VectorXd eigenvalues = solver.eigenvalues().reverse().cwiseMax(0.0);
  const RowMajor components = solver.eigenvectors().rowwise().reverse().transpose();
  model.mean = to_vector(mean);
  model.deviation = to_vector(deviation);
  model.eigenvalue = to_vector(eigenvalues);
  model.component = to_vector(components);
  return {};
}

std::size_t components_for(const std::vector<double>& eigenvalues, double share) {
  double total = 0;
  for (const double value : eigenvalues) total += value;
  double sum = 0;
  for (std::size_t k = 1; k < eigenvalues.size(); ++k) {
    sum += eigenvalues[k - 1];
    if (sum >= share * total) return k;
  }
  return eigenvalues.size() - 1;
}

void set_limits(std::span<const float> rows, const domain::PcaSpec& spec, PcaModel& model) {
  const std::size_t width = model.width();
  const std::size_t count = rows.size() / width;
  if (spec.limit == domain::LimitKind::theoretical) {
    model.t2_limit = t2_limit(model.kept, count, spec.quantile);
    model.q_limit = q_limit(std::span(model.eigenvalue).subspan(model.kept), spec.quantile);
  } else {
    std::vector<double> t2;
    std::vector<double> q;
    for (std::size_t i = 0; i < count; ++i) {
      const PcaStatistics s = statistics(model, rows.subspan(i * width, width));
      t2.push_back(s.t2);
      q.push_back(s.q);
    }
    model.t2_limit = sample_quantile(std::move(t2), spec.quantile);
    model.q_limit = sample_quantile(std::move(q), spec.quantile);
  }
  model.t2_limit *= spec.margin;
  model.q_limit *= spec.margin;
}

}  // namespace

PcaStatistics statistics(const PcaModel& model, std::span<const float> row) {
  const std::size_t width = model.width();
  PcaStatistics out;
  for (std::size_t j = 0; j < width; ++j) {
    double p = 0;
    for (std::size_t i = 0; i < width; ++i)
      p += (static_cast<double>(row[i]) - model.mean[i]) / model.deviation[i] *
           model.component[j * width + i];
    if (j < model.kept) out.t2 += p * p / model.eigenvalue[j];
    if (j >= model.kept) out.q += p * p;
  }
  return out;
}

Result<PcaModel> fit_pca(std::span<const float> rows, const std::vector<std::string>& names,
                         const domain::PcaSpec& spec) {
  const std::size_t width = names.size();
  TRY(check_size(width == 0 ? 0 : rows.size() / width, width));
  const auto count = static_cast<Index>(rows.size() / width);
  using Floats = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const RowMajor table =
      Eigen::Map<const Floats>(rows.data(), count, static_cast<Index>(width)).cast<double>();
  PcaModel model;
  TRY(decompose(table, names, model));
  model.kept = components_for(model.eigenvalue, spec.variance);
  set_limits(rows, spec, model);
  if (!(model.t2_limit > 0 && model.q_limit > 1e-12))
    return invalid(
        std::format("features depend on each other: expected limits above 0, found T2 "
                    "{} and Q {}",
                    model.t2_limit, model.q_limit));
  return model;
}

double t2_limit(std::size_t k, std::size_t n, double quantile) {
  const auto components = static_cast<double>(k);
  const auto rows = static_cast<double>(n);
  return components * (rows * rows - 1) / (rows * (rows - components)) *
         stat::f_quantile(quantile, components, rows - components);
}

double q_limit(std::span<const double> eigenvalues, double quantile) {
  double theta1 = 0;
  double theta2 = 0;
  double theta3 = 0;
  for (const double value : eigenvalues) {
    theta1 += value;
    theta2 += value * value;
    theta3 += value * value * value;
  }
  const double h = 1 - 2 * theta1 * theta3 / (3 * theta2 * theta2);
  const double c = stat::normal_quantile(quantile);
  return theta1 * std::pow(c * std::sqrt(2 * theta2 * h * h) / theta1 + 1 +
                               theta2 * h * (h - 1) / (theta1 * theta1),
                           1 / h);
}

namespace {

// Components from..to as the columns of a matrix [width, to - from], each divided by its scale.
std::vector<float> columns(const PcaModel& model, std::size_t from, std::size_t to, bool scaled) {
  std::vector<float> out;
  for (std::size_t i = 0; i < model.width(); ++i)
    for (std::size_t j = from; j < to; ++j) {
      const double scale = scaled ? std::sqrt(model.eigenvalue[j]) : 1;
      out.push_back(static_cast<float>(model.component[j * model.width() + i] / scale));
    }
  return out;
}

using Names = std::vector<std::string_view>;

// ratio = sum over columns of (z x matrix)^2, times 1 / limit.
struct Ratio {
  std::string_view name;
  std::vector<float> matrix;
  double limit;
};

void add_ratio(OnnxGraph& graph, const Ratio& ratio, std::size_t width) {
  const std::string name(ratio.name);
  const auto rows = static_cast<std::int64_t>(width);
  const std::array<std::int64_t, 2> dims = {rows,
                                            static_cast<std::int64_t>(ratio.matrix.size()) / rows};
  const std::array<float, 1> factor = {static_cast<float>(1 / ratio.limit)};
  graph.constant(name + ".components", std::span<const float>(ratio.matrix), dims);
  graph.constant(name + ".factor", std::span<const float>(factor));
  graph.node("MatMul", Names{"z", name + ".components"}, name + ".p");
  graph.node("Mul", Names{name + ".p", name + ".p"}, name + ".p2");
  const std::array<OnnxAttribute, 1> keep = {{{"keepdims", std::int64_t{1}}}};
  graph.node("ReduceSum", Names{name + ".p2", "columns"}, name + ".sum", keep);
  graph.node("Mul", Names{name + ".sum", name + ".factor"}, name);
}

}  // namespace

Bytes write_pca(const PcaModel& model, const ModelSignature& signature) {
  const std::size_t width = model.width();
  CHECK(model.kept >= 1 && model.kept < width);
  std::vector<float> mean;
  std::vector<float> factor;
  for (std::size_t i = 0; i < width; ++i) {
    mean.push_back(static_cast<float>(model.mean[i]));
    factor.push_back(static_cast<float>(1 / model.deviation[i]));
  }
  const std::array<std::int64_t, 1> wide = {static_cast<std::int64_t>(width)};
  const std::array<std::int64_t, 1> one = {1};
  const std::array<std::int64_t, 1> columns_axis = {1};
  OnnxGraph graph("pca");
  graph.input("row", width);
  graph.constant("mean", std::span<const float>(mean), wide);
  graph.constant("factor", std::span<const float>(factor), wide);
  graph.constant("columns", std::span<const std::int64_t>(columns_axis), one);
  graph.node("Sub", Names{"row", "mean"}, "centred");
  graph.node("Mul", Names{"centred", "factor"}, "z");
  add_ratio(graph, {"t2_ratio", columns(model, 0, model.kept, true), model.t2_limit}, width);
  add_ratio(graph, {"q_ratio", columns(model, model.kept, width, false), model.q_limit}, width);
  graph.node("Max", Names{"t2_ratio", "q_ratio"}, "score");
  const std::array<OnnxAttribute, 1> axis = {{{"axis", std::int64_t{1}}}};
  graph.node("Concat", Names{"score", "t2_ratio", "q_ratio"}, "outputs", axis);
  graph.output("outputs", 3);
  graph.sign(signature);
  return std::move(graph).finish();
}

std::string eigen_version() {
  return std::format("{}.{}.{}", EIGEN_WORLD_VERSION, EIGEN_MAJOR_VERSION, EIGEN_MINOR_VERSION);
}

}  // namespace lineside::learn
