// The dense numbers of streams in one process: "asset/stream" <-> StreamIndex. Lanes ask on first
// sight of a name only. Thread-safe; a number, once given, never changes.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/reading.h"
#include "store/journal.h"

namespace lineside::edge {

class StreamDirectory final : public store::StreamTable {
 public:
  domain::StreamIndex intern(const domain::StreamName& name) override;
  domain::StreamName name(domain::StreamIndex index) const override;
  // Nothing for a name that was never seen.
  std::optional<domain::StreamIndex> find(std::string_view asset, std::string_view stream) const;
  // The names numbered from `first` on, for lanes that keep a table of their own.
  std::vector<domain::StreamName> since(std::size_t first) const;
  std::size_t size() const;

 private:
  mutable std::mutex mutex_;
  std::deque<domain::StreamName> names_;
  std::map<std::pair<std::string, std::string>, domain::StreamIndex, std::less<>> numbers_;
};

}  // namespace lineside::edge
