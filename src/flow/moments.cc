#include "flow/moments.h"

#include <algorithm>
#include <cmath>

namespace lineside::flow {

namespace {

// A sum that has shrunk to this share of its peak, or of its value about the origin, is taken anew:
// by then rounding has cost two digits of second moments and, at the worst, four of fourth ones.
// moments_test.cc holds both to nine digits.
constexpr double kWorn = 1e-2;

// Origin of the sums: the mean, taken about the first value so that equal values give it exactly.
double mean_of(const ColumnView& window) {
  const double first = window.at(window.begin);
  double sum = 0;
  for (FrameNumber f = window.begin; f < window.end; ++f) sum += window.at(f) - first;
  const double mean = first + sum / static_cast<double>(window.size());
  return std::isfinite(mean) ? mean : first;
}

// Sums of squares and fourth powers are not negative, whatever rounding (or overflow, NaN) says.
double not_negative(double sum) { return sum > 0 ? sum : 0; }

}  // namespace

void RunningMoments::add(double value) {
  if (n_ == 0) origin_ = value;
  const double before = n_;
  n_ += 1;
  const double delta = value - origin_ - mean_;
  const double step = delta / n_;
  const double step2 = step * step;
  const double term = delta * step * before;
  mean_ += step;
  c_ += n_ / 2 * (delta - step);  // numbers lie 1 apart: the newest is n / 2 above the mean before
  m4_ += term * step2 * (n_ * n_ - 3 * n_ + 3) + 6 * step2 * m2_ - 4 * step * m3_;
  m3_ += term * step * (n_ - 2) - 3 * step * m2_;
  m2_ += term;
}

double RunningMoments::slope() const { return n_ < 2 ? 0 : c_ / (n_ * (n_ * n_ - 1) / 12); }

void RunningMoments::save(ByteWriter& out) const {
  for (const double value : {n_, origin_, mean_, m2_, m3_, m4_, c_}) out.put(value);
}

void RunningMoments::load(ByteReader& in) {
  for (double* value : {&n_, &origin_, &mean_, &m2_, &m3_, &m4_, &c_}) *value = in.get<double>();
}

bool PowerSums::worn(const Moments& current) const {
  // Written so that sums which overflowed, and are infinite or NaN, count as worn.
  return !(s2_ >= kWorn * peak_) || !(current.m2 >= kWorn * s2_);
}

void PowerSums::rebuild(const ColumnView& window) {
  *this = {};
  if (window.size() == 0) return;
  origin_ = mean_of(window);
  for (FrameNumber f = window.begin; f < window.end; ++f) add(window.at(f));
}

Moments PowerSums::moments(std::uint64_t n) const {
  if (n == 0) return {};
  const auto count = static_cast<double>(n);
  const double shift = s1_ / count;
  const double m2 = s2_ - s1_ * shift;
  const double m4 =
      s4_ - 4 * shift * s3_ + 6 * shift * shift * s2_ - 3 * s1_ * shift * shift * shift;
  return {origin_ + shift, not_negative(m2), not_negative(m4)};
}

void PowerSums::save(ByteWriter& out) const {
  for (const double value : {origin_, s1_, s2_, s3_, s4_, peak_}) out.put(value);
  out.put(removed_);
}

void PowerSums::load(ByteReader& in) {
  for (double* value : {&origin_, &s1_, &s2_, &s3_, &s4_, &peak_}) *value = in.get<double>();
  removed_ = in.get<std::uint64_t>();
}

}  // namespace lineside::flow
