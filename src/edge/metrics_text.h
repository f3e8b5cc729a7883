// Writes the Prometheus text format, version 0.0.4 (prometheus.io, "Exposition formats").
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "edge/metrics.h"

namespace lineside::edge {

using MetricLabels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

// Families in turn, each with all its samples.
class MetricsText {
 public:
  // CHECKs the rules that readers rely on: counters, and only they, end in _total.
  void counter(std::string_view name, std::string_view help) { family(name, "counter", help); }
  void gauge(std::string_view name, std::string_view help) { family(name, "gauge", help); }
  // A sample of the last family.
  void sample(MetricLabels labels, double value);
  void sample(double value) { sample({}, value); }
  // A family of its own, in seconds, with the buckets 1, 2 and 5 of each decade.
  void histogram(std::string_view name, std::string_view help, const Histogram::Snapshot& snapshot);

  std::string take() { return std::move(text_); }

 private:
  void family(std::string_view name, std::string_view type, std::string_view help);
  void line(std::string_view suffix, MetricLabels labels, double value);

  std::string name_;
  std::string text_;
};

}  // namespace lineside::edge
