#include "hub/edges/twin.h"

#include <gtest/gtest.h>

namespace lineside::hub {
namespace {

TEST(Twin, SaysOfAnEdgeThatRunsAllWhatItDoesNotHear) {
  const Time now = Time{} + Duration::seconds(1'700'000'000);
  TwinFacts facts;
  facts.edge.seen = now;
  facts.edge.reported_at = now;
  facts.edge.desired_version = 3;
  facts.report = wire::StateReport{.edge = "edge-1", .version = 3, .offered = 3};
  auto& links = facts.report->runs.connections;
  links = {{"plant", wire::LinkStanding::up, ""}};
  EXPECT_EQ(judge(facts, now).why, "");

  links.push_back({"press", wire::LinkStanding::waiting, "connection refused"});
  EXPECT_EQ(judge(facts, now).state, TwinState::in_sync);
  EXPECT_EQ(judge(facts, now).why, "connection press is not up: connection refused");
  links.push_back({"oven", wire::LinkStanding::waiting, ""});
  EXPECT_EQ(judge(facts, now).why, "connection press is not up: connection refused (and 1 more)");

  std::swap(links[1], links[2]);
  EXPECT_EQ(judge(facts, now).why, "connection oven is connecting (and 1 more)")
      << "nothing has failed yet";

  facts.held_back = {"pipeline q is held back"};
  EXPECT_EQ(judge(facts, now).why, "pipeline q is held back") << "it is told nowhere else";
  facts.report->problems = {"Pipeline/a: does not load"};
  EXPECT_EQ(judge(facts, now).why, "Pipeline/a: does not load");
}

TEST(Twin, SaysOfAnEdgeThatWasStoppedInOrderWhenUntilItReportsAgain) {
  const Time stopped = Time{} + Duration::seconds(1'700'000'000) + Duration::millis(250);
  const Time later = stopped + kSilentAfter + kSilentAfter;
  TwinFacts facts;
  facts.edge.seen = stopped;
  facts.edge.reported_at = stopped;
  facts.edge.desired_version = 4;
  facts.newest = store::EdgeCertificate{.not_after = later + Duration::seconds(1)};
  facts.report = wire::StateReport{.edge = "edge-1",
                                   .version = 3,
                                   .offered = 4,
                                   .state = wire::ReportState::stopped,
                                   .problems = {"Pipeline/a: does not load"}};
  for (const Time now : {stopped, later}) {
    EXPECT_EQ(judge(facts, now).state, TwinState::stopped);
    EXPECT_EQ(judge(facts, now).why, "stopped in order at 2023-11-14T22:13:20Z");
  }
  EXPECT_EQ(judge(facts, later + Duration::seconds(1)).why,
            "stopped in order at 2023-11-14T22:13:20Z; its certificate expired "
            "2023-11-14T22:19:21.250Z");
  facts.newest->revoked = stopped;
  facts.newest->reason = "stolen";
  EXPECT_EQ(judge(facts, later).state, TwinState::silent);
  EXPECT_EQ(judge(facts, later).why, "its certificate was revoked: stolen");

  facts.newest->revoked.reset();
  facts.report->state = wire::ReportState::applied;
  EXPECT_EQ(judge(facts, later).why, "not heard of for 6m 0s");
}

}  // namespace
}  // namespace lineside::hub
