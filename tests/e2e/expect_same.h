// What two edges have stored and said of the same messages.
#pragma once

#include <string>

#include "tests/e2e/edge_process.h"
#include "tests/e2e/plant.h"

namespace lineside::e2e {

// The manifests of `plant.h` and the model, as the configuration of an edge.
void write_plant(const EdgeProcess& edge, const interop::Mosquitto& broker);
// Starts the edge; true once it and the plant are connected, so that nothing sent is missed.
bool start_connected(EdgeProcess& edge, Plant& plant);
// Steps the plant until the edge has stored the newest sample of every press, told what follows
// from it, and forgotten what it told.
bool until_settled(EdgeProcess& edge, Plant& plant);
// Every sample sent is stored exactly once, per stream in the order of sending, and nothing else.
void expect_all_once(const Kept& kept, const Plant& plant);
// Predictions and alerts are equal.
void expect_same_effects(const Kept& found, const Kept& expected);

// Another edge of the same configuration on a broker of its own, which nobody disturbs: what it
// stores of the samples that `like` has sent, and what it says of them.
struct Undisturbed {
  Kept kept;
  Heard heard;
};
Undisturbed run_undisturbed(const Plant& like);

}  // namespace lineside::e2e
