#include "cli/edge_join.h"

#include <cstdio>
#include <format>

#include "base/text.h"
#include "base/version.h"
#include "cli/options.h"
#include "cli/verbs.h"
#include "domain/reading.h"
#include "net/socket.h"
#include "wire/hub_link.h"
#include "wire/joined_folder.h"
#include "world/clock.h"
#include "world/file_lock.h"
#include "world/files.h"
#include "world/random.h"

namespace lineside::cli {

Result<wire::Identity> join_hub(const wire::JoinOrder& order, const std::string& data_folder) {
  world::Files& files = world::system_files();
  TRY(files.make_directories(data_folder));
  // Not while an edge runs: it would go on under the old name.
  const auto lock = TRY(world::FileLock::take(data_folder + "/lock"));
  net::SystemDialer dialer;
  const wire::Joined joined =
      TRY(wire::join(order, {dialer, world::system_clock(), world::system_random()}));
  TRY(wire::save_joined(data_folder, joined, files));
  return joined.identity;
}

int run_edge_join(const Arguments& arguments) {
  wire::JoinOrder order{
      .url = {}, .token = {}, .ca_sha256 = {}, .edge = {}, .version = std::string(kVersion)};
  std::string data = default_state_folder();
  Options options("edge join", "Joins a hub: this edge runs what it desires from then on.");
  options.required("URL", order.url, "address of the hub, https://HOST:PORT");
  options.required("--token", order.token, "enrolment token, lse_...");
  options.required("--ca-sha256", order.ca_sha256, "fingerprint of the hub's authority");
  options.text("--name", order.edge, "name of this edge; absent: the token's, or a made-up one");
  options.text("--data", data, "folder of the edge's state");
  if (const auto code = options.parse(arguments)) return *code;
  if (!order.edge.empty() && !domain::is_name(order.edge))
    return report("edge join", invalid("--name: expected 1 to 128 of A-Z a-z 0-9 . _ : -, found '" +
                                       excerpt(order.edge, 60) + "'"));
  const auto identity = join_hub(order, data);
  if (!identity) return report("edge join", identity.error());
  std::fputs(std::format("edge {} has joined {}; run it with: lineside edge --data {}\n",
                         identity->edge, identity->hub, data)
                 .c_str(),
             stdout);
  return 0;
}

}  // namespace lineside::cli
