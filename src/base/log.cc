#include "base/log.h"

#include <array>
#include <memory>
#include <string>

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "base/check.h"
#include "base/text.h"

namespace lineside::log {

namespace {

constexpr std::size_t kLineMax = 8'192;

struct LevelName {
  spdlog::level::level_enum spdlog_level;
  std::string_view name;
};

const LevelName& describe(Level level) {
  static constexpr std::array<LevelName, 4> kNames = {{{spdlog::level::debug, "debug"},
                                                       {spdlog::level::info, "info"},
                                                       {spdlog::level::warn, "warn"},
                                                       {spdlog::level::err, "error"}}};
  const auto index = static_cast<std::size_t>(level);
  CHECK(index < kNames.size());
  return kNames[index];
}

spdlog::logger& logger() {
  static spdlog::logger* const instance = [] {
    auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    // tidy: never destroyed, because a destructor that runs at exit may still log.
    auto* made = new spdlog::logger("lineside", std::move(sink));
    made->set_formatter(std::make_unique<spdlog::pattern_formatter>(
        "%Y-%m-%dT%H:%M:%S.%eZ %v", spdlog::pattern_time_type::utc));
    made->set_level(spdlog::level::info);
    return made;
  }();
  return *instance;
}

}  // namespace

void set_level(Level level) { logger().set_level(describe(level).spdlog_level); }

void write(Level level, std::string_view module, std::string_view text) {
  const LevelName& named = describe(level);
  if (!logger().should_log(named.spdlog_level)) return;
  std::string line(named.name);
  line += ' ';
  line += module;
  line += ": ";
  // Outside text must not forge a second line or move the terminal's cursor.
  line += excerpt(text, kLineMax);
  logger().log(named.spdlog_level, spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace lineside::log
