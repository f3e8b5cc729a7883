#include "infer/runner.h"

#include <cmath>
#include <unistd.h>

#include <gtest/gtest.h>

#include "infer/onnx_bytes_test.h"

namespace lineside::infer {
namespace {

// First, as the library is noisy only when it starts.
TEST(Runner, StartsInSilenceAndLosesNoOtherText) {
  testing::internal::CaptureStderr();
  const auto runner = open_onnx(as_bytes(adding_model()));
  ::write(STDERR_FILENO, "after\n", 6);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "after\n");
  ASSERT_TRUE(runner.has_value()) << runner.error().text;
}

std::unique_ptr<Runner> open(const std::string& bytes, std::size_t batch_max = 4) {
  auto runner = open_onnx(as_bytes(bytes), {.batch_max = batch_max});
  EXPECT_TRUE(runner.has_value()) << runner.error().text;
  return runner ? std::move(*runner) : nullptr;
}

Error load_refusal(const std::string& bytes, std::size_t batch_max = 4) {
  const auto runner = open_onnx(as_bytes(bytes), {.batch_max = batch_max});
  EXPECT_FALSE(runner.has_value());
  return runner ? Error{} : runner.error();
}

TEST(Runner, RunsAnyNumberOfRows) {
  const auto runner = open(adding_model());
  ASSERT_NE(runner, nullptr);
  EXPECT_EQ(runner->width(), 3U);
  EXPECT_EQ(runner->output_width(), 3U);
  for (const std::size_t n : {0U, 1U, 3U, 4U, 5U, 11U, 2U}) {
    std::vector<float> rows(n * 3);
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<float>(i);
    std::vector<float> outputs(n * 3, -1);
    ASSERT_TRUE(runner->run(rows, n, outputs).has_value());
    for (std::size_t i = 0; i < rows.size(); ++i)
      EXPECT_EQ(outputs[i], rows[i] + static_cast<float>(i % 3 + 1)) << n << " rows, value " << i;
  }
}

TEST(Runner, RefusesSpansOfTheWrongSize) {
  const auto runner = open(adding_model());
  std::vector<float> values(6);
  EXPECT_EQ(runner->run(values, 1, values).error().code, Code::invalid);
  EXPECT_EQ(runner->run(values, 2, std::span(values).first(5)).error().text,
            "2 rows: expected 2 x 3 features and 2 x 3 outputs, found 6 and 5 values");
}

TEST(Runner, JoinsOutputsPerRowInOrder) {
  // a = x + x (two columns), b = the row's sum, of shape [N].
  const std::string graph =
      text(1, node("Add", {"x", "x"}, "a")) +
      text(1, node("ReduceSum", {"x", "axes"}, "b", attribute("keepdims", 2, integer(3, 0)))) +
      text(2, "g") +
      text(5, integers(1, {1}) + integer(2, 7) + integers(7, {1}) + text(8, "axes")) +
      text(11, value("x", {-1, 2})) + text(12, value("a", {-1, 2})) + text(12, value("b", {-1}));
  const auto runner = open(model(graph));
  ASSERT_NE(runner, nullptr);
  EXPECT_EQ(runner->output_width(), 3U);
  const std::vector<float> rows = {1, 2, 3, 4, 5, 6};
  std::vector<float> outputs(9);
  ASSERT_TRUE(runner->run(rows, 3, outputs).has_value());
  EXPECT_EQ(outputs, (std::vector<float>{2, 4, 3, 6, 8, 7, 10, 12, 11}));
}

TEST(Runner, RunsModelsOfOneRowRowByRow) {
  const std::string graph = text(1, node("Neg", {"x"}, "y")) + text(2, "g") +
                            text(11, value("x", {1, 2})) + text(12, value("y", {1, 2}));
  const auto runner = open(model(graph), 64);
  ASSERT_NE(runner, nullptr);
  std::vector<float> outputs(6);
  ASSERT_TRUE(runner->run(std::vector<float>{1, 2, 3, 4, 5, 6}, 3, outputs).has_value());
  EXPECT_EQ(outputs, (std::vector<float>{-1, -2, -3, -4, -5, -6}));
}

struct Refused {
  const char* what;
  std::string bytes;
  Code code;
  const char* text;
};

TEST(Runner, RefusesOtherForms) {
  const auto neg = [](const std::string& in, const std::string& out) {
    return model(text(1, node("Neg", {"x"}, "y")) + text(2, "g") + text(11, in) + text(12, out));
  };
  const std::vector<Refused> cases = {
      {"integers", neg(value("x", {-1, 2}, 7), value("y", {-1, 2}, 7)), Code::unsupported,
       "input 'x': expected a float tensor, found element type 7"},
      {"three dimensions", neg(value("x", {-1, 2, 2}), value("y", {-1, 2, 2})), Code::unsupported,
       "input 'x': expected shape [N, width] or [1, width], width 1 to 65536, found [N, 2, 2]"},
      {"open width", neg(value("x", {-1, -1}), value("y", {-1, -1})), Code::unsupported,
       "input 'x': expected shape [N, width] or [1, width], width 1 to 65536, found [N, N]"},
      {"two inputs",
       model(text(1, node("Add", {"x", "z"}, "y")) + text(2, "g") + text(11, value("x", {-1, 2})) +
             text(11, value("z", {-1, 2})) + text(12, value("y", {-1, 2}))),
       Code::unsupported, "inputs: expected one, found 2"},
      {"outputs that do not follow the rows",
       model(text(1, node("ReduceSum", {"x"}, "y")) + text(2, "g") + text(11, value("x", {-1, 2})) +
             text(12, value("y", {1, 1}))),
       Code::unsupported, "output 'y' for 4 rows: expected shape [4] or [4, width], found [1, 1]"},
  };
  for (const Refused& test : cases) {
    const Error error = load_refusal(test.bytes);
    EXPECT_EQ(error.code, test.code) << test.what << ": " << error.text;
    EXPECT_EQ(error.text, test.text) << test.what;
  }
  EXPECT_EQ(load_refusal("no model at all").code, Code::corrupt);
  EXPECT_EQ(load_refusal(adding_model(), 0).code, Code::invalid);
}

std::string signed_model(std::string_view reference = "0.5\n-1e-05\n3") {
  return adding_model(
      metadata("lineside.format", "1") + metadata("lineside.features", "a\nb\nc") +
      metadata("lineside.outputs", "o\np\nq") + metadata("lineside.units", "K\n\n") +
      metadata("lineside.reference", reference) + metadata("lineside.definition", "the\ntext"));
}

TEST(Runner, ReadsTheSignature) {
  EXPECT_EQ(open(adding_model())->signature(), Signature{});
  const Signature expected = {.features = {"a", "b", "c"},
                              .outputs = {"o", "p", "q"},
                              .units = {"K", "", ""},
                              .reference = {0.5, -1e-5, 3},
                              .definition = "the\ntext"};
  EXPECT_EQ(open(signed_model())->signature(), expected);
}

TEST(Runner, RefusesASignatureThatContradictsTheGraph) {
  EXPECT_EQ(load_refusal(signed_model("0.5\n1")).text,
            "metadata lineside.reference: expected 3 lines, as the graph has columns, found 2");
  EXPECT_EQ(load_refusal(signed_model("0.5\n1\nmany")).text,
            "metadata lineside.reference: expected a number, found 'many'");
  EXPECT_EQ(load_refusal(adding_model(metadata("lineside.format", "2"))).code, Code::unsupported);
}

TEST(Runner, NamesTheVersionOfTheLibrary) { EXPECT_EQ(onnx_runtime_version().substr(0, 2), "1."); }

}  // namespace
}  // namespace lineside::infer
