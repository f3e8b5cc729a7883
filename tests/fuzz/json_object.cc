// The body of a verdict from any caller: it is read or refused with a text, and what was read
// reads the same once written.
#include "codec/json_object.h"

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/check.h"
#include "base/text.h"
#include "codec/json_writer.h"

namespace {

enum class Size : unsigned char { small, large };
constexpr auto names(const Size*) { return std::array<std::string_view, 2>{"small", "large"}; }

struct Message {
  std::string text;
  double number = 0;
  std::int64_t count = 0;
  bool truth = false;
  Size size = Size::small;
  bool operator==(const Message&) const = default;
};
constexpr auto fields(const Message*) {
  using lineside::domain::field;
  return std::tuple(field("text", &Message::text, "").required(),
                    field("number", &Message::number, ""), field("count", &Message::count, ""),
                    field("truth", &Message::truth, ""), field("size", &Message::size, ""));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using lineside::codec::from_json;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto message = from_json<Message>(text);
  if (!message) {
    CHECK(message.error().code == lineside::Code::invalid);
    CHECK(lineside::is_utf8(message.error().text));
    return 0;
  }
  CHECK(lineside::is_utf8(message->text));
  lineside::codec::JsonWriter json;
  json.value(*message);
  const auto again = from_json<Message>(json.text());
  CHECK(again && *again == *message);
  return 0;
}
