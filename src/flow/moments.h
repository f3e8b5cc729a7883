// Mean and central moments of values that come (and, in sliding windows, go), at a few operations
// each and without loss of digits.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "flow/frame_ring.h"

namespace lineside::flow {

// m2 and m4 are sums of powers of (value - mean), not yet divided by anything.
struct Moments {
  double mean = 0;
  double m2 = 0;
  double m4 = 0;
};

// Of all values ever added. Method: one-pass updates, P. Pebay, "Formulas for Robust, One-Pass
// Parallel Computation of Covariances and Arbitrary-Order Statistical Moments", SAND2008-6212,
// 2008.
class RunningMoments {
 public:
  void add(double value);
  Moments moments() const { return {origin_ + mean_, m2_, m4_}; }
  double slope() const;  // least squares against the number of the value; 0 of fewer than two

  void save(ByteWriter& out) const;
  void load(ByteReader& in);

 private:
  double n_ = 0;
  double origin_ = 0;  // the first value: small changes of a large value keep their digits
  double mean_ = 0;    // of (value - origin)
  double m2_ = 0;
  double m3_ = 0;
  double m4_ = 0;
  double c_ = 0;  // sum of (number - its mean) (value - mean)
};

// Of a window: sums of powers of (value - origin), where the origin lies within the window's
// values. Sums that are added to and subtracted from lose digits in two ways: rounding errors pile
// up, and a large value that has left, or an origin that has been left behind, has cost the digits
// of what is small now. So the sums wear out: after every full turn of the window, and when what
// remains is small against what was there; then rebuild() takes them anew from the window.
class PowerSums {
 public:
  void add(double value) {
    const double d = value - origin_;
    const double d2 = d * d;
    s1_ += d;
    s2_ += d2;
    s3_ += d2 * d;
    s4_ += d2 * d2;
    if (s2_ > peak_) peak_ = s2_;
  }
  void remove(double value) {
    const double d = value - origin_;
    const double d2 = d * d;
    s1_ -= d;
    s2_ -= d2;
    s3_ -= d2 * d;
    s4_ -= d2 * d2;
    ++removed_;
  }
  // `n` values are in.
  bool turned(std::uint64_t n) const { return removed_ >= n; }
  bool worn(const Moments& current) const;
  void rebuild(const ColumnView& window);
  Moments moments(std::uint64_t n) const;

  double origin() const { return origin_; }
  double sum() const { return s1_; }  // of (value - origin)

  void save(ByteWriter& out) const;
  void load(ByteReader& in);

 private:
  double origin_ = 0;
  double s1_ = 0;
  double s2_ = 0;
  double s3_ = 0;
  double s4_ = 0;
  double peak_ = 0;  // largest s2 since the last rebuild
  std::uint64_t removed_ = 0;
};

}  // namespace lineside::flow
