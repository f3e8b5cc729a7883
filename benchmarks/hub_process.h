// A hub in a process of its own, so that its memory is its own, and calls of a program to it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "benchmarks/bench.h"
#include "benchmarks/hub_plant.h"
#include "net/http_connection.h"
#include "net/socket.h"
#include "world/process.h"

namespace lineside::benchmarks {

class HubProcess {
 public:
  // Fills the folder's catalog where it is not full yet, makes secrets for this run, and starts
  // `lineside hub` on it.
  static Result<std::unique_ptr<HubProcess>> start(const Bench& bench, const HubPlant& plant,
                                                   const std::string& folder);

  // Ends it by `signal`, waits until it has ended, and starts it anew on the same port.
  Result<void> restart(int signal);

  int pid() const { return process_->pid(); }
  const std::string& url() const { return url_; }
  const std::string& ca_sha256() const { return ca_sha256_; }
  const std::string& token() const { return token_; }          // of an admin program
  const std::string& enrolment() const { return enrolment_; }  // of a group
  const std::string& ca_pem() const { return ca_pem_; }

 private:
  HubProcess() = default;
  Result<void> prepare(const Bench& bench, const HubPlant& plant);
  Result<void> launch();

  std::string folder_, url_, ca_sha256_, ca_pem_, token_, enrolment_;
  std::uint16_t port_ = 0;
  std::optional<world::Process> process_;
};

// One kept connection of a program. Used by one thread.
class HubProgram {
 public:
  explicit HubProgram(const HubProcess& hub);
  // The body of the answer. Errors: also internal, for a status that is no success.
  Result<std::string> get(const std::string& target) { return call("GET", target, ""); }
  Result<std::string> call(std::string method, const std::string& target, std::string body);

 private:
  net::SystemDialer dialer_;
  std::string authorization_;
  std::unique_ptr<net::HttpConnection> connection_;
};

}  // namespace lineside::benchmarks
