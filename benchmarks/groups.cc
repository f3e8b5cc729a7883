#include "benchmarks/bench.h"

namespace lineside::benchmarks {

const std::vector<Group>& groups() {
  static const std::vector<Group> all = {
      {"memory",
       "In memory, one core, no broker",
       {"memory_readings_per_s", "json_readings_per_s", "memory_predictions_per_s",
        "memory_tree_predictions_per_s"},
       run_memory},
      {"overhead",
       "One prediction against a bare call of the library",
       {"run_overhead_ratio"},
       run_overhead},
      {"mqtt",
       "Through mosquitto, against a libmosquitto subscriber that does nothing",
       {"mqtt_qos0_ingest_ratio", "mqtt_qos0_model_ratio", "mqtt_qos1_ingest_ratio",
        "mqtt_qos1_model_ratio", "cpu_us_per_message_ratio"},
       run_mqtt},
      {"rss", "Resident memory", {"edge_rss_mb", "models100_rss_mb"}, run_footprint},
      {"idle", "CPU at a low rate", {"cpu_share_100hz"}, run_idle},
      {"hub",
       "A hub with a large catalog and a large fleet",
       {"catalog_get_p99_ms", "catalog_page_ms", "graph_walk_ms", "bulk_apply_per_s",
        "longpoll_edges", "longpoll_rss_mb", "fanout_s", "reconnect_s"},
       run_hub},
      {"start", "Start of an edge", {"ready_s"}, run_start},
  };
  return all;
}

}  // namespace lineside::benchmarks
