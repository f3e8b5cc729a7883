// The process log: one line per event on stderr, `time level module: text key=value`.
// Thread-safe. Never log payloads of readings, tokens or passwords.
#pragma once

#include <format>
#include <string_view>

namespace lineside::log {

enum class Level : unsigned char { debug, info, warn, error };

void set_level(Level level);
void write(Level level, std::string_view module, std::string_view text);

template <class... Args>
void info(std::string_view module, std::format_string<Args...> format, Args&&... args) {
  write(Level::info, module, std::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void warn(std::string_view module, std::format_string<Args...> format, Args&&... args) {
  write(Level::warn, module, std::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void error(std::string_view module, std::format_string<Args...> format, Args&&... args) {
  write(Level::error, module, std::format(format, std::forward<Args>(args)...));
}

}  // namespace lineside::log
