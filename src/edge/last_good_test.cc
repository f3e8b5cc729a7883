#include "edge/last_good.h"

#include <format>

#include <gtest/gtest.h>

#include "crypt/digest.h"
#include "sim/files.h"

namespace lineside::edge {
namespace {

constexpr Time kThen{1'700'000'000'000'000'000};

std::string plant(int keep_alive) {
  return std::format(R"(apiVersion: lineside/v1
kind: Connection
name: plant
spec:
  protocol: mqtt
  address: 127.0.0.1:1883
  keep_alive: {}s
  user: edge
  password_file: secret
  mappings:
    - topic: plant/{{asset}}/t
      streams: [{{stream: temp, path: $.temp}}]
)",
                     keep_alive);
}

constexpr std::string_view kPipeline = R"(apiVersion: lineside/v1
kind: Pipeline
name: p
spec:
  streams: [temp]
  windows: [{name: w, count: 2}]
  every: {count: 1}
  features: [{window: w, kinds: [mean]}]
  model: {file: m.onnx}
)";

class LastGoodTest : public testing::Test {
 protected:
  LastGoodTest() {
    EXPECT_TRUE(files_.make_directories("/plant"));
    write("secret", "hunter2");
    write("plant.yaml", plant(20));
  }
  void write(const std::string& name, const std::string& text) {
    EXPECT_TRUE(files_.write_atomic("/plant/" + name, as_bytes(text)));
  }
  PlanSources sources(const std::string& folder = "/plant") { return {files_, folder, {}}; }
  Result<void> keep(Time now = kThen) {
    const LoadedPlan loaded = load_plan(sources());
    EXPECT_TRUE(loaded.plan) << text_of(loaded.problems);
    return LastGood(files_, "/data").keep(loaded, "/plant", now);
  }
  Result<std::optional<LastGood::Kept>> load(const std::string& folder = "/plant") {
    return LastGood(files_, "/data").load(sources(folder));
  }
  // As if a pipeline with a model had been loaded.
  LoadedPlan with_model(std::string_view model) {
    LoadedPlan loaded = load_plan(sources());
    loaded.manifests.push_back({"/plant/p.yaml", std::string(kPipeline)});
    Plan plan = *loaded.plan;
    PlannedPipeline pipeline;
    pipeline.model_path = "/plant/m.onnx";
    pipeline.model_digest = "sha256:" + crypt::sha256_hex(as_bytes(model));
    pipeline.model = std::make_shared<const Bytes>(as_bytes(model).begin(), as_bytes(model).end());
    plan.pipelines.push_back(pipeline);
    plan.revision += pipeline.model_digest;
    loaded.plan = std::make_shared<const Plan>(plan);
    return loaded;
  }

  sim::SimFiles files_;
};

TEST_F(LastGoodTest, IsThereOnceItWasKept) {
  EXPECT_FALSE(load()->has_value());
  const std::string revision = load_plan(sources()).plan->revision;
  ASSERT_TRUE(keep());
  write("plant.yaml", "broken: [");
  const auto kept = load("/plant/");
  ASSERT_TRUE(kept && *kept) << kept.error().text;
  EXPECT_EQ((*kept)->plan->revision, revision);
  EXPECT_EQ((*kept)->taken, kThen);
  EXPECT_EQ((*kept)->plan->config.connections.at(0).spec.keep_alive, Duration::seconds(20));
  EXPECT_EQ((*kept)->plan->config.connections.at(0).folder, "/plant") << "where its files are";
  EXPECT_FALSE(load("/other")->has_value()) << "it is of another folder";
}

TEST_F(LastGoodTest, IsWrittenWhenItHasChanged) {
  ASSERT_TRUE(keep());
  const std::uint64_t calls = files_.calls();
  ASSERT_TRUE(keep(kThen + Duration::seconds(5)));
  EXPECT_EQ(files_.calls(), calls) << "nothing is new";
  EXPECT_EQ((*load())->taken, kThen);
  write("plant.yaml", plant(30));
  ASSERT_TRUE(keep(kThen + Duration::seconds(9)));
  EXPECT_EQ((*load())->taken, kThen + Duration::seconds(9));
}

TEST_F(LastGoodTest, IsTheOldOrTheNewOneWhateverFails) {
  ASSERT_TRUE(keep());
  write("plant.yaml", plant(30));
  for (std::uint64_t n = 1;; ++n) {
    files_.fail_at(n, Code::exhausted, sim::SimFiles::Failure::onwards);
    const bool done = keep(kThen + Duration::seconds(9)).has_value();
    files_.crash(n);
    const auto kept = load();
    ASSERT_TRUE(kept && *kept) << kept.error().text;
    const bool is_new = (*kept)->taken != kThen;
    EXPECT_EQ((*kept)->plan->config.connections.at(0).spec.keep_alive,
              Duration::seconds(is_new ? 30 : 20));
    if (done) {
      EXPECT_TRUE(is_new);
      EXPECT_GT(n, 3U);
      return;
    }
  }
}

TEST_F(LastGoodTest, KeepsTheBytesOfModelsAndForgetsOldOnes) {
  LastGood last_good(files_, "/data");
  ASSERT_TRUE(last_good.keep(with_model("first"), "/plant", kThen));
  ASSERT_TRUE(last_good.keep(with_model("second"), "/plant", kThen));
  const std::string hex = crypt::sha256_hex(as_bytes("second"));
  EXPECT_EQ(*files_.list("/data/last-good/models"), std::vector{hex});
  const std::string copy = "/data/last-good/models/" + hex;
  EXPECT_EQ(as_text(*files_.read(copy)), "second");

  // It is the copy that is read, wherever the model has gone.
  const auto refused = load();
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().text.contains("pipeline p: spec.model: /plant/m.onnx: "));
  EXPECT_FALSE(refused.error().text.contains("expected the model")) << refused.error().text;
  ASSERT_TRUE(files_.write_atomic(copy, as_bytes("changed")));
  const auto changed = load();
  ASSERT_FALSE(changed);
  EXPECT_TRUE(changed.error().text.contains(copy + ": expected the model sha256:" + hex +
                                            ", found other bytes"))
      << changed.error().text;
  ASSERT_TRUE(files_.remove(copy));
  EXPECT_FALSE(load());
  ASSERT_TRUE(last_good.keep(with_model("second"), "/plant", kThen));
  EXPECT_TRUE(files_.exists(copy)) << "it is made whole again";
}

TEST_F(LastGoodTest, RefusesWhatWasChanged) {
  ASSERT_TRUE(keep());
  const std::string file = "/data/last-good/config.json";
  std::string text(as_text(*files_.read(file)));
  text.replace(text.find("keep_alive: 20s"), 15, "keep_alive: 40s");
  ASSERT_TRUE(files_.write_atomic(file, as_bytes(text)));
  const auto changed = load();
  ASSERT_FALSE(changed);
  EXPECT_EQ(changed.error().code, Code::corrupt);
  EXPECT_TRUE(changed.error().text.starts_with(file + ": expected revision sha256:"))
      << changed.error().text;
  ASSERT_TRUE(files_.write_atomic(file, as_bytes("{")));
  EXPECT_EQ(load().error().code, Code::corrupt);
  ASSERT_TRUE(keep());
  EXPECT_TRUE(load()) << "it is written anew";
}

TEST_F(LastGoodTest, SecretsAreReadWhereTheyAre) {
  ASSERT_TRUE(keep());
  EXPECT_FALSE(as_text(*files_.read("/data/last-good/config.json")).contains("hunter2"));
  ASSERT_TRUE(files_.remove("/plant/secret"));
  const auto kept = load();
  ASSERT_FALSE(kept);
  EXPECT_TRUE(kept.error().text.contains("/plant/secret")) << kept.error().text;
}

}  // namespace
}  // namespace lineside::edge
