// Damaged models: refused by the first reading or by the library, or they run. Where the library
// crashes, the probe contains it.
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "infer/admission.h"
#include "infer/onnx_precheck.h"
#include "infer/runner.h"
#include "learn/models_test.h"

namespace lineside::learn {
namespace {

enum class Fate : unsigned char { untried, prechecked_out, probing, refused, admitted, ran };

// What became of one model in a process that may crash over it; `fate` is seen by the parent.
void try_model(const Bytes& model, volatile Fate& fate) {
  if (!infer::precheck_onnx(model)) {
    fate = Fate::prechecked_out;
    return;
  }
  fate = Fate::probing;
  const auto runner = infer::open_onnx(model, {.batch_max = 8});
  if (!runner) {
    fate = Fate::refused;
    return;
  }
  fate = Fate::admitted;
  const std::size_t width = (*runner)->width();
  std::vector<float> rows(8 * width);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    static constexpr float kOdd[] = {0, 1e30F, -1e30F, INFINITY, -INFINITY, NAN, 10, -3.5F};
    rows[i] = kOdd[(i * 7 + i / width) % 8];
  }
  std::vector<float> outputs(8 * (*runner)->output_width());
  (void)(*runner)->run(rows, 8, outputs).has_value();
  fate = Fate::ran;
}

// Tries models 0..n-1 in children; a crash costs a child, and the next one goes on after it.
std::vector<Fate> fates_of(std::size_t n, const std::function<Bytes(std::size_t)>& model) {
  auto* shared = static_cast<Fate*>(
      ::mmap(nullptr, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  std::fflush(stdout);
  for (std::size_t next = 0; next < n;) {
    const pid_t child = ::fork();
    if (child == 0) {
      if (::freopen("/dev/null", "w", stderr) == nullptr) ::_exit(1);
      for (std::size_t i = next; i < n; ++i) try_model(model(i), shared[i]);
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) break;
    while (next < n && shared[next] != Fate::probing && shared[next] != Fate::admitted) ++next;
    ++next;
  }
  std::vector<Fate> fates(shared, shared + n);
  ::munmap(shared, n);
  return fates;
}

struct Named {
  const char* name;
  Bytes bytes;
};

std::vector<Named> models() {
  const Table table = noisy_table(200, 4);
  return {{"trees", small_trees(table)},
          {"pca", small_pca(table)},
          {"dense", dense_network({4, 3, 2})}};
}

void expect_contained(const char* name, const std::vector<Fate>& fates) {
  std::size_t counts[6] = {};
  for (const Fate fate : fates) ++counts[static_cast<std::size_t>(fate)];
  std::printf(
      "%s: %zu damaged, %zu refused by us, %zu by the library, %zu crash the probe, "
      "%zu run\n",
      name, fates.size(), counts[1], counts[3], counts[2], counts[5]);
  EXPECT_EQ(counts[0], 0U) << name;  // every one was tried
  EXPECT_EQ(counts[4], 0U) << name << ": admitted, then it crashed when it ran";
}

TEST(CorruptModels, NoTruncationCrashesAfterAdmission) {
  for (const auto& [name, bytes] : models()) {
    const std::size_t step = std::max<std::size_t>(bytes.size() / 400, 1);
    expect_contained(name, fates_of(bytes.size() / step, [&](std::size_t i) {
                       return Bytes(bytes.begin(),
                                    bytes.begin() + static_cast<std::ptrdiff_t>(i * step));
                     }));
  }
}

TEST(CorruptModels, NoFlippedBitCrashesAfterAdmission) {
  for (const auto& [name, bytes] : models()) {
    const std::size_t step = std::max<std::size_t>(bytes.size() / 2000, 1);
    expect_contained(name, fates_of(bytes.size() / step, [&](std::size_t i) {
                       Bytes damaged = bytes;
                       const std::size_t at = i * step + i % step;
                       damaged[at] ^= std::byte{1} << (at * 5 % 8);
                       return damaged;
                     }));
  }
}

TEST(CorruptModels, NoOverwrittenByteCrashesAfterAdmission) {
  for (const auto& [name, bytes] : models()) {
    const std::size_t step = std::max<std::size_t>(bytes.size() / 500, 1);
    for (const unsigned value : {0U, 0x7fU, 0xffU})
      expect_contained(name, fates_of(bytes.size() / step, [&](std::size_t i) {
                         Bytes damaged = bytes;
                         damaged[i * step] = static_cast<std::byte>(value);
                         return damaged;
                       }));
  }
}

// Models of other makers, beside the project where they are at hand. The image networks in light/
// grow to hundreds of megabytes when they are loaded: they are only read.
TEST(OtherModels, AreRunOrRefusedWithAReason) {
  const std::filesystem::path folder = LINESIDE_SOURCE_DIR "/../shared/data/onnx_small";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no " << folder;
  std::size_t read = 0;
  std::size_t runs = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".onnx") continue;
    ++read;
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), {});
    const auto outline = infer::precheck_onnx(as_bytes(bytes));
    std::string fate = outline ? "read" : outline.error().text;
    if (outline && entry.path().parent_path().filename() != "light") {
      const auto runner = infer::open_onnx(as_bytes(bytes));
      runs += runner ? 1 : 0;
      fate = runner ? "runs" : runner.error().text;
    }
    std::printf("%s: %s\n", entry.path().filename().c_str(), fate.c_str());
    EXPECT_FALSE(fate.empty());
  }
  EXPECT_GE(read, 21U);
  EXPECT_GE(runs, 1U);
}

}  // namespace
}  // namespace lineside::learn
