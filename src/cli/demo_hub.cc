#include "cli/demo_hub.h"

#include <format>

#include "base/text.h"
#include "base/version.h"
#include "cli/answer.h"
#include "cli/edge_join.h"
#include "cli/secret_file.h"
#include "codec/json_writer.h"
#include "wire/joined_folder.h"
#include "world/clock.h"
#include "world/files.h"
#include "world/free_port.h"
#include "world/random.h"

namespace lineside::cli {

namespace {

constexpr Duration kStartLimit = Duration::seconds(20);
constexpr std::string_view kSession = "/api/v1/session";
constexpr std::string_view kAdmin = "admin";  // makes the others, and is not needed again

struct DemoPerson {
  std::string_view name;
  std::string_view title;
  std::vector<std::string_view> roles;
};

const std::vector<DemoPerson>& people() {
  static const std::vector<DemoPerson> all = {
      {kEngineer, "Engineer (a script)", {"ot-engineer", "data-scientist"}},
      {kReviewer, "Reviewer (a script)", {"ot-engineer"}},
      {kYou, "You", {"admin"}}};
  return all;
}

std::string password_file(const std::string& folder, std::string_view person) {
  return std::format("{}/{}.password", folder, person);
}

Result<std::string> new_password(const std::string& folder, std::string_view person) {
  const std::string password = world::system_random().token(24);
  TRY(world::system_files().write_atomic(password_file(folder, person), as_bytes(password + "\n")));
  return password;
}

// What stands behind `name` in a link.
std::string token_in(std::string_view link) {
  constexpr std::string_view kName = "token=";
  const std::size_t at = link.find(kName);
  return at == std::string_view::npos ? "" : std::string(link.substr(at + kName.size()));
}

std::string json_of(std::initializer_list<std::pair<std::string_view, std::string_view>> members) {
  codec::JsonWriter json;
  json.begin_object();
  for (const auto& [name, value] : members) json.member(name, value);
  json.end_object();
  return json.take();
}

std::string spec_of(const DemoPerson& person) {
  codec::JsonWriter json;
  json.begin_object().key("spec").begin_object().member("title", person.title);
  json.key("roles").begin_array();
  for (const std::string_view role : person.roles)
    json.begin_object().member("role", role).end_object();
  json.end_array().end_object().end_object();
  return json.take();
}

// The first line of the address file is the page or the set-up link, the second the fingerprint.
struct Said {
  std::string link;
  HubAccess access;
};
Result<Said> read_address(const std::string& folder) {
  const std::string path = folder + "/address";
  const Bytes bytes = TRY(world::system_files().read(path));
  const auto lines = split(as_text(bytes), '\n');
  constexpr std::string_view kPin = "ca-sha256 ";
  if (lines.size() < 2 || !lines[1].starts_with(kPin))
    return fail(Code::corrupt, path + ": expected an address and a fingerprint");
  Said said;
  said.link = std::string(lines[0]);
  said.access.url = said.link.substr(0, said.link.find('/', std::string("https://").size()));
  said.access.ca_sha256 = std::string(lines[1].substr(kPin.size()));
  return said;
}

}  // namespace

Result<std::uint16_t> kept_port(const std::string& path) {
  world::Files& files = world::system_files();
  if (const auto text = files.read(path)) {
    const auto port = to_number(trim(as_text(*text)));
    if (port && *port >= 1 && *port <= 65535 &&
        world::is_free_loopback_port(static_cast<std::uint16_t>(*port)))
      return static_cast<std::uint16_t>(*port);
  }
  const std::uint16_t port = TRY(world::free_loopback_port());
  const std::string text = std::to_string(port);
  TRY(files.write_atomic(path, as_bytes(text)));
  return port;
}

Result<HubClient> sign_in(const std::string& hub_folder, std::string_view person) {
  const auto said = read_address(hub_folder);
  if (!said) return fail(Code::unavailable, "no hub runs on " + hub_folder);
  const std::string password = TRY(read_secret(password_file(hub_folder, person)));
  return HubClient::begin_session(said->access, std::string(kSession),
                                  json_of({{"person", person}, {"password", password}}));
}

Result<std::unique_ptr<DemoHub>> DemoHub::start(const std::string& folder,
                                                const std::string& program) {
  // tidy: the constructor is private
  std::unique_ptr<DemoHub> hub(new DemoHub);
  hub->folder_ = folder;
  TRY(world::system_files().make_directories(folder));
  TRY(hub->start_process(program));
  return hub;
}

Result<void> DemoHub::start_process(const std::string& program) {
  world::Clock& clock = world::system_clock();
  const std::string address = folder_ + "/address";
  TRY(world::system_files().remove(address));
  const std::uint16_t port = TRY(kept_port(folder_ + "/port"));
  process_ = TRY(world::Process::start(
      {.command = {program, "hub", "--name", "demo", "--data", folder_ + "/data", "--listen",
                   std::format("127.0.0.1:{}", port), "--address-file", address},
       .stdout_file = "/dev/null",
       .stderr_file = folder_ + "/hub.log",
       .environment = {}}));
  const Time start = clock.steady();
  while (clock.steady() - start < kStartLimit) {
    TRY(alive());
    if (const auto said = read_address(folder_)) {
      access_ = said->access;
      const std::string token = token_in(said->link);
      if (!token.empty()) TRY_WITH(make_people(token), "making the people of the demo");
      return {};
    }
    clock.sleep(Duration::millis(5));
  }
  return fail(Code::timeout, "the hub was not ready in time; see " + folder_ + "/hub.log");
}

Result<void> DemoHub::make_people(const std::string& setup_token) {
  const std::string password = TRY(new_password(folder_, kAdmin));
  HubClient admin = TRY(HubClient::begin_session(access_, "/api/v1/setup",
                                                 json_of({{"token", setup_token},
                                                          {"person", kAdmin},
                                                          {"title", "Set-up (a script)"},
                                                          {"password", password}})));
  for (const DemoPerson& person : people()) {
    TRY(admin.send("PUT", api_path({"people", person.name}), spec_of(person)));
    if (person.name == kYou) continue;
    const std::string invited =
        TRY(admin.send("POST", api_path({"people", person.name, "invitation"}), "{}"));
    const Answer answer = TRY(Answer::parse(invited));
    const std::string own = TRY(new_password(folder_, person.name));
    TRY(HubClient::begin_session(
        access_, "/api/v1/welcome",
        json_of({{"token", token_in(answer.text(answer.root(), "link"))}, {"password", own}})));
  }
  return {};
}

Result<std::string> DemoHub::page() {
  HubClient admin = TRY(sign_in(folder_, kAdmin));
  const std::string set =
      TRY(admin.get(std::format("/api/v1/audit/entries?action=password.set&actor={}", kYou)));
  const Answer found = TRY(Answer::parse(set));
  if (!found.items(found.root()).empty()) return access_.url + "/";
  const std::string invited =
      TRY(admin.send("POST", api_path({"people", kYou, "invitation"}), "{}"));
  const Answer answer = TRY(Answer::parse(invited));
  return answer.text(answer.root(), "link");
}

Result<void> DemoHub::take_edge(const std::string& edge, const std::string& data_folder) {
  world::Files& files = world::system_files();
  const auto joined = TRY(wire::load_joined(data_folder, files));
  if (joined && joined->identity.url == access_.url) return {};
  HubClient engineer = TRY(sign_in(folder_, kEngineer));
  const std::string name = edge + "-" + world::system_random().token(4);
  const std::string made = TRY(engineer.send(
      "POST", "/api/v1/enrolments", json_of({{"name", name}, {"site", "plant"}, {"edge", edge}})));
  const Answer answer = TRY(Answer::parse(made));
  TRY(join_hub({.url = access_.url,
                .token = answer.text(answer.root(), "secret"),
                .ca_sha256 = access_.ca_sha256,
                .edge = edge,
                .version = std::string(kVersion)},
               data_folder));
  return {};
}

Result<void> DemoHub::alive() {
  if (process_ && process_->wait({}))
    return fail(Code::unavailable, "the hub has ended; see " + folder_ + "/hub.log");
  return {};
}

}  // namespace lineside::cli
