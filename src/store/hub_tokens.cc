#include "store/hub_tokens.h"

#include <format>
#include <limits>

#include "base/text.h"
#include "store/hub_core_internal.h"

namespace lineside::store {

namespace {

// The year 2116: further away, a time that is taken from another is none.
constexpr std::int64_t kPastTokensMax = std::int64_t{1} << 62;

std::optional<Time> read_used(const Statement& row) {
  constexpr int kUsed = 6;
  if (row.is_null(kUsed)) return std::nullopt;
  return Time{row.count(kUsed, "api_token.used", 0, kPastTokensMax)};
}

// The columns of token_*.sql.
ApiToken read_token(const Statement& row) {
  return {.name = row.text(0),
          .digest = row.text(1),
          .owner = row.text(2),
          .scope = row.text(3),
          .created = Time{row.integer(4)},
          .expires = Time{row.integer(5)},
          .used = read_used(row)};
}

constexpr std::int64_t kUsesMax = std::numeric_limits<std::uint32_t>::max();

// The columns of enrolment_*.sql.
EnrolmentToken read_enrolment(const Statement& row) {
  return {
      .name = row.text(0),
      .digest = row.text(1),
      .site = row.text(2),
      .edge = row.text(3),
      .created_by = row.text(4),
      .created = Time{row.integer(5)},
      .expires = Time{row.integer(6)},
      .max_uses = static_cast<std::uint32_t>(row.count(7, "enrolment_token.max_uses", 0, kUsesMax)),
      .uses = static_cast<std::uint32_t>(row.count(8, "enrolment_token.uses", 0, kUsesMax))};
}

Error name_taken(std::string_view name) {
  return fail(Code::conflict, std::format("token '{}': expected a new one", excerpt(name)));
}

Error no_token(std::string_view name) {
  return fail(Code::not_found, std::format("no token '{}'", excerpt(name)));
}

}  // namespace

Result<void> HubTokens::add(const ApiToken& t, std::span<const AuditEntry> entries) {
  return core_.write([&](HubWriting& writing) -> Result<void> {
    TRY(writing["token_add"]
            .with(t.name, t.digest, t.owner, t.scope, t.created.ns, t.expires.ns, ns_of(t.used))
            .run());
    if (writing.changes() == 0) return name_taken(t.name);
    return writing.add_leaves(entries);
  });
}

Result<ApiToken> HubTokens::find(std::string_view digest) const {
  return core_.read([&](HubConnection& reader) -> Result<ApiToken> {
    std::optional<ApiToken> found;
    TRY(reader.database["token_get"].with(digest).each(
        [&](const Statement& row) { found = read_token(row); }));
    if (found) return *std::move(found);
    return fail(Code::not_found, "no such token");
  });
}

Result<void> HubTokens::expect_secret(std::string_view digest) {
  return core_.write([&](HubWriting& writing) -> Result<void> {
    bool is_there = false;
    TRY(writing["token_get"].with(digest).each([&](const Statement&) { is_there = true; }));
    if (is_there) return {};
    return fail(Code::unauthenticated, "the secret has become void meanwhile");
  });
}

Result<std::vector<ApiToken>> HubTokens::list(std::string_view owner) const {
  return core_.read([&](HubConnection& reader) -> Result<std::vector<ApiToken>> {
    std::vector<ApiToken> found;
    const auto take = [&](const Statement& row) { found.push_back(read_token(row)); };
    if (owner.empty()) {
      TRY(reader.database["token_list"].with().each(take));
    } else {
      TRY(reader.database["token_list_owner"].with(owner).each(take));
    }
    return found;
  });
}

Result<void> HubTokens::touch(std::span<const ApiToken> tokens) {
  return core_.write([&](HubWriting& writing) -> Result<void> {
    for (const ApiToken& token : tokens)
      TRY(writing["token_touch"].with(token.digest, ns_of(token.used)).run());
    return {};
  });
}

Result<void> HubTokens::remove(std::string_view name, std::span<const AuditEntry> entries) {
  return core_.write([&](HubWriting& writing) -> Result<void> {
    TRY(writing["token_delete"].with(name).run());
    if (writing.changes() == 0) return no_token(name);
    return writing.add_leaves(entries);
  });
}

Result<void> HubTokens::add_enrolment(const EnrolmentToken& t,
                                      std::span<const AuditEntry> entries) {
  return core_.write([&](HubWriting& writing) -> Result<void> {
    TRY(writing["enrolment_add"]
            .with(t.name, t.digest, t.site, t.edge, t.created_by, t.created.ns, t.expires.ns,
                  t.max_uses, t.uses)
            .run());
    if (writing.changes() == 0) return name_taken(t.name);
    return writing.add_leaves(entries);
  });
}

Result<EnrolmentToken> HubTokens::use_enrolment(std::string_view digest, Time now) {
  std::optional<EnrolmentToken> used;
  TRY(core_.write([&](HubWriting& writing) {
    return writing["enrolment_use"].with(digest, now.ns).each([&](const Statement& row) {
      used = read_enrolment(row);
    });
  }));
  if (used) return *std::move(used);
  return fail(Code::unauthenticated, "expected an enrolment token that is valid");
}

Result<std::vector<EnrolmentToken>> HubTokens::enrolments(
    std::vector<DamagedEnrolment>* damaged) const {
  return core_.read([&](HubConnection& reader) -> Result<std::vector<EnrolmentToken>> {
    std::vector<EnrolmentToken> found;
    Statement& rows = reader.database["enrolment_list"].with();
    const auto take = [&](EnrolmentToken&& token) { found.push_back(std::move(token)); };
    if (damaged == nullptr)
      TRY(rows.each([&](const Statement& row) { take(read_enrolment(row)); }));
    else
      TRY(rows.take_each(read_enrolment, take, [&](const Statement& row, std::string&& text) {
        damaged->push_back({std::move(text), row.text(0), row.text(2)});
      }));
    return found;
  });
}

Result<void> HubTokens::remove_enrolment(std::string_view name,
                                         std::span<const AuditEntry> entries) {
  return core_.write([&](HubWriting& writing) -> Result<void> {
    TRY(writing["enrolment_delete"].with(name).run());
    if (writing.changes() == 0) return no_token(name);
    return writing.add_leaves(entries);
  });
}

}  // namespace lineside::store
