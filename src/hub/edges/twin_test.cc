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

}  // namespace
}  // namespace lineside::hub
