// A model of normal operation by principal components, and its ONNX form.
//
// Rows are standardised (mean, population standard deviation), the correlation matrix is decomposed
// and the first k components are kept. Two statistics say how unusual a row is:
//   T2 = sum over kept j of p_j^2 / lambda_j     (Hotelling 1931): unusual within the known
//   relations Q  = sum over the others of p_j^2            (Jackson & Mudholkar 1979): relations
//   broken
// Each is divided by its limit; the score is the larger ratio, so 1 is the border of normal.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "domain/training.h"
#include "learn/onnx_graph.h"

namespace lineside::learn {

struct PcaModel {
  std::vector<double> mean;        // per feature
  std::vector<double> deviation;   // per feature, > 0
  std::vector<double> eigenvalue;  // of all components, largest first
  std::vector<double> component;   // component j at [j * width, (j + 1) * width), unit length
  std::size_t kept = 0;            // k, 1 to width - 1
  double t2_limit = 0;
  double q_limit = 0;

  std::size_t width() const { return mean.size(); }
};

// T2 and Q of one row, in double precision.
struct PcaStatistics {
  double t2 = 0;
  double q = 0;
};
PcaStatistics statistics(const PcaModel& model, std::span<const float> row);

// `rows` is row-major with names.size() columns. k is the smallest whose components explain
// spec.variance, at most width - 1.
// Errors: invalid (fewer than two features or ten rows per feature, a constant feature, named).
Result<PcaModel> fit_pca(std::span<const float> rows, const std::vector<std::string>& names,
                         const domain::PcaSpec& spec);

// Limit of T2 for a new row when n rows were learnt from: k (n^2 - 1) / (n (n - k)) times the F
// quantile with k and n - k degrees of freedom (Tracy, Young & Mason, "Multivariate control charts
// for individual observations", Journal of Quality Technology 24, 1992, equation 6).
double t2_limit(std::size_t k, std::size_t n, double quantile);
// Limit of Q from the eigenvalues of the components that were not kept (Jackson & Mudholkar,
// "Control procedures for residuals associated with principal component analysis", Technometrics
// 21, 1979, equation 3.4).
double q_limit(std::span<const double> eigenvalues, double quantile);

// Outputs score, t2_ratio and q_ratio in one tensor [N, 3].
Bytes write_pca(const PcaModel& model, const ModelSignature& signature);

std::string eigen_version();  // "3.4.0"

}  // namespace lineside::learn
