// The hub of the demo: its process, and the people of the plant, who sign in over its API with
// passwords that are kept in its folder (mode 0600).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/hub_client.h"
#include "world/process.h"

namespace lineside::cli {

// Two of the people are scripts; the third is whoever looks at the demo.
inline constexpr std::string_view kEngineer = "engineer";  // makes models and manifests
inline constexpr std::string_view kReviewer = "reviewer";  // approves what the engineer has made
inline constexpr std::string_view kYou = "you";            // an admin who has no password yet

// Signs in to the hub that runs on that folder. Errors: unavailable (none runs), and what it says.
Result<HubClient> sign_in(const std::string& hub_folder, std::string_view person);

// A free loopback port: the one in that file, where it is free, else a new one, which is kept
// there. Who knows the address finds it again.
Result<std::uint16_t> kept_port(const std::string& path);

class DemoHub {
 public:
  // Starts `program` (`lineside`) on `folder`, the first time with its people. Errors: unavailable
  // (it ended by itself; its log is named), timeout.
  static Result<std::unique_ptr<DemoHub>> start(const std::string& folder,
                                                const std::string& program);

  const HubAccess& access() const { return access_; }
  const std::string& folder() const { return folder_; }
  // For a browser: makes `you` an account while there is none, else the page where to sign in.
  Result<std::string> page();
  // The edge whose state is in `data_folder` joins, unless it has done so at this address.
  Result<void> take_edge(const std::string& edge, const std::string& data_folder);
  // Error when it has ended by itself.
  Result<void> alive();

 private:
  DemoHub() = default;
  Result<void> start_process(const std::string& program);
  Result<void> make_people(const std::string& setup_token);

  std::string folder_;
  HubAccess access_;
  std::optional<world::Process> process_;
};

}  // namespace lineside::cli
