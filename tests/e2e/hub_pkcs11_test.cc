// A hub whose keys stay in a PKCS #11 module (SoftHSM): it signs its audit log, the desired states
// and the certificates of edges with them, and none of them is in a file.
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <format>

#include <gtest/gtest.h>

#include "base/text.h"
#include "net/http_client.h"
#include "tests/e2e/edge_process.h"

namespace lineside::e2e {
namespace {

constexpr const char* kModule = "/usr/lib/softhsm/libsofthsm2.so";
constexpr const char* kPin = "4321";

class HubPkcs11Test : public testing::Test {
 protected:
  void SetUp() override {
#ifdef LINESIDE_SANITIZED
    GTEST_SKIP() << "modules do not load under sanitizers";
#endif
    if (!interop::find_program("softhsm2-util") || !std::filesystem::exists(kModule))
      GTEST_SKIP() << "needs SoftHSM (packages softhsm2 and pkcs11-provider)";
    ::setenv("PKCS11_PROVIDER_MODULE", kModule, 1);
    ::setenv("SOFTHSM2_CONF", folder_.path("softhsm.conf").c_str(), 1);
    std::filesystem::create_directories(folder_.path("tokens"));
    std::filesystem::create_directories(folder_.path("hub/keys"));
    folder_.write("softhsm.conf",
                  std::format("directories.tokendir = {}\n", folder_.path("tokens")));
    folder_.write("pin", std::string(kPin) + "\n");
    std::filesystem::permissions(folder_.path("pin"), std::filesystem::perms(0600));
    softhsm({"--init-token", "--free", "--label", "hub", "--so-pin", "12345678"});
    for (const std::string name : {"audit", "state"}) {
      run({"openssl", "genpkey", "-algorithm", "ed25519", "-out", folder_.path(name + ".pem")});
      keep(name);
    }
    run({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-keyout", folder_.path("ca.pem"), "-out", folder_.path("hub/keys/ca.pem"),
         "-subj", "/CN=Plant", "-days", "3650", "-addext", "keyUsage=critical,keyCertSign"});
    keep("ca");
  }

  void run(const Lines& command) const {
    ASSERT_EQ(interop::run_command(command, folder_), 0) << folder_.read("commands.txt");
  }
  void softhsm(Lines arguments) const {
    arguments.insert(arguments.begin(), {"softhsm2-util", "--module", kModule, "--pin", kPin});
    run(arguments);
  }
  // Into the module, and nowhere else.
  void keep(const std::string& name) const {
    softhsm({"--import", folder_.path(name + ".pem"), "--token", "hub", "--label", name, "--id",
             name == "audit" ? "01" : (name == "state" ? "02" : "03")});
    std::filesystem::remove(folder_.path(name + ".pem"));
  }
  static std::string uri(std::string_view object) {
    return std::format("pkcs11:token=hub;object={};type=private", object);
  }
  Lines hub_arguments() const {
    return {"hub",
            "--data",
            folder_.path("hub"),
            "--listen",
            listen_,
            "--audit-key",
            uri("audit"),
            "--state-key",
            uri("state"),
            "--ca-key",
            uri("ca"),
            "--pin-file",
            folder_.path("pin"),
            "--address-file",
            folder_.path("address")};
  }
  void start() {
    std::filesystem::remove(folder_.path("address"));
    Lines command = hub_arguments();
    command.insert(command.begin(), program());
    auto started = world::Process::start({.command = command,
                                          .stdout_file = folder_.path("said"),
                                          .stderr_file = folder_.path("hub.log"),
                                          .environment = {}});
    ASSERT_TRUE(started) << started.error().text;
    process_.emplace(std::move(*started));
    ASSERT_TRUE(until([&] { return folder_.read("address").contains('\n'); }))
        << folder_.read("hub.log");
    const std::string said = folder_.read("said");
    for (const std::string_view line : split(said, '\n'))
      if (line.starts_with("ca-sha256 ")) fingerprint_ = trim(line.substr(10));
    const std::string address = folder_.read("address");
    const auto token = address.find("token=");
    url_ = address.substr(0, address.find_first_of("/\n", sizeof("https://") - 1));
    if (token != std::string::npos)
      setup_token_ = address.substr(token + 6, address.find('\n', token) - token - 6);
  }
  bool until(const std::function<bool()>& holds) { return holds_in_time(*process_, holds); }
  net::HttpResponse call(const std::string& method, const std::string& target,
                         const std::string& json) {
    net::HttpClientOptions options;
    options.tls.ca_sha256 = fingerprint_;
    std::vector<net::HttpHeader> headers{{"Content-Type", "application/json"}};
    if (!cookie_.empty())
      headers.insert(headers.end(), {{"Cookie", cookie_}, {"X-Lineside-CSRF", csrf_}});
    auto answer = net::HttpClient(url_, options).send({method, target, headers, json});
    EXPECT_TRUE(answer) << answer.error().text;
    return answer ? std::move(*answer) : net::HttpResponse{};
  }
  static std::string text_in(const std::string& json, const std::string& name) {
    const std::string key = '"' + name + "\":\"";
    const auto at = json.find(key);
    if (at == std::string::npos) return "";
    return json.substr(at + key.size(), json.find('"', at + key.size()) - at - key.size());
  }
  void become_admin() {
    const auto answer =
        call("POST", "/api/v1/setup",
             std::format(R"({{"token":"{}","person":"ada","title":"Ada","password":"{}"}})",
                         setup_token_, "a long enough password"));
    ASSERT_EQ(answer.status, 200) << answer.body;
    for (const net::HttpHeader& header : answer.headers)
      if (header.name == "Set-Cookie" || header.name == "set-cookie")
        cookie_ = header.value.substr(0, header.value.find(';'));
    csrf_ = text_in(answer.body, "csrf");
  }

  const interop::Folder folder_;
  const std::string listen_ = "127.0.0.1:0";
  std::optional<world::Process> process_;
  std::string url_, fingerprint_, setup_token_, cookie_, csrf_;
};

TEST_F(HubPkcs11Test, SignsLogStatesAndCertificatesWithIt) {
  ASSERT_NO_FATAL_FAILURE(start());
  ASSERT_NO_FATAL_FAILURE(become_admin());
  for (const char* name : {"audit.pem", "state.pem", "ca-key.pem"})
    EXPECT_FALSE(std::filesystem::exists(folder_.path("hub/keys/") + name)) << name;
  ASSERT_EQ(call("PUT", "/api/v1/sites/hall", R"({"spec":{"title":"Hall"}})").status, 201);
  const auto enrolment = call("POST", "/api/v1/enrolments",
                              R"({"name":"press","site":"hall","edge":"press","uses":1})");
  ASSERT_EQ(enrolment.status, 201) << enrolment.body;

  const Outcome joined =
      run_program(folder_, {"edge", "join", url_, "--token", text_in(enrolment.body, "secret"),
                            "--ca-sha256", fingerprint_, "--data", folder_.path("edge")});
  ASSERT_EQ(joined.code, 0) << joined.output;
  auto edge = world::Process::start({.command = {program(), "edge", "--data", folder_.path("edge")},
                                     .stdout_file = "/dev/null",
                                     .stderr_file = folder_.path("edge.log"),
                                     .environment = {}});
  ASSERT_TRUE(edge) << edge.error().text;
  EXPECT_TRUE(until([&] {
    return call("GET", "/api/v1/edges/press", "").body.contains(R"("state":"in_sync")");
  })) << call("GET", "/api/v1/edges/press", "").body
      << folder_.read("edge.log");
  edge->signal(SIGTERM);
  EXPECT_EQ(edge->wait(Duration::seconds(30)), 0) << folder_.read("edge.log");

  folder_.write("kept", call("GET", "/api/v1/audit/checkpoint", "").body);
  folder_.write("key", call("GET", "/api/v1/audit/key", "").body);
  process_->signal(SIGTERM);
  EXPECT_EQ(process_->wait(Duration::seconds(30)), 0) << folder_.read("hub.log");
  const Outcome verified =
      run_program(folder_, {"audit", "verify", "--checkpoint", folder_.path("kept"), "--key",
                            folder_.path("key"), "--from", folder_.path("hub")});
  EXPECT_EQ(verified.code, 0) << verified.output;

  // The keys are the same at the next start; without the PIN there is none.
  const std::string before = fingerprint_;
  ASSERT_NO_FATAL_FAILURE(start());
  EXPECT_EQ(fingerprint_, before);
  process_->signal(SIGTERM);
  EXPECT_EQ(process_->wait(Duration::seconds(30)), 0) << folder_.read("hub.log");
  folder_.write("pin", "1111\n");
  const Outcome refused = run_program(folder_, hub_arguments());
  EXPECT_EQ(refused.code, 5) << refused.output;
  EXPECT_FALSE(refused.output.contains("1111")) << refused.output;
  EXPECT_TRUE(refused.output.contains("--audit-key: ")) << refused.output;
}

}  // namespace
}  // namespace lineside::e2e
