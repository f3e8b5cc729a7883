// The edge that is measured: the lanes that `lineside edge` runs, without its page.
#include <cstdio>

#include "benchmarks/clients.h"
#include "edge/edge.h"
#include "net/socket.h"

namespace lineside::benchmarks {

namespace {

// How often the counters are shown: often enough for the load to follow, seldom enough to cost
// nothing.
constexpr Duration kShow = Duration::millis(5);

void show(const edge::Edge& running, Board& board) {
  const edge::EdgeMetrics metrics = running.metrics();
  std::uint64_t messages = 0;
  std::uint64_t lost = 0;
  bool up = true;
  for (const edge::ConnectionMetrics& link : metrics.connections) {
    messages += link.messages;
    lost += link.gaps;
    for (const std::uint64_t rejected : link.rejected) lost += rejected;
    up = up && link.up;
  }
  std::uint64_t frames = 0;
  for (const edge::PipelineMetrics& pipeline : metrics.pipelines) frames += pipeline.flow.frames;
  board.received.store(messages);
  board.finished.store(frames);
  board.rows.store(metrics.predictions);
  board.lost.store(lost);
  if (up) board.ready.store(1);
}

Result<void> run_edge(const std::vector<std::string>& arguments) {
  const SharedBoard board = TRY(SharedBoard::open(arguments[3]));
  net::SystemDialer dialer;
  edge::EdgeOptions options;
  options.config_folder = arguments[1];
  options.data_folder = arguments[2];
  const auto running = TRY(edge::Edge::open(
      options, {world::system_files(), world::system_clock(), world::system_random(), dialer, {}}));
  running->start();
  while (!world::stop_requested()) {
    world::system_clock().sleep(kShow);
    show(*running, *board);
  }
  running->stop();
  return {};
}

}  // namespace

int edge_main(const std::vector<std::string>& arguments) {
  if (arguments.size() != 4) return 2;
  world::catch_signals();
  const auto done = run_edge(arguments);
  if (!done) std::fprintf(stderr, "edge: %s\n", done.error().text.c_str());
  return done ? 0 : 1;
}

}  // namespace lineside::benchmarks
