#include "edge/directory.h"

#include "base/check.h"

namespace lineside::edge {

void StreamDirectory::seed(const std::vector<domain::StreamName>& names) {
  CHECK(size() == 0);
  for (const auto& name : names) intern(name);
}

domain::StreamIndex StreamDirectory::intern(const domain::StreamName& name) {
  std::lock_guard lock(mutex_);
  const auto [it, added] = numbers_.try_emplace(
      {name.asset, name.stream}, static_cast<domain::StreamIndex>(names_.size()));
  if (added) names_.push_back(name);
  return it->second;
}

std::vector<domain::StreamName> StreamDirectory::since(std::size_t first) const {
  std::lock_guard lock(mutex_);
  if (first >= names_.size()) return {};
  return {names_.begin() + static_cast<std::ptrdiff_t>(first), names_.end()};
}

std::size_t StreamDirectory::size() const {
  std::lock_guard lock(mutex_);
  return names_.size();
}

}  // namespace lineside::edge
