#include <algorithm>
#include <cctype>
#include <format>
#include <unordered_set>
#include <utility>

#include "base/text.h"
#include "domain/fields.h"
#include "store/hub_catalog.h"
#include "store/hub_core_internal.h"
#include "store/hub_rows_internal.h"
#include "store/hub_walk_internal.h"

namespace lineside::store {

using domain::Kind;

namespace {

constexpr std::size_t kListLooksPerPage = 20'000;
constexpr std::size_t kCountMax = 10'000;
constexpr std::size_t kLookedAtPerCount = 100'000;

}  // namespace

namespace {

// One that an index has led to.
Result<StoredObject> read_one(Database& database, std::int64_t id, std::optional<Kind> kind) {
  std::optional<StoredObject> found;
  TRY(database["object_get_id"].with(id).each(
      [&](const Statement& row) { found = read_object(row); }));
  if (!found) return fail(Code::corrupt, std::format("term: expected an object of id {}", id));
  if (!kind || found->kind == *kind) return *std::move(found);
  return fail(Code::corrupt, std::format("{}: term: expected a {}", shown(found->kind, found->name),
                                         to_text(*kind)));
}

// Whether what is wrong with one object is told beside the others.
bool is_told(const Error& error, std::vector<std::string>* damaged) {
  if (damaged == nullptr || error.code != Code::corrupt) return false;
  damaged->push_back(error.text);
  return true;
}

}  // namespace

Result<ObjectPage> HubCatalog::list(const ObjectQuery& query) const {
  return core_.read_at_once([&](HubConnection& reader) -> Result<ObjectPage> {
    ObjectWalk walk = TRY(ObjectWalk::begin(reader, query));
    ObjectPage page;
    for (const std::int64_t id : TRY(walk.next(query.limit, kListLooksPerPage))) {
      auto object = read_one(reader.database, id, query.kind);
      if (object)
        page.objects.push_back(*std::move(object));
      else if (!is_told(object.error(), query.damaged))
        return object.error();
    }
    if (!walk.is_at_end()) page.next = walk.cursor();
    return page;
  });
}

Result<ObjectCount> HubCatalog::count(const ObjectQuery& query) const {
  return core_.read_at_once([&](HubConnection& reader) -> Result<ObjectCount> {
    ObjectCount result;
    if (query.filters.empty() && query.prefix.empty() && !query.sites) {
      TRY(reader.database["kind_count_get"]
              .with(static_cast<int>(query.kind))
              .each([&](const Statement& row) {
                result.count = static_cast<std::uint64_t>(row.count(0, "kind_count.count", 1));
              }));
      return result;
    }
    ObjectQuery all = query;
    all.cursor.clear();
    ObjectWalk walk = TRY(ObjectWalk::begin(reader, all));
    result.count = TRY(walk.next(kCountMax, kLookedAtPerCount)).size();
    result.exact = walk.is_at_end();
    return result;
  });
}

// ---- Search ------------------------------------------------------------------------------------

namespace {

constexpr std::size_t kTrigram = 3;
constexpr std::size_t kHitsLookedAt = 2'000;

std::string folded(std::string_view text) {
  std::string low(text);
  for (char& c : low)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return low;
}

// Where each character of a UTF-8 text begins, and its end.
std::vector<std::size_t> character_starts(std::string_view text) {
  std::vector<std::size_t> starts;
  for (std::size_t i = 0; i < text.size(); ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) starts.push_back(i);
  starts.push_back(text.size());
  return starts;
}

// All trigrams of the text, in the language of FTS5; empty for a text that has none.
std::string trigram_query(std::string_view text) {
  const auto starts = character_starts(text);
  std::string query;
  for (std::size_t i = 0; i + kTrigram < starts.size(); ++i) {
    if (!query.empty()) query += " AND ";
    query += '"';
    for (const char c : text.substr(starts[i], starts[i + kTrigram] - starts[i]))
      query += c == '"' ? "\"\"" : std::string(1, c);
    query += '"';
  }
  return query;
}

// The hits of one search, best first.
class Hits {
 public:
  Hits(HubConnection& reader, const SearchQuery& query)
      : reader_(reader), query_(query), text_(folded(query.text)) {}

  Result<void> add_by_name(Kind kind) {
    ObjectQuery named{.kind = kind,
                      .filters = {},
                      .prefix = query_.text,
                      .sites = query_.sites,
                      .limit = query_.limit,
                      .cursor = {}};
    ObjectWalk walk = TRY(ObjectWalk::begin(reader_, named));
    for (const std::int64_t id : TRY(walk.next(query_.limit, kHitsLookedAt))) TRY(add(id));
    return {};
  }

  // By trigrams, which a hit may have in another order: it is looked at. So is everybody.
  Result<void> add_anywhere() {
    const std::string wanted = trigram_query(query_.text);
    if (wanted.empty()) return {};
    std::vector<std::int64_t> ids;
    const auto take = [&](const Statement& row) { ids.push_back(row.integer(0)); };
    TRY(reader_.database["search_find"].with(wanted, kHitsLookedAt).each(take));
    TRY(reader_.database["object_list"]
            .with(static_cast<int>(Kind::person), std::string(), prefix_end({}), kHitsLookedAt)
            .each(take));
    ObjectQuery placed;
    placed.sites = query_.sites;
    const ObjectWalk walk = TRY(ObjectWalk::begin(reader_, placed));
    for (const std::int64_t id : ids) {
      if (objects_.size() >= 2 * query_.limit) break;
      if (TRY(is_hit(id, walk))) TRY(add(id));
    }
    return {};
  }

  std::vector<StoredObject> take() {
    std::ranges::stable_sort(objects_, {}, [this](const StoredObject& object) {
      const std::string name = folded(object.name);
      if (name == text_) return 0;
      return name.starts_with(text_) ? 1 : 2;
    });
    if (objects_.size() > query_.limit) objects_.resize(query_.limit);
    return std::move(objects_);
  }

 private:
  Result<bool> is_hit(std::int64_t id, const ObjectWalk& walk) {
    bool is_wanted = false;
    std::string text;
    TRY(reader_.database["search_text"].with(id).each([&](const Statement& row) {
      const auto kind = row.one_of<Kind>(0, "object.kind");
      is_wanted = (query_.kinds.empty() || std::ranges::contains(query_.kinds, kind)) &&
                  walk.has_site(row.integer(1));
      text = row.text(2);
    }));
    return is_wanted && folded(text).contains(text_);
  }

  Result<void> add(std::int64_t id) {
    if (!known_.insert(id).second) return {};
    auto object = read_one(reader_.database, id, std::nullopt);
    if (object)
      objects_.push_back(*std::move(object));
    else if (!is_told(object.error(), query_.damaged))
      return object.error();
    return {};
  }

  HubConnection& reader_;
  const SearchQuery& query_;
  const std::string text_;
  std::unordered_set<std::int64_t> known_;
  std::vector<StoredObject> objects_;
};

}  // namespace

Result<std::vector<StoredObject>> HubCatalog::search(const SearchQuery& query) const {
  return core_.read_at_once([&](HubConnection& reader) -> Result<std::vector<StoredObject>> {
    Hits hits(reader, query);
    if (query.text.empty()) return hits.take();
    for (std::size_t i = 0; i < domain::kKinds; ++i) {
      const auto kind = static_cast<Kind>(i);
      const bool is_wanted = query.kinds.empty() || std::ranges::contains(query.kinds, kind);
      if (is_wanted) TRY(hits.add_by_name(kind));
    }
    TRY(hits.add_anywhere());
    return hits.take();
  });
}

}  // namespace lineside::store
