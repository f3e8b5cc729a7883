// A progress bar on stderr: redrawn in place on a terminal, one line per tenth elsewhere.
#pragma once

#include <string>
#include <string_view>

#include "base/time.h"

namespace lineside::cli {

class ProgressBar {
 public:
  explicit ProgressBar(std::string title);
  ~ProgressBar();  // ends the line

  void show(std::string_view stage, double done);  // done: 0 to 1
  void finish();

 private:
  const std::string title_;
  const bool terminal_;
  const Time start_;
  Time last_;
  int tenths_ = -1;
  bool open_ = false;
};

}  // namespace lineside::cli
