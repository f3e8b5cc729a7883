#include "codec/metrics_text.h"

#include <array>
#include <charconv>
#include <cmath>

#include "base/check.h"

namespace lineside::codec {

namespace {

void append_number(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += std::isnan(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
    return;
  }
  std::array<char, 32> buffer;
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  out.append(buffer.data(), end);
}

// Label values escape the quote as well; help texts do not.
void append_escaped(std::string& out, std::string_view text, bool is_label) {
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && is_label) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
}

}  // namespace

void MetricsText::family(std::string_view name, std::string_view type, std::string_view help) {
  CHECK(name.ends_with("_total") == (type == "counter"));
  name_ = name;
  text_.append("# HELP ").append(name).append(" ");
  append_escaped(text_, help, false);
  text_.append("\n# TYPE ").append(name).append(" ").append(type).append("\n");
}

void MetricsText::line(std::string_view suffix, MetricLabels labels, double value) {
  text_.append(name_).append(suffix);
  char before = '{';
  for (const auto& [label, content] : labels) {
    text_ += before;
    text_.append(label).append("=\"");
    append_escaped(text_, content, true);
    text_ += '"';
    before = ',';
  }
  if (labels.size() > 0) text_ += '}';
  text_ += ' ';
  append_number(text_, value);
  text_ += '\n';
}

void MetricsText::sample(MetricLabels labels, double value) { line("", labels, value); }

void MetricsText::histogram(std::string_view name, std::string_view help,
                            const MetricHistogram& histogram) {
  family(name, "histogram", help);
  for (const MetricHistogram::Bucket& bucket : histogram.buckets) {
    std::string bound;
    append_number(bound, bucket.bound);
    line("_bucket", {{"le", bound}}, static_cast<double>(bucket.up_to));
  }
  const auto all = static_cast<double>(histogram.count);
  line("_bucket", {{"le", "+Inf"}}, all);
  line("_sum", {}, histogram.sum);
  line("_count", {}, all);
}

}  // namespace lineside::codec
