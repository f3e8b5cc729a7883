#include "connect/connector.h"

namespace lineside::connect {

void Arrival::clear() {
  readings.clear();
  ack = 0;
  messages = 0;
  bytes = 0;
  rejects.clear();
  received = {};
  published.clear();
}

}  // namespace lineside::connect
