#include "stat/distribution.h"

#include <array>
#include <cmath>
#include <limits>

namespace lineside::stat {

namespace {

template <std::size_t kSize>
double polynomial(const std::array<double, kSize>& coefficients, double x) {
  double value = 0;
  for (std::size_t i = kSize; i-- > 0;) value = value * x + coefficients[i];
  return value;
}

// Coefficients of AS 241 (PPND16): numerator and denominator of three rational approximations.
constexpr std::array<double, 8> kCentreTop = {3.3871328727963666080e0,  1.3314166789178437745e+2,
                                              1.9715909503065514427e+3, 1.3731693765509461125e+4,
                                              4.5921953931549871457e+4, 6.7265770927008700853e+4,
                                              3.3430575583588128105e+4, 2.5090809287301226727e+3};
constexpr std::array<double, 8> kCentreBottom = {1.0,
                                                 4.2313330701600911252e+1,
                                                 6.8718700749205790830e+2,
                                                 5.3941960214247511077e+3,
                                                 2.1213794301586595867e+4,
                                                 3.9307895800092710610e+4,
                                                 2.8729085735721942674e+4,
                                                 5.2264952788528545610e+3};
constexpr std::array<double, 8> kMiddleTop = {1.42343711074968357734e0,  4.63033784615654529590e0,
                                              5.76949722146069140550e0,  3.64784832476320460504e0,
                                              1.27045825245236838258e0,  2.41780725177450611770e-1,
                                              2.27238449892691845833e-2, 7.74545014278341407640e-4};
constexpr std::array<double, 8> kMiddleBottom = {1.0,
                                                 2.05319162663775882187e0,
                                                 1.67638483018380384940e0,
                                                 6.89767334985100004550e-1,
                                                 1.48103976427480074590e-1,
                                                 1.51986665636164571966e-2,
                                                 5.47593808499534494600e-4,
                                                 1.05075007164441684324e-9};
constexpr std::array<double, 8> kTailTop = {6.65790464350110377720e0,  5.46378491116411436990e0,
                                            1.78482653991729133580e0,  2.96560571828504891230e-1,
                                            2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                            2.71155556874348757815e-5, 2.01033439929228813265e-7};
constexpr std::array<double, 8> kTailBottom = {1.0,
                                               5.99832206555887937690e-1,
                                               1.36929880922735805310e-1,
                                               1.48753612908506148525e-2,
                                               7.86869131145613259100e-4,
                                               1.84631831751005468180e-5,
                                               1.42151175831644588870e-7,
                                               2.04426310338993978564e-15};

// The continued fraction of I_x(a, b) without its factor; converges fast for x < (a+1)/(a+b+2).
double beta_fraction(double a, double b, double x) {
  constexpr double kTiny = 1e-300;
  constexpr double kEpsilon = 1e-16;
  double c = 1;
  double d = 1 - (a + b) * x / (a + 1);
  d = 1 / (std::abs(d) < kTiny ? kTiny : d);
  double value = d;
  for (int m = 1; m <= 100'000; ++m) {
    const auto step = [&](double term) {
      d = 1 + term * d;
      d = 1 / (std::abs(d) < kTiny ? kTiny : d);
      c = 1 + term / c;
      if (std::abs(c) < kTiny) c = kTiny;
      value *= c * d;
    };
    step(m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)));
    step(-(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)));
    if (std::abs(c * d - 1) < kEpsilon) break;
  }
  return value;
}

// P(F > x), without the loss of digits of 1 - P(F <= x).
double f_upper(double x, double d1, double d2) {
  return incomplete_beta(d2 / 2, d1 / 2, d2 / (d1 * x + d2));
}

}  // namespace

double normal_quantile(double p) {
  if (!(p >= 0 && p <= 1)) return std::numeric_limits<double>::quiet_NaN();
  if (p == 0 || p == 1) return (p - 0.5) * std::numeric_limits<double>::infinity();
  const double q = p - 0.5;
  if (std::abs(q) <= 0.425) {
    const double r = 0.180625 - q * q;
    return q * polynomial(kCentreTop, r) / polynomial(kCentreBottom, r);
  }
  const double r = std::sqrt(-std::log(q < 0 ? p : 1 - p));
  const double size = r <= 5 ? polynomial(kMiddleTop, r - 1.6) / polynomial(kMiddleBottom, r - 1.6)
                             : polynomial(kTailTop, r - 5) / polynomial(kTailBottom, r - 5);
  return q < 0 ? -size : size;
}

double incomplete_beta(double a, double b, double x) {
  if (!(a > 0 && b > 0 && x >= 0 && x <= 1)) return std::numeric_limits<double>::quiet_NaN();
  if (x == 0 || x == 1) return x;
  const double factor = std::exp(std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) +
                                 a * std::log(x) + b * std::log1p(-x));
  if (x < (a + 1) / (a + b + 2)) return factor * beta_fraction(a, b, x) / a;
  return 1 - factor * beta_fraction(b, a, 1 - x) / b;
}

double f_probability(double x, double d1, double d2) {
  if (!(x > 0)) return x <= 0 ? 0 : std::numeric_limits<double>::quiet_NaN();
  if (std::isinf(x)) return 1;
  return incomplete_beta(d1 / 2, d2 / 2, d1 * x / (d1 * x + d2));
}

double f_quantile(double p, double d1, double d2) {
  if (!(p >= 0 && p < 1 && d1 > 0 && d2 > 0)) return std::numeric_limits<double>::quiet_NaN();
  if (p == 0) return 0;
  // Over the logarithm, as F spans many magnitudes, and in the tail that is the smaller one.
  const auto above = [&](double z) {
    const double x = std::exp(z);
    return p < 0.5 ? f_probability(x, d1, d2) >= p : f_upper(x, d1, d2) <= 1 - p;
  };
  double low = -50;
  double high = 50;
  while (above(low) && low > -700) low *= 2;
  while (!above(high) && high < 700) high *= 2;
  for (int i = 0; i < 200 && high - low > 1e-15 * (1 + std::abs(high)); ++i) {
    const double middle = (low + high) / 2;
    (above(middle) ? high : low) = middle;
  }
  return std::exp((low + high) / 2);
}

}  // namespace lineside::stat
