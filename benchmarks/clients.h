// The measured clients: child processes of this program, so that their CPU is theirs alone.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "benchmarks/board.h"
#include "world/process.h"

namespace lineside::benchmarks {

// The body of a client, if the arguments ask for one:
//   internal-listener PORT TOPIC QOS IN_FLIGHT BOARD   libmosquitto, a callback that only counts
//   internal-edge CONFIG DATA BOARD                    an edge, as `lineside edge` runs it
// Verbs of `lineside` that an edge needs of its own program (internal-probe) are passed on.
// Returns the exit code.
std::optional<int> run_client(const std::vector<std::string>& arguments);

int listener_main(const std::vector<std::string>& arguments);  // listener.cc
int edge_main(const std::vector<std::string>& arguments);      // edge_client.cc

class Client {
 public:
  // Starts the client and waits until it has subscribed. `arguments` without the board, which lies
  // in `folder` with the client's log.
  static Result<std::unique_ptr<Client>> start(std::vector<std::string> arguments,
                                               const std::string& folder);
  const Board& board() const { return *board_; }
  int pid() const { return process_.pid(); }
  // Waits until `count` has risen to `to`. Errors: timeout after ten seconds without a change,
  // unavailable when the client has ended.
  Result<void> wait_for(const std::atomic<std::uint64_t>& count, std::uint64_t to);

 private:
  Client(world::Process process, SharedBoard board, std::string log)
      : process_(std::move(process)), board_(std::move(board)), log_(std::move(log)) {}
  world::Process process_;
  SharedBoard board_;
  std::string log_;
};

}  // namespace lineside::benchmarks
