// A mapping's topic: an MQTT filter in which one level may be {asset}.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace lineside::codec {

class TopicPattern {
 public:
  // Errors: invalid.
  static Result<TopicPattern> compile(std::string_view text);

  // Nothing if the topic does not fit; else the level that names the asset, empty if none does.
  std::optional<std::string_view> match(std::string_view topic) const;

  bool names_asset() const { return names_asset_; }
  std::string filter() const;

 private:
  enum class Kind : unsigned char { literal, any, asset, rest };
  struct Level {
    Kind kind;
    std::string text;
  };

  std::vector<Level> levels_;
  bool names_asset_ = false;
};

}  // namespace lineside::codec
