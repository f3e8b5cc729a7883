// A hub's database that somebody has changed by hand. For tests.
#pragma once

#include <string>

#include <gtest/gtest.h>

#include "store/database_internal.h"

namespace lineside {

// Also while a hub has it open.
inline void change_database(const std::string& path, const std::string& sql) {
  auto database = store::Database::open(path, store::Access::write);
  ASSERT_TRUE(database) << database.error().text;
  const auto done = database->execute(sql);
  ASSERT_TRUE(done) << sql << ": " << done.error().text;
}

}  // namespace lineside
