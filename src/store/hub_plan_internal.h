// What a batch of writes to the catalog means: each against what is stored and against the others,
// and what is wrong with it. Nothing is written here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "store/hub_catalog.h"
#include "store/hub_core_internal.h"

namespace lineside::store {

struct ObjectKey {
  domain::Kind kind = domain::Kind::site;
  std::string_view name;
  bool operator==(const ObjectKey&) const = default;
};
struct ObjectKeyHash {
  std::size_t operator()(const ObjectKey& key) const {
    return std::hash<std::string_view>()(key.name) * 31 + static_cast<std::size_t>(key.kind);
  }
};

inline constexpr std::size_t kNoDraft = static_cast<std::size_t>(-1);

// A reference or a term of a write. Texts are the batch's.
struct DraftLink {
  FieldRole role = FieldRole::term;
  std::string_view name;
  std::string_view value;                         // of a term
  domain::Kind target_kind = domain::Kind::site;  // of a reference, as what follows
  std::int64_t target = 0;
  std::int64_t target_site = 0;         // as stored
  std::size_t target_draft = kNoDraft;  // where the batch changes the target
};

// One write with what is stored of its object.
struct Draft {
  const ObjectWrite* write = nullptr;
  std::int64_t id = 0;
  bool is_stored = false;
  bool is_hidden = false;     // stored, and taken as if it were not: the author does not see it
  std::int64_t revision = 0;  // stored; of a buried object its last one
  std::int64_t old_site = 0;
  Bytes old_links;
  ObjectChange change = ObjectChange::unchanged;
  std::vector<DraftLink> links;
  std::int64_t site = 0;

  domain::Kind kind() const { return write->object.kind; }
  std::string_view name() const { return write->object.name; }
  std::int64_t new_revision() const {
    return change == ObjectChange::unchanged ? revision : revision + 1;
  }
};

// Whether objects of the kind belong to a site.
bool has_place(domain::Kind kind);
// The site that the sites of its references' targets give an object; 0: none.
std::int64_t place_by(std::span<const std::pair<domain::Kind, std::int64_t>> targets);

class BatchPlan {
 public:
  // `batch` outlives it. Errors: of the database.
  static Result<BatchPlan> make(HubConnection& connection, const CatalogBatch& batch);

  const std::vector<Draft>& drafts() const { return drafts_; }
  // By index of the write; not empty: the batch must not be stored.
  std::vector<WriteProblem> take_problems() { return std::move(problems_); }
  std::size_t more_problems() const { return more_; }
  std::vector<ObjectOutcome> take_outcomes() { return std::move(outcomes_); }

 private:
  BatchPlan(HubConnection& connection, const CatalogBatch& batch)
      : connection_(&connection), batch_(&batch) {}

  Result<void> find_drafts();
  Result<bool> is_hidden(const Draft& draft);
  Result<void> find_stored(Draft& draft, std::string& spec);
  Result<void> find_draft(Draft& draft, std::int64_t& next_id, bool is_any_buried);
  Result<void> judge(std::size_t index, std::string_view stored_spec);
  Result<void> add_conflict(std::size_t index);
  Result<void> resolve_links();
  Result<void> resolve_reference(std::size_t index, const domain::Ref& ref);
  Result<void> check_erased(std::size_t index, const domain::Ref& ref);
  Result<void> add_dangling(std::size_t index, const domain::Ref& ref, std::string_view why);
  Result<void> check_parents();
  Result<void> check_parent(std::size_t index, std::unordered_map<std::int64_t, int>& depths);
  Result<std::int64_t> parent_of(domain::Kind kind, std::int64_t id);
  Result<void> check_deletions();
  Result<void> check_deletion(std::size_t index);
  std::int64_t place(std::size_t index, int depth);
  Result<void> ask_permission();
  Result<std::string> site_name(std::int64_t id);
  void add_problem(std::size_t index, Code code, std::string text, std::string field = {});
  Statement& statement(std::string_view name) { return connection_->database[name]; }

  HubConnection* connection_;
  const CatalogBatch* batch_;
  std::vector<Draft> drafts_;
  std::vector<unsigned char> places_;  // by draft: 0 unknown, 1 being found, 2 known
  std::unordered_map<ObjectKey, std::size_t, ObjectKeyHash> by_name_;
  std::unordered_map<std::int64_t, std::size_t> by_id_;
  struct Target {
    std::int64_t id = 0;  // 0: there is none
    std::int64_t site = 0;
  };
  std::unordered_map<ObjectKey, Target, ObjectKeyHash> targets_;
  std::unordered_map<std::int64_t, std::string> site_names_;
  std::vector<WriteProblem> problems_;
  std::size_t more_ = 0;  // beyond those
  std::vector<ObjectOutcome> outcomes_;
};

}  // namespace lineside::store
