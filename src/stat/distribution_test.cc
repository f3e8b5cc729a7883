#include "stat/distribution.h"

#include <cmath>

#include <gtest/gtest.h>

namespace lineside::stat {
namespace {

void expect_close(double found, double expected, double share = 1e-12) {
  EXPECT_NEAR(found, expected, share * std::abs(expected));
}

// Wichura 1988 gives 0.25 and 0.001; the others are from SciPy 1.17 (Cephes, Boost).
TEST(Normal, QuantilesArePublishedOnes) {
  expect_close(normal_quantile(0.25), -0.6744897501960817);
  expect_close(normal_quantile(0.001), -3.090232306167814);
  expect_close(normal_quantile(0.975), 1.959963984540054);
  expect_close(normal_quantile(1e-20), -9.262340089798409);
  expect_close(normal_quantile(0.9999999), 5.199337582290661);
  EXPECT_EQ(normal_quantile(0.5), 0);
  EXPECT_EQ(normal_quantile(1), INFINITY);
  EXPECT_EQ(normal_quantile(0), -INFINITY);
  EXPECT_TRUE(std::isnan(normal_quantile(1.1)));
}

TEST(Normal, QuantileInvertsTheErrorFunction) {
  for (double p = 1e-6; p < 1; p += 0.0173) {
    const double back = std::erfc(-normal_quantile(p) / std::sqrt(2)) / 2;
    expect_close(back, p, 1e-13);
  }
}

TEST(Beta, ValuesArePublishedOnes) {  // SciPy 1.17
  expect_close(incomplete_beta(0.5, 0.5, 0.3), 0.36901011956554536);
  expect_close(incomplete_beta(2, 3, 0.4), 0.5248);
  expect_close(incomplete_beta(1000, 2000, 0.33), 0.3506326761341843);
  expect_close(incomplete_beta(1, 3032, 0.002), 0.9976889934131573);
  EXPECT_EQ(incomplete_beta(2, 3, 0), 0);
  EXPECT_EQ(incomplete_beta(2, 3, 1), 1);
  EXPECT_TRUE(std::isnan(incomplete_beta(0, 3, 0.5)));
}

// Upper critical values of the F distribution, NIST/SEMATECH e-Handbook of Statistical Methods,
// section 1.3.6.7.3; more digits from SciPy 1.17.
TEST(FDistribution, QuantilesArePublishedOnes) {
  EXPECT_NEAR(f_quantile(0.95, 10, 10), 2.978, 5e-4);
  EXPECT_NEAR(f_quantile(0.99, 4, 30), 4.018, 5e-4);
  EXPECT_NEAR(f_quantile(0.90, 1, 1), 39.863, 5e-4);
  expect_close(f_quantile(0.95, 2, 10), 4.1028210151304);
  expect_close(f_quantile(0.99, 5, 20), 4.102684630584732);
  expect_close(f_quantile(0.999, 2, 6065), 6.915628870959276, 1e-11);
  expect_close(f_quantile(0.95, 1, 1), 161.4476387975882);
  expect_close(f_quantile(0.9999, 14, 86), 3.631059277996118);
  expect_close(f_quantile(0.01, 4, 9), 0.06821685571671406);
}

// With two degrees of freedom above: P(F <= x) = 1 - (1 + 2 x / d)^(-d / 2).
TEST(FDistribution, HasItsClosedForm) {
  for (const double d : {1.0, 2.0, 7.0, 40.0, 5000.0})
    for (const double p : {0.0, 0.001, 0.5, 0.9, 0.999, 0.999999}) {
      const double x = d / 2 * (std::pow(1 - p, -2 / d) - 1);
      EXPECT_NEAR(f_quantile(p, 2, d), x, 1e-9 * x) << d << " " << p;
      EXPECT_NEAR(f_probability(x, 2, d), p, 1e-10) << d << " " << p;
    }
  EXPECT_TRUE(std::isnan(f_quantile(1, 2, 3)));
}

}  // namespace
}  // namespace lineside::stat
