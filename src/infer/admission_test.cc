#include "infer/admission.h"

#include <csignal>
#include <fstream>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "infer/onnx_bytes_test.h"

namespace lineside::infer {
namespace {

// The probe in a child of ours, as `lineside internal-probe` runs it.
class ProbeProcess {
 public:
  explicit ProbeProcess(const std::string& bytes) {
    path_ = testing::TempDir() + "/probe-" + std::to_string(::getpid()) + ".onnx";
    std::ofstream(path_, std::ios::binary) << bytes;
  }
  ~ProbeProcess() { std::remove(path_.c_str()); }

  Result<ProbeExit> operator()() const {
    int pipe_ends[2];
    EXPECT_EQ(::pipe(pipe_ends), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      ::dup2(pipe_ends[1], STDOUT_FILENO);
      const int code = probe_main(path_, Duration::seconds(1));
      std::fflush(stdout);
      ::_exit(code);
    }
    ::close(pipe_ends[1]);
    std::string output;
    char block[512];
    for (ssize_t n = 0; (n = ::read(pipe_ends[0], block, sizeof block)) > 0;)
      output.append(block, static_cast<std::size_t>(n));
    ::close(pipe_ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    return ProbeExit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status), output);
  }

 private:
  std::string path_;
};

TEST(Admission, AdmitsAGoodModel) {
  const std::string bytes = adding_model();
  const auto admitted = admit(as_bytes(bytes), ProbeProcess(bytes));
  EXPECT_TRUE(admitted.has_value()) << admitted.error().text;
}

TEST(Admission, PassesOnWhyTheLibraryRefuses) {
  const std::string bytes = model(text(1, node("NoSuchOperator", {"x"}, "y")) + text(2, "g") +
                                  text(11, value("x", {-1, 3})) + text(12, value("y", {-1, 3})));
  const auto refused = admit(as_bytes(bytes), ProbeProcess(bytes));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::corrupt);
  EXPECT_NE(refused.error().text.find("NoSuchOperator"), std::string::npos) << refused.error().text;
}

// A loop of 2^62 turns.
TEST(Admission, EndsAProbeThatHangs) {
  const std::string count = integer(2, 7) + integers(7, {1LL << 62}) + text(8, "count");
  const std::string go = integer(2, 9) + integers(5, {1}) + text(8, "go");
  const std::string body =
      text(1, node("Identity", {"c"}, "c2")) + text(1, node("Neg", {"v"}, "v2")) + text(2, "body") +
      text(11, value("i", {}, 7)) + text(11, value("c", {}, 9)) + text(11, value("v", {-1, 3})) +
      text(12, value("c2", {}, 9)) + text(12, value("v2", {-1, 3}));
  const std::string bytes =
      model(text(1, node("Loop", {"count", "go", "x"}, "y", attribute("body", 5, text(6, body)))) +
            text(2, "g") + text(5, count) + text(5, go) + text(11, value("x", {-1, 3})) +
            text(12, value("y", {-1, 3})));
  const auto refused = admit(as_bytes(bytes), ProbeProcess(bytes));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().text,
            "the model ends the process that loads it: expected exit code 0 of the probe, found "
            "signal " +
                std::to_string(SIGALRM));
}

TEST(Admission, NeverProbesWhatItsOwnReadingRefuses) {
  bool probed = false;
  const auto refused = admit(as_bytes("junk"), [&]() -> Result<ProbeExit> {
    probed = true;
    return ProbeExit(kProbeGood);
  });
  EXPECT_EQ(refused.error().code, Code::corrupt);
  EXPECT_FALSE(probed);
}

TEST(Admission, TurnsEveryEndOfTheProbeIntoAnError) {
  const std::string bytes = adding_model();
  const auto ended = [&](Result<ProbeExit> exit) {
    return admit(as_bytes(bytes), [&] { return exit; }).error();
  };
  EXPECT_EQ(ended(ProbeExit(128 + SIGSEGV)).text,
            "the model ends the process that loads it: expected exit code 0 of the probe, found "
            "signal 11");
  EXPECT_EQ(ended(ProbeExit(kProbeRefused, "node Add: no\n")).text, "node Add: no");
  EXPECT_EQ(ended(ProbeExit(kProbeRefused)).code, Code::corrupt);
  EXPECT_EQ(ended(ProbeExit(127)).code, Code::corrupt);
  EXPECT_EQ(ended(fail(Code::timeout, "20 s")).code, Code::timeout);
}

domain::PipelineSpec pipeline() {
  domain::PipelineSpec spec;
  spec.streams = {"a", "b"};
  spec.windows = {{.name = "w", .count = 5}};
  spec.every.count = 1;
  spec.features = {{.window = "w", .kinds = {"mean"}}};
  return spec;
}

Signature matching(const domain::PipelineSpec& spec) {
  return {.features = {"a.w.mean", "b.w.mean"},
          .outputs = {"score"},
          .units = {""},
          .reference = {0, 0},
          .definition = domain::feature_definition(spec)};
}

TEST(CheckSignature, AcceptsWhatMatches) {
  domain::PipelineSpec spec = pipeline();
  spec.decisions = {{.name = "d", .output = "score"}, {.name = "first"}};
  EXPECT_TRUE(check_signature(spec, matching(spec)).has_value());
}

TEST(CheckSignature, ShowsBothSides) {
  const domain::PipelineSpec spec = pipeline();
  Signature signature = matching(spec);
  signature.features = {"a.w.mean", "c.w.mean"};
  EXPECT_EQ(check_signature(spec, signature).error().text,
            "features differ:\n"
            "  expected by the pipeline:\n    a.w.mean\n    b.w.mean\n"
            "  found in the model:\n    a.w.mean\n    c.w.mean");

  domain::PipelineSpec longer = spec;
  longer.windows[0].count = 6;
  const Error error = check_signature(longer, matching(spec)).error();
  EXPECT_EQ(error.code, Code::conflict);
  EXPECT_NE(error.text.find("feature definitions differ"), std::string::npos);
  EXPECT_NE(error.text.find("window w count 6"), std::string::npos) << error.text;
  EXPECT_NE(error.text.find("window w count 5"), std::string::npos) << error.text;
}

TEST(CheckSignature, ShowsOnlyWhatDiffersOfLongLists) {
  domain::PipelineSpec spec = pipeline();
  spec.streams.clear();
  for (int i = 0; i < 30; ++i) spec.streams.push_back("s" + std::to_string(i));
  Signature signature = matching(spec);
  signature.features.clear();
  for (int i = 0; i < 30; ++i) signature.features.push_back("s" + std::to_string(i) + ".w.mean");
  signature.features[7] = "other";
  EXPECT_EQ(check_signature(spec, signature).error().text,
            "features differ; lines of one side only:\n"
            "  expected by the pipeline:\n    s7.w.mean\n"
            "  found in the model:\n    other");
  signature.features[7] = "s7.w.mean";
  std::swap(signature.features[0], signature.features[1]);
  EXPECT_NE(check_signature(spec, signature).error().text.find("the order differs"),
            std::string::npos);
}

TEST(CheckSignature, RefusesMissingOutputsAndModelsWithoutSignature) {
  domain::PipelineSpec spec = pipeline();
  spec.decisions = {{.name = "wear", .output = "rul"}};
  EXPECT_EQ(check_signature(spec, matching(spec)).error().text,
            "outputs differ:\n"
            "  expected by the pipeline:\n    rul (of decision wear)\n"
            "  found in the model:\n    score");
  const Error unsigned_model = check_signature(spec, {}).error();
  EXPECT_EQ(unsigned_model.code, Code::unsupported);
  EXPECT_NE(unsigned_model.text.find("the model has no signature"), std::string::npos);
}

}  // namespace
}  // namespace lineside::infer
