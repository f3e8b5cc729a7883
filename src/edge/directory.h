// The dense numbers of streams in one process: "asset/stream" <-> StreamIndex. Lanes ask on first
// sight of a name only. Thread-safe; a number, once given, never changes.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "domain/reading.h"

namespace lineside::edge {

class StreamDirectory {
 public:
  // Numbers for names already on disk, in order, before any other call.
  void seed(const std::vector<domain::StreamName>& names);
  domain::StreamIndex intern(const domain::StreamName& name);
  // The names numbered from `first` on, for lanes that keep a table of their own.
  std::vector<domain::StreamName> since(std::size_t first) const;
  std::size_t size() const;

 private:
  mutable std::mutex mutex_;
  std::deque<domain::StreamName> names_;
  std::map<std::pair<std::string, std::string>, domain::StreamIndex, std::less<>> numbers_;
};

}  // namespace lineside::edge
