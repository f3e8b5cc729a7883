#include "tests/interop/mosquitto.h"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <format>
#include <fstream>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

#include "base/text.h"
#include "world/files.h"
#include "world/free_port.h"

namespace lineside::interop {

namespace fs = std::filesystem;

Folder::Folder() {
  static int count = 0;
  root_ = std::format("{}/interop-{}-{}", LINESIDE_BINARY_DIR, ::getpid(), ++count);
  fs::create_directories(root_);
}

Folder::~Folder() {
  std::error_code ignored;
  fs::remove_all(root_, ignored);
}

void Folder::write(const std::string& name, const std::string& content) const {
  std::ofstream(path(name)) << content;
}

std::string Folder::read(const std::string& name) const {
  const auto bytes = world::system_files().read(path(name));
  return bytes ? std::string(as_text(*bytes)) : "";
}

std::optional<std::string> find_program(const std::string& name) {
  const char* path = std::getenv("PATH");
  const std::string all = std::string(path == nullptr ? "" : path) + ":/usr/sbin:/usr/local/sbin";
  for (const std::string_view folder : split(all, ':')) {
    const std::string file = std::format("{}/{}", folder, name);
    if (::access(file.c_str(), X_OK) == 0) return file;
  }
  return std::nullopt;
}

int run_command(const std::vector<std::string>& command, const Folder& folder) {
  const std::string output = folder.path("commands.txt");
  auto process = world::Process::start(
      {.command = command, .stdout_file = output, .stderr_file = output, .environment = {}});
  if (!process) return -1;
  return process->wait(Duration::seconds(60)).value_or(-1);
}

Mosquitto::Mosquitto(const Folder& folder, const std::string& lines)
    : folder_(folder), port_(*world::free_loopback_port()) {
  // As root it would become a user that may not read the folder.
  folder.write("mosquitto.conf",
               std::format("user root\nlog_type error\nlistener {} 127.0.0.1\n{}\n", port_, lines));
  start();
}

void Mosquitto::start() {
  const std::string log = folder_.path("mosquitto.log");
  auto process = world::Process::start(
      {.command = {*find_program("mosquitto"), "-c", folder_.path("mosquitto.conf")},
       .stdout_file = log,
       .stderr_file = log,
       .environment = {}});
  ASSERT_TRUE(process) << process.error().text;
  process_ = std::move(*process);
}

void Mosquitto::stop() {
  process_->signal(SIGTERM);
  process_->wait(Duration::seconds(10));
  process_.reset();
}

void Mosquitto::kill() {
  process_->signal(SIGKILL);
  process_->wait(Duration::seconds(10));
  process_.reset();
}

std::string Mosquitto::address(const std::string& host) const {
  return std::format("{}:{}", host, port_);
}

namespace {

bool make_authority(const Folder& folder, const std::string& name) {
  return run_command({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                      "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=" + name,
                      "-keyout", folder.path(name + ".key"), "-out", folder.path(name + ".pem")},
                     folder) == 0;
}

bool make_certificate(const Folder& folder, const std::string& name, const std::string& authority) {
  folder.write(name + ".ext", "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
  return run_command({"openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                      "-nodes", "-subj", "/CN=" + name, "-keyout", folder.path(name + ".key"),
                      "-out", folder.path(name + ".csr")},
                     folder) == 0 &&
         run_command({"openssl", "x509", "-req", "-days", "2", "-in", folder.path(name + ".csr"),
                      "-CA", folder.path(authority + ".pem"), "-CAkey",
                      folder.path(authority + ".key"), "-CAcreateserial", "-extfile",
                      folder.path(name + ".ext"), "-out", folder.path(name + ".pem")},
                     folder) == 0;
}

}  // namespace

bool make_certificates(const Folder& folder) {
  return find_program("openssl") && make_authority(folder, "ca") &&
         make_authority(folder, "other-ca") && make_certificate(folder, "server", "ca") &&
         make_certificate(folder, "client", "ca") &&
         make_certificate(folder, "stranger", "other-ca");
}

}  // namespace lineside::interop
