#include "benchmarks/bench.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <format>

#include "benchmarks/meter.h"

namespace lineside::benchmarks {

Bench::Bench(std::vector<std::string> names, std::string folder)
    : names_(std::move(names)), folder_(std::move(folder)), start_(wall()) {}

bool Bench::wanted(std::span<const std::string_view> any_of) const {
  return names_.empty() || std::ranges::any_of(any_of, [&](std::string_view name) {
           return std::ranges::find(names_, name) != names_.end();
         });
}

Result<std::string> Bench::fresh_folder(std::string_view name) const {
  const std::string path = folder_ + "/" + std::string(name);
  std::error_code failed;
  std::filesystem::remove_all(path, failed);
  if (!failed) std::filesystem::create_directories(path, failed);
  if (failed) return fail(Code::unavailable, path + ": " + failed.message());
  return path;
}

void Bench::say(std::string_view text) const {
  std::fputs(std::format("[{:4.0f}s] {}\n", (wall() - start_).as_seconds(), text).c_str(), stderr);
}

}  // namespace lineside::benchmarks
