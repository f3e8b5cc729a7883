#include "hub/access/accounts.h"

#include <array>
#include <format>

#include "base/log.h"
#include "codec/canonical.h"
#include "codec/catalog.h"
#include "crypt/digest.h"
#include "hub/audit_entry.h"

namespace lineside::hub {

namespace {

constexpr std::size_t kSecretBytes = 32;

Error wrong_password() { return fail(Code::unauthenticated, "person or password is wrong"); }

Result<void> check_new_password(std::string_view password) {
  if (password.size() < Accounts::kPasswordMin || password.size() > Accounts::kPasswordMax)
    return invalid(std::format("password: expected {} to {} bytes, found {}",
                               Accounts::kPasswordMin, Accounts::kPasswordMax, password.size()));
  return {};
}

// The slot for one hash; held while it is computed.
class HashSlot {
 public:
  explicit HashSlot(std::counting_semaphore<2>& slots) : slots_(slots) { slots_.acquire(); }
  ~HashSlot() { slots_.release(); }
  HashSlot(const HashSlot&) = delete;
  HashSlot& operator=(const HashSlot&) = delete;

 private:
  std::counting_semaphore<2>& slots_;
};

// Through the reader of manifests, so that the first person obeys the rules of all others.
Result<domain::CatalogObject> admin_object(const NewAdmin& admin) {
  domain::PersonSpec spec;
  spec.title = admin.title;
  spec.roles = {{"admin", ""}};
  domain::CatalogObject object;
  object.kind = domain::Kind::person;
  object.name = admin.person;
  object.spec = codec::canonical_json(spec);
  auto parsed = codec::parse_objects_json(codec::manifest_json(object), "person");
  if (!parsed.problems.empty()) return codec::error_of(parsed.problems);
  return std::move(parsed.objects.front());
}

Result<void> as_result(const store::Applied& applied) {
  if (applied.problems.empty()) return {};
  return fail(applied.problems.front().code, applied.problems.front().text);
}

Error void_invitation() {
  return fail(Code::denied,
              "the invitation is void: it was used, has expired, or the person may do more than "
              "when it was made; ask for a new link");
}

}  // namespace

Result<std::unique_ptr<Accounts>> Accounts::create(const Parts& parts) {
  std::unique_ptr<Accounts> accounts(new Accounts(parts));  // private constructor
  world::Random& random = parts.hub.world().random;
  accounts->dummy_hash_ = TRY(accounts->hash(random.token(kSecretBytes)));
  if (!TRY(parts.hub.db().logins().any()))
    accounts->setup_token_ = "lsu_" + random.token(kSecretBytes);
  return accounts;
}

Result<bool> Accounts::verify(const std::string& phc, std::string_view password) {
  if (password.size() > kPasswordMax) return false;
  const HashSlot slot(hashing_);
  return crypt::verify_password(phc, password);
}

Result<std::string> Accounts::hash(std::string_view password) {
  std::array<std::byte, 16> salt{};
  parts_.hub.world().random.fill(salt);
  const HashSlot slot(hashing_);
  return crypt::hash_password(password, salt, parts_.cost);
}

void Accounts::deny(const std::string& person, std::string_view subject, std::string_view reason) {
  std::string actor;
  if (!person.empty()) {
    const auto known = parts_.hub.db().audit().find_commitment(person, person);
    if (known && *known) actor = **known;
  }
  parts_.denials.record({"session.denied", actor, std::string(subject), std::string(reason)});
}

std::string Accounts::setup_token() const {
  const std::lock_guard lock(setup_mutex_);
  return setup_token_;
}

Result<SignedIn> Accounts::set_up(std::string_view token, const NewAdmin& admin) {
  const std::lock_guard lock(setup_mutex_);
  if (setup_token_.empty() || !crypt::same_secret(setup_token_, token)) {
    deny("", "setup", "the link is void");
    return fail(Code::denied, "the set-up link is void: it was used, or the hub was started anew");
  }
  TRY(check_new_password(admin.password));
  const auto object = TRY(admin_object(admin));
  const std::string phc = TRY(hash(admin.password));
  Hub& hub = parts_.hub;
  const std::string actor = TRY(hub.db().audit().commitment(admin.person, admin.person));
  const auto entry = audit_entry(now(), "setup.completed", actor, "Person/" + actor);
  const store::ObjectWrite write{object, false, 0};
  store::CatalogBatch batch;
  batch.writes = std::span(&write, 1);
  batch.author = admin.person;
  batch.actor = actor;
  batch.note = "the first person";
  batch.time = now();
  SignedIn signed_in;
  TRY(hub.db().together([&]() -> Result<void> {
    TRY(as_result(TRY(hub.db().catalog().apply(batch))));
    TRY(hub.db().logins().put_password(admin.person, phc, now(), std::span(&entry, 1)));
    signed_in = TRY(parts_.sessions.begin(admin.person, {}));
    return {};
  }));
  setup_token_.clear();
  // It is committed, whoever hears of it; the next change tells this one too.
  if (const auto told = hub.tell_changes(); !told) log::error("hub", "{}", told.error().text);
  return signed_in;
}

Result<void> Accounts::take_try(const std::string& person, Duration& wait) {
  // What cannot be a name shares one bucket, so that long ones do not fill the memory.
  const bool may_exist = domain::is_object_name(domain::Kind::person, person);
  const auto longer = throttle_.take(may_exist ? person : "");
  if (!longer) return {};
  wait = *longer;
  deny(person, "session", "tried too often");
  return fail(Code::exhausted, "tried too often; wait before you try again");
}

// The work for a person who is not there is that for one who is.
Result<std::optional<store::Login>> Accounts::opened_by(const std::string& person,
                                                        std::string_view password) {
  std::optional<store::Login> none;
  auto login = parts_.hub.db().logins().login(person);
  if (!login && login.error().code != Code::not_found) return login.error();
  const bool good = TRY(verify(login ? login->password_hash : dummy_hash_, password));
  if (!login || !good) return none;
  const auto grants = parts_.grants.of_person(person);
  if (!grants && grants.error().code != Code::not_found) return grants.error();
  if (!grants) return none;
  return std::optional(*std::move(login));
}

Result<SignedIn> Accounts::sign_in(const std::string& person, std::string_view password,
                                   Duration& wait) {
  TRY(take_try(person, wait));
  const auto refuse = [&] {
    deny(person, "session", "person or password is wrong");
    return wrong_password();
  };
  const auto login = TRY(opened_by(person, password));
  if (!login) return refuse();
  Hub& hub = parts_.hub;
  const auto actor = known_commitment(hub.db().audit(), person);
  if (!actor && actor.error().code == Code::not_found) return refuse();
  if (!actor) return actor.error();
  const auto entry = audit_entry(now(), "session.begun", *actor, "");
  SignedIn signed_in;
  // To look at a password takes long enough for another one to be set.
  const auto done = hub.db().together([&]() -> Result<void> {
    TRY(hub.db().logins().expect(*login));
    signed_in = TRY(parts_.sessions.begin(person, std::span(&entry, 1)));
    return {};
  });
  if (!done && done.error().code == Code::conflict) return refuse();
  if (!done) return done.error();
  throttle_.give_back(person);
  return signed_in;
}

// Whoever has the link becomes the person.
Result<void> Accounts::check_may_invite(const Caller& caller, const SecretScope& scope) const {
  const Grants& own = *caller.grants;
  for (const AllowedAt& allowed : scope.may)
    if (!own.may(domain::Permission::manage_people, allowed.site))
      return fail(Code::denied, "expected permission manage_people wherever the person may act");
  if (own.cover(TRY(parts_.grants.grants_of(scope)))) return {};
  return fail(Code::denied, "the person may do what you may not");
}

Result<NewSecret> Accounts::invite(const Caller& caller, const std::string& person) {
  Hub& hub = parts_.hub;
  // Who does not read people is not told who is one.
  const bool is_told = caller.grants->sees(domain::Kind::person, "");
  const auto unseen =
      fail(Code::denied, "no active Person of that name, or no right to invite them");
  const auto nobody = [&](const Error& error) {
    if (error.code != Code::not_found) return error;
    return is_told ? fail(Code::not_found, "no active Person of that name") : unseen;
  };
  // Before what it says is looked at: what is stored is for nobody else.
  const auto seen = hub.db().catalog().get(domain::Kind::person, person);
  if (!seen) return nobody(seen.error());
  const auto scope = parts_.grants.scope_of(SecretUse::invitation, person);
  if (!scope) return nobody(scope.error());
  if (auto may = check_may_invite(caller, *scope); !may)
    return is_told || may.error().code != Code::denied ? std::move(may).error() : unseen;
  const NewSecret made{"lsw_" + hub.world().random.token(kSecretBytes), now() + kInvitationLife};
  const std::string actor = TRY(actor_of(hub.db().audit(), caller));
  const std::string subject = TRY(person_subject(hub.db().audit(), person));
  const auto entry = audit_entry(now(), "person.invited", actor, subject);
  const store::ApiToken stored{invitation_name(person),
                               Sessions::digest_of(made.secret),
                               person,
                               to_text(*scope),
                               now(),
                               made.expires,
                               {}};
  TRY(hub.db().together([&]() -> Result<void> {
    TRY(expect_caller(hub.db(), caller));
    TRY(hub.db().catalog().expect({domain::Kind::person, person}, seen->revision.number));
    TRY(remove_secret(hub.db().tokens(), stored.name));
    return hub.db().tokens().add(stored, std::span(&entry, 1));
  }));
  return made;
}

Result<bool> Accounts::still_holds(const store::ApiToken& invitation) {
  auto within = parts_.grants.is_within(SecretUse::invitation, invitation.owner, invitation);
  if (!within && within.error().code == Code::not_found) return false;
  return within;
}

Result<SignedIn> Accounts::accept(std::string_view invitation, std::string_view password) {
  Hub& hub = parts_.hub;
  const auto found = hub.db().tokens().find(Sessions::digest_of(invitation));
  if (!found && found.error().code != Code::not_found) return found.error();
  const bool good = found && found->expires > now() && TRY(still_holds(*found));
  if (!good) {
    deny("", "welcome", "the invitation is void");
    return void_invitation();
  }
  TRY(check_new_password(password));
  const std::string phc = TRY(hash(password));
  const std::string& person = found->owner;
  const std::string actor = TRY(known_commitment(hub.db().audit(), person));
  const auto entry = audit_entry(now(), "password.set", actor, "Person/" + actor);
  SignedIn signed_in;
  bool was_used = false;
  const auto done = hub.db().together([&]() -> Result<void> {
    const auto removed = hub.db().tokens().remove(found->name, {});
    was_used = !removed && removed.error().code == Code::not_found;  // by another request
    if (!removed) return removed;
    TRY(hub.db().logins().put_password(person, phc, now(), std::span(&entry, 1)));
    signed_in = TRY(parts_.sessions.begin(person, {}));
    return {};
  });
  if (was_used) {
    deny("", "welcome", "the invitation is void");
    return void_invitation();
  }
  if (!done) return done.error();
  return signed_in;
}

Result<void> Accounts::change_password(const Caller& caller, std::string_view old,
                                       std::string_view fresh, Duration& wait) {
  TRY(check_new_password(fresh));
  TRY(take_try(caller.person, wait));
  const auto refuse = [&] {
    deny(caller.person, "password", "the old password is wrong");
    return fail(Code::denied, "the old password is wrong");
  };
  const auto login = TRY(opened_by(caller.person, old));
  if (!login) return refuse();
  throttle_.give_back(caller.person);
  const std::string phc = TRY(hash(fresh));
  Hub& hub = parts_.hub;
  const auto own = TRY(hub.db().logins().session(caller.session));
  const std::string actor = TRY(actor_of(hub.db().audit(), caller));
  const auto entry = audit_entry(now(), "password.changed", actor, "Person/" + actor);
  const auto done = hub.db().together([&]() -> Result<void> {
    TRY(hub.db().logins().expect(*login));
    TRY(hub.db().logins().put_password(caller.person, phc, now(), std::span(&entry, 1)));
    return hub.db().logins().begin_session(own, {});  // that ended all of them
  });
  if (!done && done.error().code == Code::conflict) return refuse();
  return done;
}

}  // namespace lineside::hub
