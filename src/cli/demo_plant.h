// The processes of the demo: a mosquitto broker, an edge and the hub it has joined, on loopback, in
// a folder of their own.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "cli/demo_hub.h"
#include "world/process.h"

namespace lineside::cli {

// Trains both models of the demo into `models_folder`, unless they are there and were made from the
// same manifests, recordings and program.
Result<void> train_demo(const std::string& demo_folder, const std::string& models_folder);

inline constexpr std::string_view kPlantEdge = "plant-1";  // its edge, as the hub knows it

struct PlantOptions {
  std::string demo_folder;
  std::string models_folder;      // of train_demo()
  std::string folder;             // of this plant: broker store, edge configuration and state
  std::uint16_t broker_port = 0;  // 0: a free one
  std::string program;            // `lineside`, whose edge runs; empty: the running one
  bool with_hub = false;          // whose edge has no models yet; else it runs a folder with all
};

class Plant {
 public:
  static Result<std::unique_ptr<Plant>> start(const PlantOptions& options);

  std::string broker() const;  // host:port
  std::string page() const;    // with the one-time token
  std::string api() const;     // http://127.0.0.1:port
  std::string api_token() const { return token_; }
  DemoHub* hub() { return hub_.get(); }  // null without
  int edge_pid() const { return edge_->pid(); }
  Duration ready_after() const { return ready_after_; }  // from starting the edge's process
  // Error when one of the processes has ended by itself.
  Result<void> alive();

 private:
  Plant() = default;
  Result<void> write_config(const PlantOptions& options);
  Result<void> start_hub(const PlantOptions& options);
  Result<void> start_broker(const PlantOptions& options);
  Result<void> start_edge(const PlantOptions& options);

  std::uint16_t port_ = 0;
  std::string folder_;
  std::string token_;
  std::string page_;
  Duration ready_after_;
  // The edge goes before those it talks to, so it is declared after them.
  std::optional<world::Process> broker_;
  std::unique_ptr<DemoHub> hub_;
  std::optional<world::Process> edge_;
};

}  // namespace lineside::cli
