#include "edge/metrics.h"

#include <cstdlib>

#include <gtest/gtest.h>

#include "world/files.h"

namespace lineside::edge {
namespace {

TEST(Histogram, PutsDurationsIntoTheBucketWhoseBoundIncludesThem) {
  Histogram histogram;
  histogram.add(Duration::micros(10));
  histogram.add(Duration{10'001});
  histogram.add(Duration::seconds(90));
  histogram.add(Duration::seconds(91));
  histogram.add(Duration::seconds(-1));
  const Histogram::Snapshot snapshot = histogram.snapshot();
  EXPECT_EQ(snapshot.counts[0], 2U);
  EXPECT_EQ(snapshot.counts[1], 1U);
  EXPECT_EQ(snapshot.counts[Histogram::kBuckets - 2], 1U);
  EXPECT_EQ(snapshot.counts[Histogram::kBuckets - 1], 1U);
  EXPECT_EQ(snapshot.total(), 5U);
  EXPECT_EQ(snapshot.sum.ns, 181'000'020'001);
}

TEST(Histogram, InterpolatesQuantiles) {
  Histogram histogram;
  EXPECT_EQ(histogram.snapshot().quantile(0.5), Duration{});
  for (int i = 0; i < 100; ++i) histogram.add(Duration::micros(1500));  // bucket (1, 2] ms
  EXPECT_EQ(histogram.snapshot().quantile(0.5), Duration::micros(1500));
  EXPECT_EQ(histogram.snapshot().quantile(1), Duration::millis(2));
  for (int i = 0; i < 100; ++i) histogram.add(Duration::seconds(1000));
  EXPECT_EQ(histogram.snapshot().quantile(0.99), Duration::seconds(90));
}

EdgeMetrics example() {
  EdgeMetrics m;
  m.version = "0.1.0";
  m.edge = "edge \"1\"";
  m.started = {1'700'000'000'000'000'000};
  m.connections = {
      {.connection = "plant", .up = true, .messages = 12, .without_readings = 5, .readings = 240}};
  m.connections[0].rejected[static_cast<std::size_t>(domain::Reject::not_json)] = 3;
  m.pipelines = {{.pipeline = "rul", .flow = {.frames = 5, .late = 2}, .assets = 1}};
  m.queues = {{"flow.0", 1, 64}};
  m.journals = {{.journal = "readings", .bytes = 4096, .capacity_bytes = 1 << 20}};
  m.config_altered = 3;
  m.damage = {.readings = 2, .predictions = 0, .edge = 1};
  Histogram histogram;
  histogram.add(Duration::millis(3));
  histogram.add(Duration::seconds(100));
  m.to_commit = histogram.snapshot();
  return m;
}

TEST(Metrics, TellsEachCountWithItsLabels) {
  const std::string text = metrics_text(example());
  for (const char* line : {
           "lineside_build_info{version=\"0.1.0\",edge=\"edge \\\"1\\\"\"} 1\n",
           "lineside_config_altered_total 3\n",
           "process_start_time_seconds 1.7e+09\n",
           "lineside_connection_up{connection=\"plant\"} 1\n",
           "lineside_messages_without_readings_total{connection=\"plant\"} 5\n",
           "lineside_readings_total{connection=\"plant\"} 240\n",
           "lineside_rejected_total{connection=\"plant\",reason=\"not_json\"} 3\n",
           "lineside_rejected_total{connection=\"plant\",reason=\"oversized\"} 0\n",
           "lineside_flow_drops_total{pipeline=\"rul\",reason=\"late\"} 2\n",
           "lineside_queue_depth{queue=\"flow.0\"} 1\n",
           "lineside_history_bytes{journal=\"readings\"} 4096\n",
           "lineside_store_damage_total{store=\"readings\"} 2\n",
           "lineside_store_damage_total{store=\"predictions\"} 0\n",
           "lineside_store_damage_total{store=\"edge\"} 1\n",
           "lineside_reading_to_commit_seconds_bucket{le=\"0.002\"} 0\n",
           "lineside_reading_to_commit_seconds_bucket{le=\"0.005\"} 1\n",
           "lineside_reading_to_commit_seconds_bucket{le=\"50\"} 1\n",
           "lineside_reading_to_commit_seconds_bucket{le=\"+Inf\"} 2\n",
           "lineside_reading_to_commit_seconds_sum 100.003\n",
           "lineside_reading_to_commit_seconds_count 2\n",
       })
    EXPECT_NE(text.find(std::string("\n") + line), std::string::npos) << line << text;
}

TEST(Metrics, PassPromtool) {
  if (std::system("command -v promtool >/dev/null 2>&1") != 0)
    GTEST_SKIP() << "promtool is not installed";
  const std::string file = testing::TempDir() + "lineside_metrics.prom";
  ASSERT_TRUE(world::system_files().write_atomic(file, as_bytes(metrics_text(example()))));
  EXPECT_EQ(std::system(("promtool check metrics <" + file + " >&2").c_str()), 0);
  // The same tool refuses what is wrong, so the check above says something.
  ASSERT_TRUE(world::system_files().write_atomic(file, as_bytes("a_total{b=} 1\n")));
  EXPECT_NE(std::system(("promtool check metrics <" + file + " >/dev/null 2>&1").c_str()), 0);
}

}  // namespace
}  // namespace lineside::edge
