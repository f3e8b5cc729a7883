// A real `lineside edge` for a test: its configuration, process, API and what it has stored.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/alert.h"
#include "domain/reading.h"
#include "net/http.h"
#include "tests/interop/mosquitto.h"
#include "world/process.h"

namespace lineside::e2e {

using Lines = std::vector<std::string>;

// LINESIDE_PROGRAM, or the `lineside` binary that this build made.
std::string program();
// Runs `lineside` with these arguments to its end.
struct Outcome {
  int code = -1;
  std::string output;  // standard output and error
};
Outcome run_program(const interop::Folder& folder, const Lines& arguments);

// Looks until it holds, for a minute at most and while the process runs.
bool holds_in_time(world::Process& process, const std::function<bool()>& holds);

// Of one thread. The process ends with this.
class EdgeProcess {
 public:
  // Its files are `folder`/`name`-...: config, data, logs, token.
  EdgeProcess(const interop::Folder& folder, std::string name);

  void write_config(const std::string& file, const std::string& text) const;
  std::string config_folder() const { return folder_.path(name_ + "-config"); }
  std::string data_folder() const { return folder_.path(name_ + "-data"); }
  std::string token() const { return token_; }

  // Words in front of the command, for example to enter a namespace.
  void set_launcher(Lines launcher) { launcher_ = std::move(launcher); }
  // Arguments beside --config, --data, --name edge-1, --api-token-file and --address-file.
  void start(const Lines& more = {});
  bool has_ended();
  // Whether its address is known: from then on it takes readings and answers calls.
  bool is_ready();
  bool until_ready(Duration limit = Duration::seconds(60));
  void signal(int number) { process_->signal(number); }
  void kill();  // SIGKILL, and waits for its end
  int stop();   // SIGTERM; its exit code, -1 if it does not end

  std::string page();  // the printed address with its one-time token
  std::string api();   // without
  // What all its processes have logged.
  std::string log() const;

 private:
  const interop::Folder& folder_;
  const std::string name_;
  std::string token_;
  Lines launcher_;
  int starts_ = 0;
  std::optional<world::Process> process_;
};

Result<net::HttpResponse> get(EdgeProcess& edge, const std::string& target);
Result<net::HttpResponse> post(EdgeProcess& edge, const std::string& target,
                               const std::string& json);
// The body of the answer to GET, or the error as text.
std::string body_of(EdgeProcess& edge, const std::string& target);
// The first number behind "name": in GET /api/v1/status, -1 if there is none.
double status_of(EdgeProcess& edge, const std::string& name);
// The first number behind "name": in a JSON text, -1 if there is none.
double number_in(const std::string& json, const std::string& name);

// Everything that an edge has stored, in the order in which it was stored.
struct Kept {
  std::map<std::string, std::vector<domain::Reading>> readings;     // by "asset/stream"
  std::map<std::string, std::vector<domain::Reading>> predictions;  // the same; streams are 0
  std::vector<domain::Alert> alerts;                                // newest first
};
// Of an edge that has stopped, or of a copy of its data.
Result<Kept> read_stores(const std::string& data_folder);

}  // namespace lineside::e2e
