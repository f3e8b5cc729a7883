#include "codec/metrics_text.h"

#include <limits>

#include <gtest/gtest.h>

namespace lineside::codec {
namespace {

TEST(MetricsText, EscapesLabelsAndHelp) {
  MetricsText out;
  out.gauge("lineside_x", "one\\two\nthree \"four\"");
  out.sample({{"a", "q\"b\\s\nn"}, {"b", ""}}, 1.5);
  EXPECT_EQ(out.take(),
            "# HELP lineside_x one\\\\two\\nthree \"four\"\n"
            "# TYPE lineside_x gauge\n"
            "lineside_x{a=\"q\\\"b\\\\s\\nn\",b=\"\"} 1.5\n");
}

TEST(MetricsText, WritesWhatIsNotFinite) {
  MetricsText out;
  out.gauge("lineside_x", "x");
  out.sample(std::numeric_limits<double>::quiet_NaN());
  out.sample(-std::numeric_limits<double>::infinity());
  EXPECT_TRUE(out.take().ends_with("lineside_x NaN\nlineside_x -Inf\n"));
}

TEST(MetricsText, WritesHistogramsFromTheLeastBound) {
  MetricsText out;
  out.histogram("lineside_x_seconds", "x", {{{0.5, 2}, {1, 3}}, 4, 7.5});
  EXPECT_TRUE(
      out.take().ends_with("lineside_x_seconds_bucket{le=\"0.5\"} 2\n"
                           "lineside_x_seconds_bucket{le=\"1\"} 3\n"
                           "lineside_x_seconds_bucket{le=\"+Inf\"} 4\n"
                           "lineside_x_seconds_sum 7.5\n"
                           "lineside_x_seconds_count 4\n"));
}

}  // namespace
}  // namespace lineside::codec
