#include "learn/trees.h"

#include <dlfcn.h>
#include <format>
#include <limits>

#include <xgboost/c_api.h>

#include "base/text.h"
#include "learn/ubjson_internal.h"

namespace lineside::learn {

namespace {

// XGBoost's C API, loaded when a training first needs it. Linked in the usual way it would cost
// every edge 4 MB of resident memory for tables that only the dynamic linker touches.
struct Xgboost {
  decltype(&XGBGetLastError) last_error = nullptr;
  decltype(&XGBoostVersion) version = nullptr;
  decltype(&XGDMatrixCreateFromDense) matrix_from_dense = nullptr;
  decltype(&XGDMatrixSetFloatInfo) set_floats = nullptr;
  decltype(&XGDMatrixFree) free_matrix = nullptr;
  decltype(&XGBoosterCreate) make_booster = nullptr;
  decltype(&XGBoosterSetParam) set_parameter = nullptr;
  decltype(&XGBoosterUpdateOneIter) train_once = nullptr;
  decltype(&XGBoosterPredictFromDMatrix) predict = nullptr;
  decltype(&XGBoosterSaveModelToBuffer) save = nullptr;
  decltype(&XGBoosterFree) free_booster = nullptr;

  // `status` of a call as a result; `what` was to be done.
  Result<void> ok(int status, std::string_view what) const {
    if (status == 0) return {};
    return fail(Code::internal, std::format("XGBoost: {}: {}", what, last_error()));
  }
};

template <class Function>
Result<void> find(void* library, const char* name, Function& out) {
  out = reinterpret_cast<Function>(::dlsym(library, name));
  if (out) return {};
  return fail(Code::unavailable, std::format("{} has no {}", LINESIDE_XGBOOST, name));
}

Result<Xgboost> load() {
  void* library = ::dlopen(LINESIDE_XGBOOST, RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return fail(Code::unavailable, std::format("training trees needs XGBoost: {}", ::dlerror()));
  Xgboost api;
  TRY(find(library, "XGBGetLastError", api.last_error));
  TRY(find(library, "XGBoostVersion", api.version));
  TRY(find(library, "XGDMatrixCreateFromDense", api.matrix_from_dense));
  TRY(find(library, "XGDMatrixSetFloatInfo", api.set_floats));
  TRY(find(library, "XGDMatrixFree", api.free_matrix));
  TRY(find(library, "XGBoosterCreate", api.make_booster));
  TRY(find(library, "XGBoosterSetParam", api.set_parameter));
  TRY(find(library, "XGBoosterUpdateOneIter", api.train_once));
  TRY(find(library, "XGBoosterPredictFromDMatrix", api.predict));
  TRY(find(library, "XGBoosterSaveModelToBuffer", api.save));
  TRY(find(library, "XGBoosterFree", api.free_booster));
  return api;
}

// Stays loaded. Errors: unavailable when the library is not installed or lacks a function.
Result<const Xgboost*> load_xgboost() {
  static const Result<Xgboost> loaded = load();
  if (!loaded) return loaded.error();
  return &*loaded;
}

// The library's "array interface" (NumPy's __array_interface__, version 3) of a dense block.
std::string array_interface(std::span<const float> values, std::size_t width) {
  return std::format(R"({{"data":[{},true],"shape":[{},{}],"typestr":"<f4","version":3}})",
                     reinterpret_cast<std::uintptr_t>(values.data()), values.size() / width, width);
}

struct FreeMatrix {
  const Xgboost* api = nullptr;
  void operator()(void* handle) const { api->free_matrix(handle); }
};
struct FreeBooster {
  const Xgboost* api = nullptr;
  void operator()(void* handle) const { api->free_booster(handle); }
};
using Matrix = std::unique_ptr<void, FreeMatrix>;

Result<Matrix> make_matrix(const Xgboost& api, std::span<const float> rows, std::size_t width) {
  DMatrixHandle handle = nullptr;
  TRY(api.ok(api.matrix_from_dense(array_interface(rows, width).c_str(),
                                   R"({"missing":NaN,"nthread":1})", &handle),
             "rows"));
  return Matrix(handle, FreeMatrix{&api});
}

using Parameter = std::pair<const char*, std::string>;

std::vector<Parameter> parameters(const domain::TreesSpec& spec, std::int64_t seed) {
  return {{"objective", "reg:squarederror"},
          {"tree_method", "hist"},
          {"nthread", "1"},
          {"verbosity", "0"},
          {"seed", std::format("{}", seed)},
          {"eta", std::format("{}", spec.eta)},
          {"max_depth", std::format("{}", spec.max_depth)},
          {"subsample", std::format("{}", spec.subsample)},
          {"colsample_bytree", std::format("{}", spec.colsample_bytree)},
          {"min_child_weight", std::format("{}", spec.min_child_weight)},
          {"lambda", std::format("{}", spec.lambda)},
          {"max_bin", std::format("{}", spec.max_bin)},
          {"base_score", std::format("{}", spec.base_score)}};
}

Error unknown_format(std::string_view what) {
  return fail(Code::internal, std::format("XGBoost's model has another form: {}", what));
}

Result<std::vector<TreeNode>> read_tree(const Ubjson& tree, std::size_t width) {
  const auto& left = tree.at({"left_children"}).numbers;
  const auto& right = tree.at({"right_children"}).numbers;
  const auto& feature = tree.at({"split_indices"}).numbers;
  const auto& threshold = tree.at({"split_conditions"}).numbers;
  const auto& missing_left = tree.at({"default_left"}).numbers;
  const std::size_t n = left.size();
  if (n == 0 || right.size() != n || feature.size() != n || threshold.size() != n ||
      missing_left.size() != n)
    return unknown_format("a tree's lists differ in length");
  if (!tree.at({"categories"}).numbers.empty()) return unknown_format("categorical splits");
  std::vector<TreeNode> nodes(n);
  for (std::size_t i = 0; i < n; ++i) {
    nodes[i] = {.left = static_cast<std::int32_t>(left[i]),
                .right = static_cast<std::int32_t>(right[i]),
                .feature = static_cast<std::int32_t>(feature[i]),
                .missing_left = missing_left[i] != 0,
                .threshold = static_cast<float>(threshold[i])};
    const auto within = [&](std::int32_t child) {
      return child > 0 && static_cast<std::size_t>(child) < n;
    };
    const bool leaf = nodes[i].left < 0;
    if (!leaf && !(within(nodes[i].left) && within(nodes[i].right) && nodes[i].feature >= 0 &&
                   static_cast<std::size_t>(nodes[i].feature) < width))
      return unknown_format("a node outside its tree");
  }
  return nodes;
}

}  // namespace

struct Booster::State {
  std::unique_ptr<void, FreeBooster> handle;
  std::size_t width = 0;
};

Booster::Booster(std::unique_ptr<State> state) : state_(std::move(state)) {}
Booster::Booster(Booster&&) noexcept = default;
Booster& Booster::operator=(Booster&&) noexcept = default;
Booster::~Booster() = default;

Result<Booster> Booster::train(std::span<const float> rows, std::span<const float> targets,
                               const domain::TreesSpec& spec, std::int64_t seed) {
  if (targets.empty() || rows.size() % targets.size() != 0 || rows.empty())
    return invalid(
        std::format("training: expected rows of equal length, one per target, found {} "
                    "values and {} targets",
                    rows.size(), targets.size()));
  const std::size_t width = rows.size() / targets.size();
  const Xgboost& api = *TRY(load_xgboost());
  const Matrix matrix = TRY(make_matrix(api, rows, width));
  TRY(api.ok(api.set_floats(matrix.get(), "label", targets.data(), targets.size()), "targets"));

  BoosterHandle handle = nullptr;
  const DMatrixHandle matrices[] = {matrix.get()};
  TRY(api.ok(api.make_booster(matrices, 1, &handle), "booster"));
  auto state = std::make_unique<State>();
  state->handle = {handle, FreeBooster{&api}};
  state->width = width;
  for (const auto& [name, value] : parameters(spec, seed))
    TRY(api.ok(api.set_parameter(handle, name, value.c_str()), name));
  for (int round = 0; round < spec.rounds; ++round)
    TRY(api.ok(api.train_once(handle, round, matrix.get()), "training"));
  return Booster(std::move(state));
}

Result<std::vector<float>> Booster::predict(std::span<const float> rows) const {
  if (rows.empty()) return std::vector<float>();
  const Xgboost& api = *state_->handle.get_deleter().api;
  const Matrix matrix = TRY(make_matrix(api, rows, state_->width));
  const bst_ulong* shape = nullptr;
  bst_ulong dimensions = 0;
  const float* values = nullptr;
  constexpr const char* kConfig =
      R"({"type":0,"training":false,"iteration_begin":0,"iteration_end":0,"strict_shape":true})";
  TRY(api.ok(api.predict(state_->handle.get(), matrix.get(), kConfig, &shape, &dimensions, &values),
             "prediction"));
  return std::vector<float>(values, values + rows.size() / state_->width);
}

Result<TreeEnsemble> Booster::ensemble() const {
  bst_ulong size = 0;
  const char* bytes = nullptr;
  const Xgboost& api = *state_->handle.get_deleter().api;
  TRY(api.ok(api.save(state_->handle.get(), R"({"format":"ubj"})", &size, &bytes), "saving"));
  const Ubjson model = TRY(parse_ubjson(as_bytes({bytes, size})));
  TreeEnsemble out;
  out.width = state_->width;
  const auto base = to_number(model.at({"learner", "learner_model_param", "base_score"}).text);
  if (!base) return unknown_format("no base_score");
  out.base = static_cast<float>(*base);
  for (const Ubjson& tree : model.at({"learner", "gradient_booster", "model", "trees"}).list) {
    std::vector<TreeNode> nodes = TRY(read_tree(tree, out.width));
    out.trees.push_back(std::move(nodes));
  }
  if (out.trees.empty()) return unknown_format("no trees");
  return out;
}

Result<std::string> xgboost_version() {
  int major = 0;
  int minor = 0;
  int patch = 0;
  TRY(load_xgboost())->version(&major, &minor, &patch);
  return std::format("{}.{}.{}", major, minor, patch);
}

}  // namespace lineside::learn
