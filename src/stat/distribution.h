// Distributions: probabilities and quantiles. Pure functions of double precision.
#pragma once

namespace lineside::stat {

// Standard normal distribution. Wichura, "Algorithm AS 241: the percentage points of the normal
// distribution", Applied Statistics 37 (1988), PPND16: relative accuracy about 1e-16.
// 0 < p < 1; p = 0 and 1 yield -inf and +inf; others NaN.
double normal_quantile(double p);

// Regularised incomplete beta function I_x(a, b), a, b > 0, 0 <= x <= 1: continued fraction (NIST
// Digital Library of Mathematical Functions, 8.17.22) by Lentz's method. Relative accuracy about
// 1e-14 for a, b up to 1e4.
double incomplete_beta(double a, double b, double x);

// Fisher's F with d1 and d2 degrees of freedom, both > 0 (DLMF 8.17, Johnson, Kotz & Balakrishnan,
// Continuous Univariate Distributions 2, chapter 27).
double f_probability(double x, double d1, double d2);  // P(F <= x)
double f_quantile(double p, double d1, double d2);     // 0 <= p < 1; relative accuracy about 1e-12

}  // namespace lineside::stat
