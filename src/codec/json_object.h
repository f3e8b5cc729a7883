// Reads a JSON object into a struct by its field table: what is unknown, missing, given twice, of
// another type or out of range is named. For short messages of callers, not for telemetry.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/result.h"
#include "domain/fields.h"

namespace lineside::codec {

// Where one member goes.
struct JsonChoice {
  std::span<const std::string_view> names;
  void* target;
  void (*set)(void* target, std::size_t index);
};
using JsonTarget = std::variant<std::string*, bool*, double*, std::int64_t*, JsonChoice>;

struct JsonSlot {
  std::string_view name;
  domain::Need need = domain::Need::optional;
  double min = 0;  // of numbers
  double max = 0;
  JsonTarget target;
};

// `text` is one object with these members and no others; null counts as absent. Errors: invalid,
// with the member's name. What was read before an error may be in the targets.
Result<void> read_json_object(std::string_view text, std::span<const JsonSlot> slots);

template <class M>
JsonTarget json_target(M& member) {
  if constexpr (domain::NamedEnum<M>) {
    static constexpr auto kNames = names(static_cast<const M*>(nullptr));
    return JsonChoice{kNames, &member, [](void* target, std::size_t index) {
                        *static_cast<M*>(target) = static_cast<M>(index);
                      }};
  } else {
    return &member;
  }
}

// Fields of S: text, bool, double, int64 and named enums.
template <domain::Described S>
Result<S> from_json(std::string_view text) {
  S object;
  std::vector<JsonSlot> slots;
  domain::each_field<S>([&](const auto& field) {
    slots.push_back(
        {field.name, field.need, field.min, field.max, json_target(object.*field.member)});
  });
  TRY(read_json_object(text, slots));
  return object;
}

}  // namespace lineside::codec
