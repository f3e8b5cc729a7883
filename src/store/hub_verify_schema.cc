#include <array>
#include <format>
#include <map>
#include <utility>

#include "base/text.h"
#include "store/hub_verify_internal.h"

namespace lineside::store {

namespace {

// Type, name and table of what a schema has -> its SQL.
using Schema = std::map<std::array<std::string, 3>, std::string>;

Result<Schema> schema_of(Database& database) {
  Schema schema;
  TRY(database.each("SELECT type, name, tbl_name, sql FROM sqlite_schema",
                    [&](const Statement& row) {
                      schema[{row.text(0), row.text(1), row.text(2)}] = row.text(3);
                    }));
  return schema;
}

Result<Schema> schema_of_version(std::int64_t version) {
  Database database = TRY(Database::in_memory());
  for (const Migration& step : migrations(hub_sql()))
    if (step.version <= version) TRY(database.execute(step.sql));
  return schema_of(database);
}

std::string shown(const Schema::key_type& key) {
  const auto& [type, name, table] = key;
  if (name == table) return std::format("{} '{}'", excerpt(type), excerpt(name));
  return std::format("{} '{}' of '{}'", excerpt(type), excerpt(name), excerpt(table));
}

}  // namespace

Result<void> check_schema(Database& database, std::int64_t version) {
  const Schema found = TRY(schema_of(database));
  Schema expected = TRY(schema_of_version(version));
  Differences differences;
  for (const auto& [key, sql] : found) {
    const auto made = expected.extract(key);
    if (!made)
      differences.add(std::format("the hub database has a {} that no hub makes", shown(key)));
    else if (made.mapped() != sql)
      differences.add(
          std::format("the hub database's {} is not the one that a hub makes", shown(key)));
  }
  for (const auto& [key, sql] : expected)
    differences.add(std::format("the hub database has no {}", shown(key)));
  return differences.result();
}

}  // namespace lineside::store
