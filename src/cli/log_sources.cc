// Where the audit log that is checked comes from.
#include <format>

#include "base/text.h"
#include "cli/answer.h"
#include "cli/log_check.h"
#include "store/audit_file.h"
#include "world/files.h"

namespace lineside::cli {

namespace {

using crypt::Digest;

class FileLog final : public LogSource {
 public:
  explicit FileLog(store::AuditFile file) : file_(std::move(file)) {}

  Result<std::string> newest_note() override { return TRY(file_.checkpoint()).note; }
  Result<std::string> note_covering(std::uint64_t size) override {
    return TRY(file_.checkpoint_covering(size)).note;
  }
  Result<std::vector<std::string>> texts(std::uint64_t first, std::size_t limit) override {
    return file_.texts(first, limit);
  }
  Result<std::optional<Digest>> stored_hash(std::uint64_t index, std::uint64_t) override {
    return file_.stored_hash(index);
  }

 private:
  store::AuditFile file_;
};

class HubLog final : public LogSource {
 public:
  explicit HubLog(HubClient client) : client_(std::move(client)) {}

  Result<std::string> newest_note() override { return client_.get("/api/v1/audit/checkpoint"); }

  // A proof as text is of a tree that was signed.
  Result<std::string> note_covering(std::uint64_t size) override {
    if (size == 0) return fail(Code::not_found, "no checkpoint of nothing");
    const auto text =
        TRY(client_.get(std::format("/api/v1/audit/proof/{}.tlog-proof?size={}", size - 1, size)));
    return TRY(crypt::parse_log_proof(text)).checkpoint;
  }

  Result<std::vector<std::string>> texts(std::uint64_t first, std::size_t limit) override {
    const std::string body =
        TRY(client_.get(std::format("/api/v1/audit/leaves?first={}&limit={}", first, limit)));
    std::vector<std::string> texts;
    for (const std::string_view line : split(body, '\n')) texts.emplace_back(line);
    if (texts.back().empty()) texts.pop_back();  // each line has an end
    return texts;
  }

  // The first hash of a proof is that of the leaf beside it.
  Result<std::optional<Digest>> stored_hash(std::uint64_t index, std::uint64_t size) override {
    const std::uint64_t beside = index ^ 1U;
    if (beside >= size) return std::optional<Digest>();
    const Answer answer = TRY(Answer::parse(
        TRY(client_.get(std::format("/api/v1/audit/proof/{}?size={}", beside, size)))));
    const auto path = answer.items(answer.root(), "path");
    if (path.empty()) return std::optional<Digest>();
    const Digest hash = TRY(crypt::digest_from_hex(path.front()->text));
    return std::optional(hash);
  }

 private:
  HubClient client_;
};

}  // namespace

Result<std::unique_ptr<LogSource>> log_of_file(const std::string& path) {
  const bool is_folder = world::system_files().list(path).has_value();
  auto file = TRY(store::AuditFile::open(is_folder ? path + "/hub.db" : path));
  return std::unique_ptr<LogSource>(std::make_unique<FileLog>(std::move(file)));
}

std::unique_ptr<LogSource> log_of_hub(HubClient client) {
  return std::make_unique<HubLog>(std::move(client));
}

}  // namespace lineside::cli
