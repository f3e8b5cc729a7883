#include "cli/admit.h"

#include "crypt/digest.h"
#include "infer/admission.h"
#include "world/files.h"
#include "world/process.h"
#include "world/random.h"

namespace lineside::cli {

namespace {

Result<infer::ProbeExit> probe(const std::string& model_file, const std::string& output_file) {
  world::Process child =
      TRY(world::Process::start({.command = {world::self_path(), "internal-probe", model_file},
                                 .stdout_file = output_file,
                                 .stderr_file = "/dev/null",
                                 .environment = {}}));
  const auto code = child.wait(infer::kProbeLimit);
  if (!code) return fail(Code::timeout, "the probe of the model did not end");
  const auto output = world::system_files().read(output_file);
  return infer::ProbeExit(*code, output ? std::string(as_text(*output)) : "");
}

Result<void> probe_copy(ByteView model, const std::string& folder) {
  world::Files& files = world::system_files();
  // The probe sees the bytes that were read, not a file that may change meanwhile.
  const std::string copy = folder + "/probe-" + world::system_random().token(8);
  TRY(files.write_atomic(copy + ".onnx", model));
  auto done = infer::admit(model, [&] { return probe(copy + ".onnx", copy + ".out"); });
  TRY(files.remove(copy + ".onnx"));
  TRY(files.remove(copy + ".out"));
  return done;
}

}  // namespace

std::function<Result<void>(const std::string& path, ByteView model)> admission(
    std::string memory_folder) {
  return [folder = std::move(memory_folder)](const std::string&, ByteView model) -> Result<void> {
    world::Files& files = world::system_files();
    if (folder.empty()) {
      const auto temporary = world::environment("TMPDIR");
      return probe_copy(model, temporary ? *temporary : "/tmp");
    }
    TRY(files.make_directories(folder));
    const std::string mark = folder + "/" + crypt::sha256_hex(model);
    if (files.exists(mark)) return {};
    for (const std::string& name : TRY(files.list(folder)))  // of a process that was killed
      if (name.starts_with("probe-")) TRY(files.remove(folder + "/" + name));
    TRY(probe_copy(model, folder));
    return files.write_atomic(mark, {});
  };
}

}  // namespace lineside::cli
