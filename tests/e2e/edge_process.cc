#include "tests/e2e/edge_process.h"

#include <charconv>
#include <csignal>
#include <filesystem>
#include <format>

#include <gtest/gtest.h>

#include "base/text.h"
#include "edge/directory.h"
#include "net/http_client.h"
#include "store/edge_db.h"
#include "store/journal.h"
#include "world/clock.h"
#include "world/files.h"
#include "world/random.h"

namespace lineside::e2e {

std::string program() {
  return world::environment("LINESIDE_PROGRAM")
      .value_or(std::string(LINESIDE_BINARY_DIR) + "/lineside");
}

Outcome run_program(const interop::Folder& folder, const Lines& arguments) {
  Lines command{program()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  Outcome out;
  out.code = interop::run_command(command, folder);
  out.output = folder.read("commands.txt");
  return out;
}

bool holds_in_time(world::Process& process, const std::function<bool()>& holds) {
  world::Clock& clock = world::system_clock();
  const Time end = clock.steady() + Duration::seconds(60);
  while (!holds()) {
    if (process.wait({}) || clock.steady() > end) return false;
    clock.sleep(Duration::millis(20));
  }
  return true;
}

EdgeProcess::EdgeProcess(const interop::Folder& folder, std::string name)
    : folder_(folder), name_(std::move(name)), token_(world::system_random().token(16)) {
  std::filesystem::create_directories(config_folder());
  folder_.write(name_ + "-token", token_ + "\n");
}

void EdgeProcess::write_config(const std::string& file, const std::string& text) const {
  folder_.write(name_ + "-config/" + file, text);
}

void EdgeProcess::start(const Lines& more) {
  const std::string address = folder_.path(name_ + "-address");
  std::filesystem::remove(address);
  Lines command = launcher_;
  for (const std::string& word :
       {program(), std::string("edge"), std::string("--config"), config_folder(),
        std::string("--data"), data_folder(), std::string("--name"), std::string("edge-1"),
        std::string("--api-token-file"), folder_.path(name_ + "-token"),
        std::string("--address-file"), address})
    command.push_back(word);
  command.insert(command.end(), more.begin(), more.end());
  const std::string log = folder_.path(std::format("{}-{}.log", name_, starts_++));
  process_.reset();
  auto started = world::Process::start(
      {.command = command, .stdout_file = "/dev/null", .stderr_file = log, .environment = {}});
  ASSERT_TRUE(started) << started.error().text;
  process_ = std::move(*started);
}

bool EdgeProcess::has_ended() { return process_->wait({}).has_value(); }
bool EdgeProcess::is_ready() { return !page().empty(); }

bool EdgeProcess::until_ready(Duration limit) {
  world::Clock& clock = world::system_clock();
  const Time end = clock.steady() + limit;
  while (!is_ready()) {
    if (has_ended() || clock.steady() > end) return false;
    clock.sleep(Duration::millis(5));
  }
  return true;
}

void EdgeProcess::kill() {
  process_->signal(SIGKILL);
  process_->wait(Duration::seconds(20));
}

int EdgeProcess::stop() {
  process_->signal(SIGTERM);
  return process_->wait(Duration::seconds(30)).value_or(-1);
}

std::string EdgeProcess::page() { return std::string(trim(folder_.read(name_ + "-address"))); }
std::string EdgeProcess::api() {
  const std::string address = page();
  return address.substr(0, address.find("/?"));
}

std::string EdgeProcess::log() const {
  std::string all;
  for (int i = 0; i < starts_; ++i) all += folder_.read(std::format("{}-{}.log", name_, i));
  return all;
}

namespace {

net::HttpHeader bearer(const EdgeProcess& edge) {
  return {"Authorization", "Bearer " + edge.token()};
}

}  // namespace

Result<net::HttpResponse> get(EdgeProcess& edge, const std::string& target) {
  return net::HttpClient(edge.api()).get(target, {bearer(edge)});
}

Result<net::HttpResponse> post(EdgeProcess& edge, const std::string& target,
                               const std::string& json) {
  return net::HttpClient(edge.api()).post(target, json, {bearer(edge)});
}

std::string body_of(EdgeProcess& edge, const std::string& target) {
  const auto answer = get(edge, target);
  return answer ? answer->body : answer.error().text;
}

double status_of(EdgeProcess& edge, const std::string& name) {
  return number_in(body_of(edge, "/api/v1/status"), name);
}

double number_in(const std::string& json, const std::string& name) {
  const std::string key = "\"" + name + "\":";
  const std::size_t at = json.find(key);
  if (at == std::string::npos) return -1;
  double value = -1;
  std::from_chars(json.data() + at + key.size(), json.data() + json.size(), value);
  return value;
}

namespace {

Result<std::map<std::string, std::vector<domain::Reading>>> read_journal(
    const std::string& folder) {
  edge::StreamDirectory directory;
  const auto journal = TRY(store::Journal::open(world::system_files(), folder, directory));
  for (const std::string& report : journal->recovery().reports) return fail(Code::corrupt, report);
  std::map<std::string, std::vector<domain::Reading>> out;
  TRY(journal->read(0, [&](store::Position, const domain::ReadingBatch& batch) {
    for (std::size_t i = 0; i < batch.size(); ++i) {
      domain::Reading reading = batch.at(i);
      auto& series = out[directory.name(reading.stream).id()];
      reading.stream = 0;
      series.push_back(reading);
    }
    return true;
  }));
  return out;
}

}  // namespace

Result<Kept> read_stores(const std::string& data_folder) {
  Kept kept;
  kept.readings = TRY(read_journal(data_folder + "/readings"));
  kept.predictions = TRY(read_journal(data_folder + "/predictions"));
  const auto db = TRY(store::EdgeDb::open(data_folder + "/edge.db"));
  kept.alerts = TRY(db->alerts({.state = {}, .asset = {}, .limit = 100'000}));
  return kept;
}

}  // namespace lineside::e2e
