// Loading by path, for the probe: the library reads the file.
#pragma once

#include <memory>
#include <string>

#include "infer/runner.h"

namespace lineside::infer {

Result<std::unique_ptr<Runner>> open_onnx_file(const std::string& path,
                                               const RunnerOptions& options);

}  // namespace lineside::infer
