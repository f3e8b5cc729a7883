#include "cli/progress.h"

#include <algorithm>
#include <cstdio>
#include <format>
#include <unistd.h>

#include "world/clock.h"

namespace lineside::cli {

ProgressBar::ProgressBar(std::string title)
    : title_(std::move(title)),
      terminal_(isatty(STDERR_FILENO) != 0),
      start_(world::system_clock().steady()),
      last_(start_ - Duration::seconds(1)) {}

ProgressBar::~ProgressBar() {
  if (open_) std::fputs("\n", stderr);
}

void ProgressBar::show(std::string_view stage, double done) {
  constexpr int kWidth = 30;
  const Time now = world::system_clock().steady();
  const double share = std::clamp(done, 0.0, 1.0);
  const double seconds = (now - start_).as_seconds();
  if (!terminal_) {
    const int tenths = static_cast<int>(share * 10);
    if (tenths == tenths_) return;
    tenths_ = tenths;
    std::fputs(
        std::format("{}: {:3.0f} % {:6.1f} s  {}\n", title_, share * 100, seconds, stage).c_str(),
        stderr);
    return;
  }
  if (now - last_ < Duration::millis(80) && share < 1) return;
  last_ = now;
  const int filled = static_cast<int>(share * kWidth);
  std::string bar;
  for (int i = 0; i < kWidth; ++i) bar += i < filled ? "█" : "░";
  std::fputs(
      std::format("\r\x1b[K{} {} {:3.0f} % {:6.1f} s  {}", title_, bar, share * 100, seconds, stage)
          .c_str(),
      stderr);
  open_ = true;
}

void ProgressBar::finish() {
  show("done", 1);
  if (open_) std::fputs("\n", stderr);
  open_ = false;
}

}  // namespace lineside::cli
