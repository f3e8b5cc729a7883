// Any bytes as a model: admitted or refused with a text, never more.
#include "infer/onnx_precheck.h"

#include <cstddef>
#include <cstdint>

#include "base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto outline = lineside::infer::precheck_onnx(std::as_bytes(std::span(data, size)));
  if (outline) {
    CHECK(outline->opset > 0);
    CHECK(outline->nodes <= lineside::infer::kModelNodesMax);
  } else {
    CHECK(!outline.error().text.empty());
  }
  return 0;
}
