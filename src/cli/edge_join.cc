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
#include "world/process.h"
#include "world/random.h"

namespace lineside::cli {

namespace {

// What goes with the error: what to do about it.
Error with_advice(const Error& error, std::string_view advice) {
  return fail(error.code, std::format("{}; {}", error.text, advice));
}

Error join_error(const Error& error) {
  switch (error.code) {
    case Code::unavailable:
    case Code::timeout:
      return with_advice(error,
                         "is the hub running, and is this an address of it that this "
                         "machine can reach?");
    case Code::unauthenticated:
      return with_advice(error, "make a new token on the hub's page Edges");
    case Code::denied:
      // What the hub itself has to say needs no more.
      if (error.text.contains("the hub says: ")) return error;
      return with_advice(error,
                         "compare --ca-sha256 with the line that the hub prints at its start");
    default:
      return error;
  }
}

// Before the token is used up. An edge that runs would go on under the old name.
Result<world::FileLock> prepare(const std::string& data_folder, world::Files& files) {
  const std::string probe = data_folder + "/joined.try";
  const auto write = [&]() -> Result<void> {
    TRY(files.make_directories(data_folder));
    TRY(files.write_atomic(probe, {}));
    return files.remove(probe);
  };
  if (const auto written = write(); !written)
    return with_advice(written.error(), "give a folder that you may write to with --data");
  auto lock = world::FileLock::take(data_folder + "/lock");
  if (lock || lock.error().code != Code::conflict) return lock;
  return with_advice(lock.error(),
                     "end the edge that runs there, or give another folder with --data");
}

}  // namespace

Result<wire::Identity> join_hub(const wire::JoinOrder& order, const std::string& data_folder) {
  world::Files& files = world::system_files();
  TRY(wire::check_order(order));
  const auto lock = TRY(prepare(data_folder, files));
  net::SystemDialer dialer;
  const auto joined = wire::join(order, {dialer, world::system_clock(), world::system_random()});
  if (!joined) return join_error(joined.error());
  // Until here a signal ends us and leaves nothing; from here on it waits for both files.
  world::catch_signals();
  TRY(wire::forget_other(data_folder, *joined, files));
  TRY(wire::save_joined(data_folder, *joined, files));
  return joined->identity;
}

Result<void> note_address(wire::Joined& joined, const std::string& url,
                          const std::string& data_folder) {
  world::Files& files = world::system_files();
  const auto lock = TRY(prepare(data_folder, files));
  joined.identity.url = url;
  return wire::save_joined(data_folder, joined, files);
}

int run_edge_join(const Arguments& arguments) {
  wire::JoinOrder order{
      .url = {}, .token = {}, .ca_sha256 = {}, .edge = {}, .version = std::string(kVersion)};
  std::string data = default_edge_folder();
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
