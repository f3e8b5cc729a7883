#include <utility>

#include "store/hub_fields_internal.h"

namespace lineside::store {

using domain::Kind;

// Their numbers are in databases.
static_assert(static_cast<int>(Kind::site) == 0 && static_cast<int>(Kind::token) == 13);
static_assert(static_cast<int>(Kind::stream) == 4 && static_cast<int>(Kind::person) == 11);
static_assert(static_cast<int>(FieldRole::site) == 2);

Result<void> FieldTable::refresh(Database& database) {
  std::int64_t last = 0;
  TRY(database["field_last"].with().each([&](const Statement& row) { last = row.integer(0); }));
  if (std::cmp_equal(last, rows_.size())) return {};
  clear();
  const auto read = database["field_list"].with().each([&](const Statement& row) {
    keep({.id = row.integer(0),
          .kind = row.one_of<Kind>(1, "field.kind"),
          .name = row.text(2),
          .role = row.one_of<FieldRole>(3, "field.role"),
          .target = row.one_of<Kind>(4, "field.target")});
  });
  if (!read) {
    clear();  // what was read before the error is not the table
    return read.error();
  }
  if (rows_.empty() || rows_.back().id == std::ssize(rows_)) return {};
  return fail(Code::corrupt, "the numbers of the hub database's fields have gaps");
}

void FieldTable::clear() {
  rows_.clear();
  by_key_.clear();
}

void FieldTable::keep(FieldRow row) {
  by_key_.emplace(Key(row.kind, row.role, row.target, row.name), rows_.size());
  rows_.push_back(std::move(row));
}

const FieldRow* FieldTable::by_id(std::int64_t id) const {
  if (id < 1 || std::cmp_greater(id, rows_.size())) return nullptr;
  return &rows_[static_cast<std::size_t>(id - 1)];
}

const FieldRow* FieldTable::find(Kind kind, std::string_view name) const {
  for (const FieldRow& row : rows_)
    if (row.kind == kind && row.name == name && row.role != FieldRole::site) return &row;
  return nullptr;
}

const FieldRow* FieldTable::site_of(Kind kind) const {
  const auto found = by_key_.find(Key(kind, FieldRole::site, Kind::site, std::string()));
  return found == by_key_.end() ? nullptr : &rows_[found->second];
}

std::vector<const FieldRow*> FieldTable::referring_to(Kind target) const {
  std::vector<const FieldRow*> found;
  for (const FieldRow& row : rows_)
    if (row.role == FieldRole::reference && row.target == target) found.push_back(&row);
  return found;
}

Result<const FieldRow*> FieldTable::obtain(Database& database, const FieldRow& field) {
  const auto found = by_key_.find(Key(field.kind, field.role, field.target, field.name));
  if (found != by_key_.end()) return &rows_[found->second];
  FieldRow added = field;
  added.id = std::ssize(rows_) + 1;
  TRY(database["field_add"]
          .with(added.id, static_cast<int>(added.kind), added.name, static_cast<int>(added.role),
                static_cast<int>(added.target))
          .run());
  keep(std::move(added));
  return &rows_.back();
}

Bytes encode_links(const std::vector<Link>& links) {
  Bytes bytes;
  ByteWriter out(bytes);
  for (const Link& link : links) {
    out.put(static_cast<std::uint32_t>(link.field->id));
    if (link.field->role == FieldRole::reference) {
      out.put(link.target);
    } else {
      out.put_string(link.value);
    }
  }
  return bytes;
}

Result<std::vector<Link>> decode_links(ByteView bytes, const FieldTable& fields) {
  std::vector<Link> links;
  ByteReader in(bytes);
  while (in.remaining() > 0) {
    Link link{.field = fields.by_id(in.get<std::uint32_t>())};
    if (link.field == nullptr) break;
    if (link.field->role == FieldRole::reference) {
      link.target = in.get<std::int64_t>();
    } else {
      link.value = in.get_string();
    }
    if (!in.ok()) break;
    links.push_back(std::move(link));
  }
  if (in.ok() && in.remaining() == 0) return links;
  return fail(Code::corrupt,
              "object.links: expected fields with ids and texts, found something else");
}

}  // namespace lineside::store
