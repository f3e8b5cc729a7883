// Bodies of requests and answers about edges, as shapes_access.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "base/time.h"
#include "domain/alert.h"
#include "domain/fields.h"
#include "hub/edges/twin.h"

namespace lineside::hub {

using domain::field;

struct EnrolmentBody {
  std::string name;
  std::string site;
  std::string edge;
  std::int64_t uses = 1;
  Duration expires_in = Duration::seconds(24 * 3600);
};
constexpr auto fields(const EnrolmentBody*) {
  return std::tuple(
      field("name", &EnrolmentBody::name, "of the enrolment token").required(),
      field("site", &EnrolmentBody::site, "where its edges belong").required(),
      field("edge", &EnrolmentBody::edge, "the one edge it is for; absent: any new one"),
      field("uses", &EnrolmentBody::uses, "how often it can be used").range(1, 100'000),
      field("expires_in", &EnrolmentBody::expires_in, "how long it is good for")
          .range(60, 31'536'000)
          .in("s"));
}

struct EnrolmentSecretView {
  std::string secret;
  std::string command;
  Time expires;
};
constexpr auto fields(const EnrolmentSecretView*) {
  return std::tuple(
      field("secret", &EnrolmentSecretView::secret, "shown this once").required(),
      field("command", &EnrolmentSecretView::command, "to be run at the edge").required(),
      field("expires", &EnrolmentSecretView::expires, "when it is void").required());
}

struct EnrolmentView {
  std::string name;
  std::string site;
  std::string edge;
  std::string created_by;
  Time created;
  Time expires;
  std::int64_t uses = 0;
  std::int64_t max_uses = 0;
};
constexpr auto fields(const EnrolmentView*) {
  return std::tuple(field("name", &EnrolmentView::name, "of the enrolment token").required(),
                    field("site", &EnrolmentView::site, "where its edges belong").required(),
                    field("edge", &EnrolmentView::edge, "empty: any new one").required(),
                    field("created_by", &EnrolmentView::created_by, "who made it").required(),
                    field("created", &EnrolmentView::created, "when").required(),
                    field("expires", &EnrolmentView::expires, "when it is void").required(),
                    field("uses", &EnrolmentView::uses, "so far").required(),
                    field("max_uses", &EnrolmentView::max_uses, "in all").required());
}

struct EdgeView {
  std::string name;
  std::string site;
  TwinState state = TwinState::never;
  std::string why;
  Time enrolled;
  std::optional<Time> seen;
  std::uint64_t desired_version = 0;
  std::uint64_t reported_version = 0;
  std::optional<Time> certificate_expires;
};
constexpr auto fields(const EdgeView*) {
  return std::tuple(
      field("name", &EdgeView::name, "of the edge").required(),
      field("site", &EdgeView::site, "where it belongs").required(),
      field("state", &EdgeView::state, "how it stands to what is desired").required(),
      field("why", &EdgeView::why, "in words; empty: all is well").required(),
      field("enrolled", &EdgeView::enrolled, "when").required(),
      field("seen", &EdgeView::seen, "when it last called; null: never"),
      field("desired_version", &EdgeView::desired_version, "0: nothing desired yet").required(),
      field("reported_version", &EdgeView::reported_version, "0: it runs none").required(),
      field("certificate_expires", &EdgeView::certificate_expires, "of the newest valid one"));
}

struct CertificateView {
  std::string serial;
  std::string fingerprint;
  Time issued;
  Time not_after;
  std::optional<Time> revoked;
  std::string revoked_by;
  std::string reason;
};
constexpr auto fields(const CertificateView*) {
  return std::tuple(
      field("serial", &CertificateView::serial, "in hex").required(),
      field("fingerprint", &CertificateView::fingerprint, "SHA-256 of the DER form").required(),
      field("issued", &CertificateView::issued, "when").required(),
      field("not_after", &CertificateView::not_after, "when it ends").required(),
      field("revoked", &CertificateView::revoked, "when; null: it is not"),
      field("revoked_by", &CertificateView::revoked_by, "by whom").required(),
      field("reason", &CertificateView::reason, "why").required());
}

struct AlertView {
  domain::Alert alert;
  std::vector<domain::Verdict> verdicts;
  std::optional<std::uint64_t> verdicts_left_out;
};
constexpr auto fields(const AlertView*) {
  return std::tuple(field("alert", &AlertView::alert, "as the edge raised it").required(),
                    field("verdicts", &AlertView::verdicts, "the newest, newest first").required(),
                    field("verdicts_left_out", &AlertView::verdicts_left_out,
                          "how many older ones there are, 1000: so many or more; null: none"));
}

struct ReasonBody {
  std::string reason;
};
constexpr auto fields(const ReasonBody*) {
  return std::tuple(field("reason", &ReasonBody::reason, "why").required());
}

}  // namespace lineside::hub
