#include "wire/desired.h"

#include <format>

#include <gtest/gtest.h>

#include "crypt/base64.h"

namespace lineside::wire {
namespace {

constexpr Time kNow{1'790'000'000'000'000'000};

crypt::SigningKey signer_of(char seed) {
  return *crypt::SigningKey::from_seed(as_bytes(std::string(32, seed)));
}

DesiredState state_of(std::string edge, std::uint64_t version) {
  DesiredState state;
  state.edge = std::move(edge);
  state.version = version;
  state.issued = kNow;
  state.expires = kNow + Duration::seconds(7 * 86400);
  state.content.manifests = {
      {domain::Kind::contract, "pressure", R"({"owner":"ot","streams":[]})"}};
  state.content.artifacts = {{"sha256:" + std::string(64, 'a'), 12}};
  state.revision = revision_of(state.content);
  return state;
}

Result<DesiredState> verified(const DesiredState& state, const Floor& floor = {}, Time now = kNow,
                              char signer = 'k') {
  const std::vector<crypt::VerifyKey> keys = {signer_of('o').verify_key(),
                                              signer_of('k').verify_key()};
  return verify_desired(*sign_desired(state, signer_of(signer)), keys, "press-7", now, floor);
}

// "code: the class".
std::string refusal(const Result<DesiredState>& result) {
  if (result) return "taken";
  const std::string& text = result.error().text;
  return std::string(traits(result.error().code).name) + ": " + text.substr(0, text.find(':'));
}

TEST(Desired, TakesWhatIsSignedForThisEdgeAndNew) {
  const auto state = verified(state_of("press-7", 4), {3, "another"});
  ASSERT_TRUE(state) << state.error().text;
  EXPECT_EQ(state->version, 4U);
  EXPECT_EQ(state->content, state_of("press-7", 4).content);
  EXPECT_EQ(state->expires, kNow + Duration::seconds(7 * 86400));
  const DesiredState same = state_of("press-7", 4);
  EXPECT_EQ(refusal(verified(same, {4, same.revision})), "taken") << "there is nothing to do";
}

TEST(Desired, RefusesEachAttackByItsName) {
  const DesiredState good = state_of("press-7", 4);
  EXPECT_EQ(refusal(verified(good, {}, kNow, 'x')), "denied: wrong signature");
  EXPECT_EQ(refusal(verified(state_of("press-8", 4))), "denied: wrong target");
  EXPECT_EQ(refusal(verified(good, {5, ""})), "conflict: rollback");
  EXPECT_EQ(refusal(verified(good, {4, "another"})), "conflict: equivocation");
  EXPECT_EQ(refusal(verified(good, {}, good.expires + Duration::seconds(299))), "taken");
  EXPECT_EQ(refusal(verified(good, {}, good.expires + Duration::seconds(300))), "denied: expired");
  DesiredState mixed = good;
  mixed.content.artifacts[0].bytes = 13;
  EXPECT_EQ(refusal(verified(mixed)), "corrupt: mixed");
  EXPECT_EQ(refusal(verified(state_of("press-7", 0))), "invalid: malformed");
  EXPECT_EQ(refusal(verified(state_of("press-7", kVersionMax))), "taken");
  for (const std::uint64_t beyond : {kVersionMax + 1, std::uint64_t{1} << 63U, ~std::uint64_t{0}}) {
    const auto refused = verified(state_of("press-7", beyond));
    EXPECT_EQ(refusal(refused), "invalid: malformed") << beyond;
    EXPECT_TRUE(refused.error().text.ends_with(
        std::format("expected a version of 1 to 9007199254740992, found {}", beyond)))
        << refused.error().text;
  }
  DesiredState climbs = good;
  climbs.content.artifacts[0].digest = "sha256:../../etc/passwd";
  climbs.revision = revision_of(climbs.content);
  EXPECT_EQ(refusal(verified(climbs)), "invalid: malformed");
}

TEST(Desired, RefusesStatementsOfOtherKinds) {
  const std::vector<crypt::VerifyKey> keys = {signer_of('k').verify_key()};
  const std::string payload = write_message(state_of("press-7", 4));
  const auto other = crypt::sign("application/vnd.in-toto+json", payload, signer_of('k'));
  EXPECT_EQ(refusal(verify_desired(*other, keys, "press-7", kNow, {})), "denied: wrong signature");
  auto relabelled = *other;
  relabelled.payload_type = kDesiredType;
  EXPECT_EQ(refusal(verify_desired(relabelled, keys, "press-7", kNow, {})),
            "denied: wrong signature");
  const auto garbage = crypt::sign(kDesiredType, "{}", signer_of('k'));
  EXPECT_EQ(refusal(verify_desired(*garbage, keys, "press-7", kNow, {})), "invalid: malformed");
  auto altered = *sign_desired(state_of("press-7", 4), signer_of('k'));
  altered.payload[altered.payload.size() / 2] ^= 1;
  EXPECT_EQ(refusal(verify_desired(altered, keys, "press-7", kNow, {})), "denied: wrong signature");
}

TEST(Envelope, IsReadAsItIsWritten) {
  const auto envelope = *sign_desired(state_of("press-7", 4), signer_of('k'));
  const auto again = parse_envelope(envelope_json(envelope));
  ASSERT_TRUE(again) << again.error().text;
  EXPECT_EQ(*again, envelope);
}

TEST(Envelope, TakesBothAlphabetsAndUnknownFields) {
  const std::string payload = "\xfb\xff\xfe?";  // "+//+Pw==" and "-__-Pw"
  for (const std::string text : {"+//+Pw==", "+//+Pw", "-__-Pw==", "-__-Pw"}) {
    const auto envelope = parse_envelope(R"({"payloadType":"t","extra":[1],"payload":")" + text +
                                         R"(","signatures":[{"sig":"AAAA","cert":"x"}]})");
    ASSERT_TRUE(envelope) << text << ": " << envelope.error().text;
    EXPECT_EQ(envelope->payload, payload);
    ASSERT_EQ(envelope->signatures.size(), 1U);
    EXPECT_EQ(envelope->signatures[0].sig.size(), 3U);
  }
}

TEST(Envelope, RefusesWhatIsNone) {
  for (const std::string text : {"", "[]", "{}", R"({"payload":"AA==","payloadType":"t"})",
                                 R"({"payload":"A","payloadType":"t","signatures":[]})",
                                 R"({"payload":"AA==","payloadType":"t","signatures":[{}]})",
                                 R"({"payload":"AA==","payloadType":"t","signatures":["x"]})",
                                 R"({"payload":3,"payloadType":"t","signatures":[]})"}) {
    const auto envelope = parse_envelope(text);
    ASSERT_FALSE(envelope) << text;
    EXPECT_EQ(envelope.error().code, Code::invalid) << text;
  }
  std::string many = R"({"payload":"AA==","payloadType":"t","signatures":[)";
  for (int i = 0; i < 33; ++i) many += std::string(i > 0 ? "," : "") + R"({"sig":"AA=="})";
  EXPECT_FALSE(parse_envelope(many + "]}"));
}

TEST(Messages, AreReadAsTheyAreWritten) {
  StateReport report;
  report.edge = "press-7";
  report.version = 3;
  report.offered = 4;
  report.state = ReportState::keeping;
  report.problems = {"plant.yaml:3:1: wrong"};
  report.runs = {.pipelines = {{"health", "sha256:1", ""}}, .streams = 12, .lineside = "0.1.0"};
  report.seen = kNow;
  const auto again = read_message<StateReport>(write_message(report), "report");
  ASSERT_TRUE(again) << again.error().text;
  EXPECT_EQ(write_message(*again), write_message(report));
  EXPECT_EQ(again->runs, report.runs);

  Batch batch;
  batch.alerts.push_back({.id = "a", .edge = "press-7", .cleared = kNow, .why = {{"f", 1, 2, 3}}});
  batch.verdicts.push_back({.alert = "a", .author = "me", .time = kNow});
  const auto read = read_message<Batch>(write_message(batch), "batch");
  ASSERT_TRUE(read) << read.error().text;
  EXPECT_EQ(read->alerts, batch.alerts);
  EXPECT_EQ(read->verdicts, batch.verdicts);
}

TEST(Messages, TheLastWordOfAnEdgeIsAReport) {
  const StateReport report = {.edge = "press-7", .version = 3, .state = ReportState::stopped};
  const std::string text = write_message(report);
  EXPECT_TRUE(text.contains(R"("state":"stopped")")) << text;
  EXPECT_EQ(read_message<StateReport>(text, "report")->state, ReportState::stopped);
  // As a hub that knows no such state: it says what it knows, and stores nothing.
  std::string unknown = text;
  unknown.replace(unknown.find("stopped"), 7, "resting");
  EXPECT_EQ(read_message<StateReport>(unknown, "report").error().code, Code::invalid);
}

TEST(Messages, OfAnotherProtocolAreRefused) {
  for (const std::string text : {R"({"v":2,"csr":"x"})", R"({"csr":"x"})", R"({"v":1})"})
    EXPECT_FALSE(read_message<RenewRequest>(text, "renew")) << text;
  EXPECT_TRUE(read_message<RenewRequest>(R"({"v":1,"csr":"x"})", "renew"));
}

TEST(Messages, NameEdgesByUri) {
  EXPECT_EQ(edge_uri("press-7"), "urn:lineside:edge:press-7");
  EXPECT_EQ(edge_of_uri("urn:lineside:edge:press-7"), "press-7");
  for (const std::string uri : {"urn:lineside:edge:", "urn:lineside:hub:x", "press-7",
                                "urn:lineside:edge:a/b", "urn:lineside:edge:a b"})
    EXPECT_EQ(edge_of_uri(uri), std::nullopt) << uri;
}

}  // namespace
}  // namespace lineside::wire
