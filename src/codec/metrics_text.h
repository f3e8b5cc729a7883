// Writes the Prometheus text format, version 0.0.4 (prometheus.io, "Exposition formats").
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lineside::codec {

using MetricLabels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

struct MetricHistogram {
  struct Bucket {
    double bound = 0;         // included
    std::uint64_t up_to = 0;  // samples not above it
  };
  std::vector<Bucket> buckets;  // by bound
  std::uint64_t count = 0;      // of all samples
  double sum = 0;
};

// Families in turn, each with all its samples.
class MetricsText {
 public:
  // CHECKs the rules that readers rely on: counters, and only they, end in _total.
  void counter(std::string_view name, std::string_view help) { family(name, "counter", help); }
  void gauge(std::string_view name, std::string_view help) { family(name, "gauge", help); }
  // A sample of the last family.
  void sample(MetricLabels labels, double value);
  void sample(double value) { sample({}, value); }
  // A family of its own.
  void histogram(std::string_view name, std::string_view help, const MetricHistogram& histogram);

  std::string take() { return std::move(text_); }

 private:
  void family(std::string_view name, std::string_view type, std::string_view help);
  void line(std::string_view suffix, MetricLabels labels, double value);

  std::string name_;
  std::string text_;
};

}  // namespace lineside::codec
