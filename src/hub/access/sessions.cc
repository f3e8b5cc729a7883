#include "hub/access/sessions.h"

#include <algorithm>

#include "base/text.h"
#include "crypt/digest.h"
#include "hub/audit_entry.h"

namespace lineside::hub {

namespace {

constexpr std::size_t kSessionSecretBytes = 32;
constexpr Duration kTouchEvery = Duration::seconds(60);
constexpr std::size_t kTouchedMax = 100'000;

Error unknown_session() {
  return fail(Code::unauthenticated, "the session has ended; sign in again");
}
Error unknown_program() {
  return fail(Code::unauthenticated, "the bearer token is not known, has expired or was revoked");
}

Error outgrown_secret() {
  return fail(Code::unauthenticated,
              "the token may do more than when this secret was issued; ask for a new secret");
}

// Not found means that nobody is there; everything else is an error of its own.
Error as_unauthenticated(const Error& error, Error otherwise) {
  return error.code == Code::not_found ? std::move(otherwise) : error;
}

}  // namespace

Result<void> remove_secret(store::HubTokens& tokens, const std::string& name) {
  const auto removed = tokens.remove(name, {});
  if (!removed && removed.error().code != Code::not_found) return removed;
  return {};
}

std::string Sessions::digest_of(std::string_view secret) {
  return crypt::sha256_hex(as_bytes(secret));
}

// Follows from the token, so that a page which was opened again can be told; the other way round
// there is no way.
std::string Sessions::csrf_of(std::string_view token) {
  return to_hex(crypt::hmac_sha256(as_bytes(token), as_bytes("lineside csrf")));
}

Result<SignedIn> Sessions::begin(const std::string& person,
                                 std::span<const store::AuditEntry> entries) {
  const Time now = hub_.world().clock.now();
  SignedIn signed_in;
  signed_in.person = person;
  signed_in.token = "lss_" + hub_.world().random.token(kSessionSecretBytes);
  signed_in.csrf = csrf_of(signed_in.token);
  signed_in.expires = now + kIdle;
  store::HubLogins& logins = hub_.db().logins();
  const auto open = TRY(logins.sessions(person));
  for (std::size_t i = kPerPerson - 1; i < open.size(); ++i)
    TRY(logins.end_session(open[i].digest, {}));
  TRY(logins.begin_session(
      {digest_of(signed_in.token), person, digest_of(signed_in.csrf), now, now, signed_in.expires},
      entries));
  return signed_in;
}

bool Sessions::is_time_to_touch(const std::string& digest, Time now) {
  const std::lock_guard lock(mutex_);
  if (touched_.size() >= kTouchedMax) touched_.clear();
  const auto [it, is_new] = touched_.try_emplace(digest, now);
  if (!is_new && now - it->second < kTouchEvery && now >= it->second) return false;
  it->second = now;
  return true;
}

Result<store::LoginSession> Sessions::known_session(const std::string& digest, Time now) const {
  auto session = hub_.db().logins().session(digest);
  if (!session) return as_unauthenticated(session.error(), unknown_session());
  if (session->expires <= now) return unknown_session();
  return session;
}

Result<Caller> Sessions::caller_of(const store::LoginSession& session) {
  auto grants = grants_.of_person(session.person);
  if (!grants) return as_unauthenticated(grants.error(), unknown_session());
  return Caller{session.person, "", session.digest, *grants};
}

Result<Caller> Sessions::find(std::string_view token) {
  const Time now = hub_.world().clock.now();
  auto session = TRY(known_session(digest_of(token), now));
  auto caller = TRY(caller_of(session));
  if (now - session.seen >= kTouchEvery && is_time_to_touch(session.digest, now)) {
    session.seen = now;
    session.expires = std::min(now + kIdle, session.created + kLife);
    TRY(hub_.db().logins().touch_sessions(std::span(&session, 1)));
  }
  return caller;
}

Result<Caller> Sessions::look_again(const Caller& caller) {
  const Time now = hub_.world().clock.now();
  if (caller.is_session()) return caller_of(TRY(known_session(caller.session, now)));
  return caller_of(TRY(known_secret(caller.secret, now)), now);
}

Result<void> Sessions::end(const Caller& caller) {
  const std::string actor = TRY(actor_of(hub_.db().audit(), caller));
  const auto entry = audit_entry(hub_.world().clock.now(), "session.ended", actor, "");
  return hub_.db().logins().end_session(caller.session, std::span(&entry, 1));
}

Result<void> Sessions::end_expired() {
  return hub_.db().logins().end_expired(hub_.world().clock.now());
}

Result<store::ApiToken> Sessions::known_secret(const std::string& digest, Time now) const {
  auto token = hub_.db().tokens().find(digest);
  if (!token) return as_unauthenticated(token.error(), unknown_program());
  if (token->expires <= now) return unknown_program();
  return token;
}

Result<Caller> Sessions::caller_of(const store::ApiToken& secret, Time now) {
  auto known = grants_.of_token(secret.name);
  if (!known) return as_unauthenticated(known.error(), unknown_program());
  const TokenGrants& allowed = **known;
  if (allowed.spec.expires <= now) return unknown_program();
  const auto within = grants_.is_within(SecretUse::token, secret.name, secret);
  if (!within) return as_unauthenticated(within.error(), unknown_program());
  if (!*within) return outgrown_secret();
  return Caller{allowed.spec.person, secret.name, "",
                std::shared_ptr<const Grants>(*known, &allowed.grants), secret.digest};
}

Result<Caller> Sessions::find_program(std::string_view secret) {
  const Time now = hub_.world().clock.now();
  auto token = TRY(known_secret(digest_of(secret), now));
  auto caller = TRY(caller_of(token, now));
  if ((!token.used || now - *token.used >= kTouchEvery) && is_time_to_touch(token.digest, now)) {
    token.used = now;
    TRY(hub_.db().tokens().touch(std::span(&token, 1)));
  }
  return caller;
}

Result<NewSecret> Sessions::issue_secret(const Caller& caller, const std::string& token) {
  const Time now = hub_.world().clock.now();
  const auto seen = TRY(hub_.db().catalog().get(domain::Kind::token, token));
  // What is looked at is what the secret is issued for, whatever changes meanwhile.
  const SecretScope scope = TRY(grants_.scope_of(SecretUse::token, token));
  const auto allowed = TRY(grants_.of_token(token));
  if (!caller.grants->may(domain::Permission::manage_tokens, scope.site))
    return fail(Code::denied, "expected permission manage_tokens at the token's site");
  if (!caller.grants->cover(TRY(grants_.grants_of(scope))))
    return fail(Code::denied, "the token may do what you may not");
  if (allowed->spec.expires <= now) return invalid("the token has expired");
  const NewSecret made{"lst_" + hub_.world().random.token(kSessionSecretBytes),
                       allowed->spec.expires};
  const std::string actor = TRY(actor_of(hub_.db().audit(), caller));
  const auto entry = audit_entry(now, "token.issued", actor, "Token/" + token);
  const store::ApiToken stored{
      token, digest_of(made.secret), allowed->spec.person, to_text(scope), now, made.expires, {}};
  TRY(hub_.db().together([&]() -> Result<void> {
    TRY(expect_caller(hub_.db(), caller));
    TRY(hub_.db().catalog().expect({domain::Kind::token, token}, seen.revision.number));
    TRY(remove_secret(hub_.db().tokens(), token));
    return hub_.db().tokens().add(stored, std::span(&entry, 1));
  }));
  return made;
}

}  // namespace lineside::hub
