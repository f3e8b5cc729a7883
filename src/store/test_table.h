// A stream table for tests.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "store/journal.h"

namespace lineside::store {

class TestTable final : public StreamTable {
 public:
  domain::StreamIndex intern(const domain::StreamName& name) override {
    std::lock_guard lock(mutex_);
    const auto next = static_cast<domain::StreamIndex>(names_.size());
    const auto [entry, is_new] = indexes_.try_emplace(name.id(), next);
    if (is_new) names_.push_back(name);
    return entry->second;
  }

  domain::StreamName name(domain::StreamIndex index) const override {
    std::lock_guard lock(mutex_);
    return names_.at(index);
  }

  std::size_t size() const {
    std::lock_guard lock(mutex_);
    return names_.size();
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, domain::StreamIndex> indexes_;
  std::vector<domain::StreamName> names_;
};

}  // namespace lineside::store
