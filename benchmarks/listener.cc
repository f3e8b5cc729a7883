// The subscriber that others are measured against: libmosquitto with a callback that only counts.
#include <charconv>
#include <cstdio>
#include <string>

#include <mosquitto.h>

#include "benchmarks/clients.h"

namespace lineside::benchmarks {

namespace {

struct Session {
  std::string topic;
  int qos = 0;
  Board* board = nullptr;
};

void on_connect(mosquitto* client, void* object, int) {
  auto& session = *static_cast<Session*>(object);
  mosquitto_subscribe(client, nullptr, session.topic.c_str(), session.qos);
}

void on_subscribe(mosquitto*, void* object, int, int, const int*) {
  static_cast<Session*>(object)->board->ready.store(1);
}

void on_message(mosquitto*, void* object, const mosquitto_message*) {
  Board& board = *static_cast<Session*>(object)->board;
  const std::uint64_t received = board.received.load(std::memory_order_relaxed) + 1;
  board.received.store(received, std::memory_order_relaxed);
  board.finished.store(received, std::memory_order_relaxed);
}

}  // namespace

int listener_main(const std::vector<std::string>& arguments) {
  if (arguments.size() != 6) return 2;
  auto board = SharedBoard::open(arguments[5]);
  if (!board) return 1;
  Session session{arguments[2], std::stoi(arguments[3]), &**board};
  const auto in_flight = static_cast<unsigned>(std::stoul(arguments[4]));
  mosquitto_lib_init();
  mosquitto* client = mosquitto_new(nullptr, true, &session);
  if (client == nullptr) return 1;
  // The in-flight limit of a subscriber is the Receive Maximum of MQTT 5.
  mosquitto_int_option(client, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
  if (in_flight < 65535)
    mosquitto_int_option(client, MOSQ_OPT_RECEIVE_MAXIMUM, static_cast<int>(in_flight));
  mosquitto_int_option(client, MOSQ_OPT_TCP_NODELAY, 1);
  mosquitto_connect_callback_set(client, on_connect);
  mosquitto_subscribe_callback_set(client, on_subscribe);
  mosquitto_message_callback_set(client, on_message);
  if (mosquitto_connect(client, "127.0.0.1", std::stoi(arguments[1]), 600) != MOSQ_ERR_SUCCESS)
    return 1;
  const int end = mosquitto_loop_forever(client, -1, 1);
  std::fprintf(stderr, "listener: %s\n", mosquitto_strerror(end));
  return 1;
}

}  // namespace lineside::benchmarks
