// Bytes of any peer: each packet decodes or is refused with a text, never reads past its end, and
// what was decoded encodes to bytes that decode to the same again.
#include "net/mqtt_codec.h"

#include <cstddef>
#include <cstdint>

#include "base/check.h"

namespace {

using lineside::Bytes;
using lineside::ByteView;
using lineside::net::MqttVersion;

// A copy of its own size on the heap, so that AddressSanitizer sees a read past the end.
Bytes copy_of(ByteView bytes) { return {bytes.begin(), bytes.end()}; }

std::size_t take_packet(ByteView in, MqttVersion version) {
  const auto header = lineside::net::decode_header(in);
  if (!header || !*header || in.size() < (*header)->size()) return 0;
  const Bytes body = copy_of(in.subspan((*header)->header_size, (*header)->body_size));
  const auto packet = lineside::net::decode_packet(**header, body, version);
  if (!packet) {
    CHECK(packet.error().code == lineside::Code::corrupt);
    CHECK(!packet.error().text.empty());
    return (*header)->size();
  }
  // A CONNECT says its version itself.
  const auto* connect = std::get_if<lineside::net::MqttConnect>(&*packet);
  const MqttVersion spoken = connect != nullptr ? connect->version : version;
  Bytes first;
  lineside::net::encode(*packet, spoken, first);
  const auto again_header = lineside::net::decode_header(first);
  CHECK(again_header && *again_header && (*again_header)->size() == first.size());
  const auto again = lineside::net::decode_packet(
      **again_header, ByteView(first).subspan((*again_header)->header_size), spoken);
  CHECK(again);
  Bytes second;
  lineside::net::encode(*again, spoken, second);
  CHECK(first == second);
  return (*header)->size();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const MqttVersion version = data[0] % 2 == 0 ? MqttVersion::v5 : MqttVersion::v3_1_1;
  ByteView rest = std::as_bytes(std::span(data, size)).subspan(1);
  while (const std::size_t used = take_packet(rest, version)) rest = rest.subspan(used);
  return 0;
}
