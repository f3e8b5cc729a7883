// A mosquitto broker of our own for a test, and the certificates to reach it by TLS.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "world/process.h"

namespace lineside::interop {

// A folder under the build folder that is removed with its content.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string path(const std::string& name) const { return root_ + "/" + name; }
  void write(const std::string& name, const std::string& content) const;
  std::string read(const std::string& name) const;  // empty if there is none

 private:
  std::string root_;
};

// Where the program is, if it is installed.
std::optional<std::string> find_program(const std::string& name);
// Runs a command to its end; its exit code. What it says is then in commands.txt.
int run_command(const std::vector<std::string>& command, const Folder& folder);

class Mosquitto {
 public:
  // `lines` follow the listener's line in the configuration file.
  Mosquitto(const Folder& folder, const std::string& lines);

  void start();
  void stop();  // SIGTERM: it saves what it persists
  void kill();  // SIGKILL: it has what it saved last
  std::uint16_t port() const { return port_; }
  std::string address(const std::string& host = "127.0.0.1") const;

 private:
  const Folder& folder_;
  std::uint16_t port_;
  std::optional<world::Process> process_;
};

// In `folder`: ca.pem, other-ca.pem, server.pem/.key for localhost and 127.0.0.1, client.pem/.key,
// stranger.pem/.key (signed by other-ca). False where openssl is not installed.
bool make_certificates(const Folder& folder);

}  // namespace lineside::interop
