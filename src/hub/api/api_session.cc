#include <array>
#include <format>

#include "base/text.h"
#include "hub/access/retired_names.h"
#include "hub/api/api_internal.h"
#include "hub/audit_entry.h"
#include "hub/catalog/graph.h"

namespace lineside::hub {

using domain::Kind;

namespace {

std::vector<PermissionView> permissions_of(const Grants& grants) {
  std::vector<PermissionView> permissions;
  for (std::size_t i = 0; i < domain::kPermissions; ++i) {
    const auto permission = static_cast<domain::Permission>(i);
    if (!grants.may_somewhere(permission)) continue;
    const Extent& where = grants.extent(permission);
    PermissionView view{permission, std::nullopt};
    if (!where.everywhere) view.sites.emplace(where.sites.begin(), where.sites.end());
    permissions.push_back(std::move(view));
  }
  return permissions;
}

Result<SessionView> view_of(const ApiCall& call, const std::string& person, const Grants& grants) {
  SessionView view;
  view.person = person;
  view.permissions = permissions_of(grants);
  if (person.empty()) return view;
  const auto object = TRY(call.db().catalog().get(Kind::person, person));
  view.title = title_of(object.spec);
  return view;
}

// The cookie's token is new with each sign-in, and the one that came with the request ends: nobody
// can make somebody use a session that he knows.
ApiAnswer signed_in_response(const ApiCall& call, const SignedIn& signed_in) {
  if (const std::string_view before = session_cookie(call.parts, call.request); !before.empty())
    TRY(call.db().logins().end_session(Sessions::digest_of(before), {}));
  const auto grants = TRY(call.parts.grants.of_person(signed_in.person));
  SessionView view = TRY(view_of(call, signed_in.person, *grants));
  view.csrf = signed_in.csrf;
  view.expires = signed_in.expires;
  net::HttpResponse response = response_of(view);
  response.headers.push_back(
      {"Set-Cookie", std::format("{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Strict; Secure",
                                 call.parts.cookie, signed_in.token,
                                 Sessions::kLife.ns / Duration::seconds(1).ns)});
  return response;
}

}  // namespace

ApiAnswer sign_in(const ApiCall& call) {
  const auto body = TRY(call.read_with_secrets<SignInBody>());
  Duration wait;
  const auto done = call.parts.accounts.sign_in(body.person, body.password, wait);
  if (!done && wait > Duration()) return throttled(done.error(), wait);
  if (!done) return done.error();
  return signed_in_response(call, *done);
}

ApiAnswer show_session(const ApiCall& call) {
  SessionView view = TRY(view_of(call, call.caller->person, call.grants()));
  if (call.caller->is_session()) {
    view.csrf = Sessions::csrf_of(session_cookie(call.parts, call.request));
    view.expires = TRY(call.db().logins().session(call.caller->session)).expires;
  } else {
    const auto token = TRY(call.parts.grants.of_token(call.caller->token));
    view.expires = token->spec.expires;
  }
  return response_of(view);
}

ApiAnswer sign_out(const ApiCall& call) {
  TRY(call.parts.sessions.end(*call.caller));
  net::HttpResponse response = no_content();
  response.headers.push_back(
      {"Set-Cookie", std::format("{}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict; Secure",
                                 call.parts.cookie)});
  return response;
}

ApiAnswer set_up(const ApiCall& call) {
  const auto body = TRY(call.read_with_secrets<SetupBody>());
  const auto done =
      TRY(call.parts.accounts.set_up(body.token, {body.person, body.title, body.password}));
  return signed_in_response(call, done);
}

ApiAnswer welcome(const ApiCall& call) {
  const auto body = TRY(call.read_with_secrets<WelcomeBody>());
  const auto done = TRY(call.parts.accounts.accept(body.token, body.password));
  return signed_in_response(call, done);
}

ApiAnswer change_password(const ApiCall& call) {
  const auto body = TRY(call.read_with_secrets<PasswordBody>());
  Duration wait;
  const auto done = call.parts.accounts.change_password(*call.caller, body.old, body.fresh, wait);
  if (!done && wait > Duration()) return throttled(done.error(), wait);
  if (!done) return done.error();
  return no_content();
}

ApiAnswer invite_person(const ApiCall& call) {
  const auto made = TRY(call.parts.accounts.invite(*call.caller, call.name()));
  // The name is there for the page to tell, before anybody has a session.
  return response_of(LinkView{
      std::format("{}/#/welcome?person={}&token={}", call.hub().url(), call.name(), made.secret),
      made.expires});
}

namespace {

// What somebody who is gone could do at last: with the name goes who did what in the log. Of who is
// there the rules for deletions ask the same.
Result<Grants> last_grants(const ApiCall& call) {
  constexpr std::size_t kNewest = 2;  // the deletion, and what was before
  const auto notes = TRY(call.db().catalog().history(Kind::person, call.name(), 0, kNewest));
  const auto last =
      TRY(call.db().catalog().get_revision(Kind::person, call.name(), notes.back().number));
  if (last.spec.empty()) return Grants();
  const auto spec = TRY(codec::read_spec<domain::PersonSpec>(last.spec));
  return call.parts.grants.grants_of(spec.roles);
}

}  // namespace

ApiAnswer erase_person(const ApiCall& call) {
  const std::string actor = TRY(actor_of(call.db().audit(), *call.caller));
  // Found while there still is a salt; afterwards nobody knows whom it names.
  const auto commitment = TRY(call.db().audit().find_commitment(call.name(), call.name()));
  if (!commitment)
    return fail(Code::not_found, std::format("no Person '{}'", excerpt(call.name(), 260)));
  if (call.name() == call.caller->person)
    return fail(Code::denied, "nobody erases himself: expected another one with permission erase");
  const auto living = call.db().catalog().get(Kind::person, call.name());
  if (!living && living.error().code != Code::not_found) return living.error();
  if (!living && !call.grants().cover(TRY(last_grants(call))))
    return fail(Code::denied, "the person could do what you may not");
  const std::string name = TRY(retired_name_subject(call.db().audit(), call.name()));
  const std::array entries = {
      audit_entry(call.now(), "person.erased", actor, "Person/" + *commitment),
      audit_entry(call.now(), "name.retired", actor, name)};
  TRY(call.parts.writer.erase(*call.caller, {call.name(), living.has_value(), entries}));
  return no_content();
}

ApiAnswer issue_token(const ApiCall& call) {
  const auto made = TRY(call.parts.sessions.issue_secret(*call.caller, call.name()));
  return response_of(SecretView{made.secret, made.expires});
}

}  // namespace lineside::hub
