#include "edge/directory.h"

#include "base/check.h"

namespace lineside::edge {

domain::StreamIndex StreamDirectory::intern(const domain::StreamName& name) {
  std::lock_guard lock(mutex_);
  const auto [it, added] = numbers_.try_emplace({name.asset, name.stream},
                                                static_cast<domain::StreamIndex>(names_.size()));
  if (added) names_.push_back(name);
  return it->second;
}

domain::StreamName StreamDirectory::name(domain::StreamIndex index) const {
  std::lock_guard lock(mutex_);
  CHECK(index < names_.size());
  return names_[index];
}

std::optional<domain::StreamIndex> StreamDirectory::find(std::string_view asset,
                                                         std::string_view stream) const {
  std::lock_guard lock(mutex_);
  const auto it = numbers_.find({std::string(asset), std::string(stream)});
  if (it == numbers_.end()) return std::nullopt;
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
