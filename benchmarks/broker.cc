#include "benchmarks/broker.h"

#include <format>

#include "benchmarks/meter.h"
#include "net/socket.h"
#include "world/files.h"
#include "world/free_port.h"

namespace lineside::benchmarks {

Result<Broker> Broker::start(const std::string& folder) {
  const std::uint16_t port = TRY(world::free_loopback_port());
  const std::string path = folder + "/mosquitto.conf";
  TRY(world::system_files().write_atomic(
      path, as_bytes(std::format("listener {} 127.0.0.1\nallow_anonymous true\npersistence false\n"
                                 "max_queued_messages 0\nmax_inflight_messages 0\n"
                                 "set_tcp_nodelay true\nlog_dest stderr\nlog_type error\n",
                                 port))));
  auto process =
      TRY(world::Process::start({.command = {"mosquitto", "-c", path},
                                 .stdout_file = folder + "/broker.log",
                                 .stderr_file = folder + "/broker.log",
                                 .environment = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}}));
  net::SystemDialer dialer;
  for (int attempt = 0; attempt < 500; ++attempt) {
    if (process.wait({})) return fail(Code::unavailable, "the broker ended: see " + folder);
    if (dialer.dial({"127.0.0.1", port}, {}, Duration::seconds(1)))
      return Broker(std::move(process), port);
    pause(Duration::millis(10));
  }
  return fail(Code::timeout, "the broker does not answer: see " + folder);
}

}  // namespace lineside::benchmarks
