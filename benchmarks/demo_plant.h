// The demo plant as `./run` starts it, around the built `lineside`.
#pragma once

#include <memory>
#include <string>

#include "benchmarks/bench.h"
#include "cli/demo_plant.h"
#include "cli/demo_replay.h"

namespace lineside::benchmarks {

// Trains the demo's models, or finds them trained from the same files by the same program, then
// starts broker and edge in a fresh folder.
Result<std::unique_ptr<cli::Plant>> start_demo_plant(Bench& bench, const std::string& name);

// The recordings of the demo as messages.
Result<std::vector<cli::Message>> demo_messages();

// Sends `messages`, `per_second` of them (0: as fast as they go), and waits until the edge has
// stored them and its predictions stand still. Errors: internal, when readings are missing.
Result<void> replay(cli::Plant& plant, cli::PlantClient& client,
                    const std::vector<cli::Message>& messages, double per_second);

}  // namespace lineside::benchmarks
