#include "learn/pca.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "infer/runner.h"
#include "learn/models_test.h"

namespace lineside::learn {
namespace {

using Square = std::vector<std::vector<double>>;

// One Jacobi rotation that makes a[p][q] zero; `v` gathers the rotations.
void rotate(Square& a, Square& v, std::size_t p, std::size_t q) {
  const double t = 0.5 * std::atan2(2 * a[p][q], a[q][q] - a[p][p]);
  const double c = std::cos(t);
  const double s = std::sin(t);
  const auto turn = [&](double& x, double& y) {
    const double old = x;
    x = c * old - s * y;
    y = s * old + c * y;
  };
  for (auto& row : a) turn(row[p], row[q]);
  for (std::size_t i = 0; i < a.size(); ++i) turn(a[p][i], a[q][i]);
  for (auto& row : v) turn(row[p], row[q]);
}

// Cyclic Jacobi: slow and obvious. Eigenvalues on the diagonal of `a` at the end, vectors in the
// columns of the result.
Square jacobi(Square& a) {
  const std::size_t n = a.size();
  Square v(n, std::vector<double>(n));
  for (std::size_t i = 0; i < n; ++i) v[i][i] = 1;
  for (int sweep = 0; sweep < 60; ++sweep)
    for (std::size_t p = 0; p < n; ++p)
      for (std::size_t q = p + 1; q < n; ++q) rotate(a, v, p, q);
  return v;
}

// T2 and Q of each row by the definition.
struct Slow {
  std::vector<double> eigenvalues;  // largest first
  std::vector<PcaStatistics> rows;
};

Slow slow_pca(const Table& table, std::size_t kept) {
  const std::size_t w = table.width;
  const std::size_t n = table.rows.size() / w;
  std::vector<std::vector<double>> z(n, std::vector<double>(w));
  for (std::size_t j = 0; j < w; ++j) {
    double mean = 0;
    for (std::size_t i = 0; i < n; ++i) mean += table.rows[i * w + j] / static_cast<double>(n);
    double variance = 0;
    for (std::size_t i = 0; i < n; ++i)
      variance += std::pow(table.rows[i * w + j] - mean, 2) / static_cast<double>(n);
    for (std::size_t i = 0; i < n; ++i)
      z[i][j] = (table.rows[i * w + j] - mean) / std::sqrt(variance);
  }
  Square c(w, std::vector<double>(w));
  for (std::size_t a = 0; a < w; ++a)
    for (std::size_t b = 0; b < w; ++b)
      for (const auto& row : z) c[a][b] += row[a] * row[b] / static_cast<double>(n);
  const Square v = jacobi(c);
  std::vector<std::size_t> order(w);
  for (std::size_t i = 0; i < w; ++i) order[i] = i;
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) { return c[a][a] > c[b][b]; });
  Slow out;
  for (const std::size_t j : order) out.eigenvalues.push_back(c[j][j]);
  for (const auto& row : z) {
    PcaStatistics s;
    for (std::size_t j = 0; j < w; ++j) {
      double p = 0;
      for (std::size_t i = 0; i < w; ++i) p += row[i] * v[i][order[j]];
      (j < kept ? s.t2 : s.q) += j < kept ? p * p / out.eigenvalues[j] : p * p;
    }
    out.rows.push_back(s);
  }
  return out;
}

double slow_quantile(std::vector<double> values, double p) {
  std::ranges::sort(values);
  const double at = p * static_cast<double>(values.size() - 1);
  const auto i = static_cast<std::size_t>(at);
  return i + 1 < values.size() ? values[i] + (at - std::floor(at)) * (values[i + 1] - values[i])
                               : values[i];
}

TEST(Pca, AgreesWithTheDefinition) {
  for (const std::size_t width : {2U, 3U, 6U}) {
    const Table table = noisy_table(250, width);
    const auto model = fit_pca(table.rows, names(width), {.variance = 0.8, .quantile = 0.97});
    ASSERT_TRUE(model.has_value()) << model.error().text;
    const Slow slow = slow_pca(table, model->kept);
    double explained = 0;
    for (std::size_t j = 0; j < width; ++j) {
      EXPECT_NEAR(model->eigenvalue[j], slow.eigenvalues[j], 1e-9);
      if (j < model->kept) explained += slow.eigenvalues[j] / static_cast<double>(width);
    }
    EXPECT_TRUE(explained >= 0.8 || model->kept == width - 1);
    std::vector<double> t2;
    std::vector<double> q;
    for (std::size_t i = 0; i < slow.rows.size(); ++i) {
      const PcaStatistics found =
          statistics(*model, std::span(table.rows).subspan(i * width, width));
      EXPECT_NEAR(found.t2, slow.rows[i].t2, 1e-8 * (1 + slow.rows[i].t2));
      EXPECT_NEAR(found.q, slow.rows[i].q, 1e-8 * (1 + slow.rows[i].q));
      t2.push_back(slow.rows[i].t2);
      q.push_back(slow.rows[i].q);
    }
    EXPECT_NEAR(model->t2_limit, slow_quantile(t2, 0.97), 1e-8 * model->t2_limit);
    EXPECT_NEAR(model->q_limit, slow_quantile(q, 0.97), 1e-8 * model->q_limit);
  }
}

TEST(Pca, OnnxYieldsTheRatios) {
  const Table table = noisy_table(200, 5);
  const auto model = fit_pca(table.rows, names(5), {.margin = 1.25});
  const auto runner = infer::open_onnx(
      write_pca(*model, signature(5, {"score", "t2_ratio", "q_ratio"})), {.batch_max = 32});
  ASSERT_TRUE(runner.has_value()) << runner.error().text;
  const Table fresh = noisy_table(77, 5, 5);
  std::vector<float> found(77 * 3);
  ASSERT_TRUE((*runner)->run(fresh.rows, 77, found).has_value());
  for (std::size_t i = 0; i < 77; ++i) {
    const PcaStatistics s = statistics(*model, std::span(fresh.rows).subspan(i * 5, 5));
    const double t2 = s.t2 / model->t2_limit;
    const double q = s.q / model->q_limit;
    EXPECT_NEAR(found[3 * i], std::max(t2, q), 1e-4 * (1 + t2 + q));
    EXPECT_NEAR(found[3 * i + 1], t2, 1e-4 * (1 + t2));
    EXPECT_NEAR(found[3 * i + 2], q, 1e-4 * (1 + q));
  }
}

// Of Gaussian rows the share beyond a limit is what the limit promises; where the eigenvalues that
// are left out are nearly equal, as here, that of Q is accurate, too.
TEST(Pca, TheoreticalLimitsHoldForGaussianRows) {
  const std::size_t width = 6;
  std::mt19937 random(11);
  std::normal_distribution<double> noise;
  const auto draw = [&](std::size_t n) {
    std::vector<float> rows;
    for (std::size_t i = 0; i < n; ++i) {
      const double a = noise(random);
      const double b = noise(random);
      for (std::size_t j = 0; j < width; ++j)
        rows.push_back(static_cast<float>((1.0 + static_cast<double>(j)) *
                                          ((j < 3 ? a : b) + 0.4 * noise(random))));
    }
    return rows;
  };
  const std::vector<float> rows = draw(4000);
  const auto model =
      fit_pca(rows, names(width),
              {.variance = 0.8, .limit = domain::LimitKind::theoretical, .quantile = 0.99});
  ASSERT_TRUE(model.has_value()) << model.error().text;
  EXPECT_EQ(model->kept, 2U);
  const std::vector<float> fresh = draw(40'000);
  double t2_beyond = 0;
  double q_beyond = 0;
  for (std::size_t i = 0; i < 40'000; ++i) {
    const PcaStatistics s = statistics(*model, std::span(fresh).subspan(i * width, width));
    t2_beyond += s.t2 > model->t2_limit ? 1.0 / 40'000 : 0;
    q_beyond += s.q > model->q_limit ? 1.0 / 40'000 : 0;
  }
  EXPECT_NEAR(t2_beyond, 0.01, 0.0025);
  EXPECT_NEAR(q_beyond, 0.01, 0.0025);
}

// With m equal eigenvalues Q is theirs times chi-squared with m degrees of freedom; critical values
// from the NIST/SEMATECH e-Handbook, section 1.3.6.7.4. The method is an approximation.
TEST(Pca, QLimitIsNearChiSquared) {
  const std::vector<double> five(5, 0.3);
  const std::vector<double> ten(10, 2.0);
  EXPECT_NEAR(q_limit(five, 0.95), 0.3 * 11.070, 0.3 * 11.070 * 0.005);
  EXPECT_NEAR(q_limit(ten, 0.99), 2.0 * 23.209, 2.0 * 23.209 * 0.005);
}

// F(2, 30) at 0.99 is 5.390 (e-Handbook, 1.3.6.7.3): 2 (32^2 - 1) / (32 x 30) x 5.390.
TEST(Pca, T2LimitFollowsTheFDistribution) {
  EXPECT_NEAR(t2_limit(2, 32, 0.99), 2.0 * 1023 / 960 * 5.390, 2e-3);
}

TEST(Pca, NamesWhatItCannotLearnFrom) {
  Table table = noisy_table(100, 3);
  EXPECT_EQ(fit_pca(std::vector<float>(50), names(1), {}).error().text,
            "principal components: expected at least 2 features, found 1");
  EXPECT_EQ(fit_pca(std::span(table.rows).first(30), names(3), {}).error().text,
            "principal components: expected at least 30 rows for 3 features, found 10");
  for (std::size_t i = 1; i < table.rows.size(); i += 3) table.rows[i] = 4;
  EXPECT_EQ(fit_pca(table.rows, names(3), {}).error().text,
            "feature 'f1' is constant over the learnt rows: expected a standard deviation above 0");
  for (std::size_t i = 1; i < table.rows.size(); i += 3) table.rows[i] = 2 * table.rows[i - 1];
  const auto dependent = fit_pca(table.rows, names(3), {.variance = 0.99});
  EXPECT_EQ(dependent.error().code, Code::invalid);
}

}  // namespace
}  // namespace lineside::learn
