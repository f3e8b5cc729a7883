#include "benchmarks/clients.h"

#include <format>

#include "benchmarks/meter.h"
#include "cli/verbs.h"

namespace lineside::benchmarks {

std::optional<int> run_client(const std::vector<std::string>& arguments) {
  if (arguments[0] == "internal-listener") return listener_main(arguments);
  if (arguments[0] == "internal-edge") return edge_main(arguments);
  if (arguments[0] == "internal-probe") return cli::run(arguments);
  return std::nullopt;
}

Result<std::unique_ptr<Client>> Client::start(std::vector<std::string> arguments,
                                              const std::string& folder) {
  const std::string path = folder + "/board";
  SharedBoard board = TRY(SharedBoard::open(path));
  arguments.insert(arguments.begin(), world::self_path());
  arguments.push_back(path);
  const std::string log = folder + "/client.log";
  auto process = TRY(world::Process::start({.command = std::move(arguments),
                                            .stdout_file = log,
                                            .stderr_file = log,
                                            .environment = {}}));
  std::unique_ptr<Client> out(
      new Client(std::move(process), std::move(board), log));  // tidy: the constructor is private
  TRY(out->wait_for(out->board().ready, 1));
  return out;
}

Result<void> Client::wait_for(const std::atomic<std::uint64_t>& count, std::uint64_t to) {
  std::uint64_t last = count.load();
  Time moved = wall();
  while (count.load() < to) {
    if (count.load() != last) {
      last = count.load();
      moved = wall();
    }
    if (process_.wait({})) return fail(Code::unavailable, "the client has ended: see " + log_);
    if (wall() - moved > Duration::seconds(10))
      return fail(Code::timeout, std::format("expected {}, found {}: see {}", to, last, log_));
    pause(Duration::micros(200));
  }
  return {};
}

}  // namespace lineside::benchmarks
