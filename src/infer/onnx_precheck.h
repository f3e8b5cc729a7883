// A bounded reading of a model file before the library sees it.
//
// Walks the protobuf wire format (encoding: protobuf.dev/programming-guides/encoding) of an ONNX
// ModelProto (onnx.proto, IR version 3 to 10) without trusting any length in it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"

namespace lineside::infer {

// Limits; far above what models of this product need, far below what hurts.
inline constexpr std::size_t kModelBytesMax = 256ULL << 20;
inline constexpr std::size_t kModelNodesMax = 100'000;
inline constexpr std::size_t kModelTensorElementsMax = 64ULL << 20;  // of one tensor
inline constexpr int kModelNestingMax = 8;                           // graphs within graphs

struct ModelOutline {
  std::int64_t ir_version = 0;
  std::int64_t opset = 0;     // of the default domain
  std::int64_t opset_ml = 0;  // of ai.onnx.ml; 0: not used
  std::size_t nodes = 0;
  std::size_t tensors = 0;
};

// What is checked: every field lies within its parent and has its wire type; texts are UTF-8 where
// the library requires it; the graph and an opset of the default domain are there; opsets are ones
// that the library has (default 7 to 22, ai.onnx.ml 1 to 4); operators are of these two domains;
// no tensor lies outside the file; the bytes of each tensor are as many as its type and
// dimensions ask for; counts and nesting are within the limits; the attributes of tree ensembles
// agree in length and point only at nodes that exist, with no circle.
// Errors: corrupt for what is damaged, unsupported for what is well formed but not run here; both
// name the place in the file ("graph.node[3].attribute[1] at byte 812").
Result<ModelOutline> precheck_onnx(ByteView model);

}  // namespace lineside::infer
