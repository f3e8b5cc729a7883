#include <algorithm>
#include <array>
#include <cstdio>
#include <format>
#include <unistd.h>

#include "base/text.h"
#include "cli/answer.h"
#include "cli/hub_client.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/telling.h"
#include "cli/verbs.h"
#include "codec/json_writer.h"
#include "crypt/digest.h"
#include "domain/people.h"
#include "net/http_transfer.h"
#include "world/read_file.h"

namespace lineside::cli {

namespace {

constexpr std::uint64_t kBytesMax = std::uint64_t{1} << 30;  // docs/formats/hub-api.md
constexpr std::size_t kPieceBytes = std::size_t{256} << 10;

struct UploadOptions {
  HubAccess hub = HubAccess::from_environment();
  std::vector<std::string> files;
  bool json = false;
};

struct OpenFile {
  std::string path;
  std::unique_ptr<world::File> file;
  std::uint64_t bytes = 0;
};

struct Uploaded {
  std::string path;
  std::string digest;  // sha256:HEX
  std::uint64_t bytes = 0;
  bool was_there = false;
};

// On a terminal alone: who reads a log wants what came of it.
class UploadBar {
 public:
  explicit UploadBar(const OpenFile& file) : bytes_(file.bytes) {
    if (isatty(STDERR_FILENO) != 0)
      bar_ = std::make_unique<ProgressBar>("upload " + excerpt(file.path, 60));
  }
  void show(std::string_view stage, std::uint64_t done) {
    if (bar_) bar_->show(stage, static_cast<double>(done) / static_cast<double>(bytes_));
  }
  void finish() {
    if (bar_) bar_->finish();
  }

 private:
  const std::uint64_t bytes_;
  std::unique_ptr<ProgressBar> bar_;  // null: nothing is shown
};

Result<void> read_piece(const OpenFile& file, std::uint64_t offset, std::span<std::byte> out) {
  const std::size_t got = TRY(file.file->read_at(offset, out));
  if (got == out.size()) return {};
  return fail(Code::conflict, "changed while it was read; try again");
}

// The file as the body of a request.
class FileBody final : public net::HttpSource {
 public:
  FileBody(const OpenFile& file, UploadBar& bar) : file_(file), bar_(bar) {}
  std::uint64_t size() const override { return file_.bytes; }
  Result<void> read(std::uint64_t offset, std::span<std::byte> out) override {
    bar_.show("sending", offset);
    return read_piece(file_, offset, out);
  }

 private:
  const OpenFile& file_;
  UploadBar& bar_;
};

Result<OpenFile> open_file(const std::string& path) {
  OpenFile open{path, TRY(world::open_to_read(path)), 0};
  open.bytes = TRY(open.file->size());
  if (open.bytes == 0) return invalid(path + ": is empty");
  if (open.bytes > kBytesMax)
    return fail(Code::exhausted, std::format("{}: too large: expected at most {} bytes, found {}",
                                             path, kBytesMax, open.bytes));
  return open;
}

// All of them before any is sent: a name that is misspelt leaves nothing half done.
Result<std::vector<OpenFile>> open_files(const std::vector<std::string>& paths) {
  std::vector<OpenFile> files;
  for (const std::string& path : paths) files.push_back(TRY(open_file(path)));
  return files;
}

Result<std::string> digest_of(const OpenFile& file, UploadBar& bar) {
  crypt::Sha256 hash;
  Bytes piece(std::min<std::uint64_t>(kPieceBytes, file.bytes));
  for (std::uint64_t at = 0; at < file.bytes; at += piece.size()) {
    piece.resize(std::min<std::uint64_t>(piece.size(), file.bytes - at));
    TRY(read_piece(file, at, piece));
    hash.update(piece);
    bar.show("digest", at);
  }
  return "sha256:" + to_hex(hash.finish());
}

// UploadOptions before a large file is on its way for nothing.
Result<void> check_right(HubClient& client) {
  const Answer session =
      TRY(Answer::parse_lists(TRY(client.get(api_path({"session"}))), {"permissions"}));
  const std::string_view wanted = to_text(domain::Permission::write_models);
  for (const codec::TreeNode* one : session.items(session.root(), "permissions"))
    if (session.text(*one, "permission") == wanted) return {};
  return fail(Code::denied, std::format("expected a token with permission {}", wanted));
}

// One byte of it is asked for: before it gives any, the hub looks whether it still has all.
Result<bool> is_there(HubClient& client, const std::string& digest) {
  const auto answer =
      client.send({"GET", api_path({"artifacts", digest}), {{"Range", "bytes=0-0"}}, ""}, "");
  if (answer) return true;
  const Code code = answer.error().code;
  // Who may not read may bring files all the same, and a damaged one is replaced.
  const bool is_worth_sending =
      code == Code::not_found || code == Code::denied || code == Code::corrupt;
  return is_worth_sending ? Result<bool>(false) : answer.error();
}

Result<Uploaded> upload(HubClient& client, const OpenFile& file) {
  UploadBar bar(file);
  Uploaded done{file.path, TRY_WITH(digest_of(file, bar), file.path), file.bytes, false};
  done.was_there = TRY(is_there(client, done.digest));
  if (!done.was_there) {
    FileBody body(file, bar);
    const std::string type =
        file.path.ends_with(".json") ? "application/json" : "application/octet-stream";
    const std::string answer = TRY_WITH(
        client.upload(
            std::format("{}?digest={}&media_type={}", api_path({"artifacts"}), done.digest, type),
            body),
        file.path);
    const Answer told = TRY(Answer::parse(answer));
    if (told.text(told.root(), "digest") != done.digest)
      return fail(Code::corrupt,
                  "the answer is not a hub's: expected the file's digest; is --hub "
                  "the address of one?");
  }
  bar.finish();
  return done;
}

// One document: what is there, and why the rest is not.
void print_json(const std::vector<Uploaded>& files, const Result<void>& good) {
  codec::JsonWriter json;
  json.begin_object().key("items").begin_array();
  for (const Uploaded& one : files) {
    json.begin_object().member("file", one.path).member("digest", one.digest);
    json.member("bytes", one.bytes);
    json.member("change", one.was_there ? "unchanged" : "created").end_object();
  }
  json.end_array();
  if (!good) write_error(json, good.error());
  json.end_object();
  print(json.take() + "\n");
}

void print_uploaded(const std::vector<Uploaded>& files) {
  Table table({"FILE", "DIGEST", "BYTES", "CHANGE"});
  for (const Uploaded& one : files)
    table.add({one.path, one.digest, std::to_string(one.bytes),
               one.was_there ? "there already" : "created"});
  print(table.text());
}

}  // namespace

int run_upload(const Arguments& arguments) {
  UploadOptions asked;
  Options options("upload", "Brings files, such as models and their reports, to a hub's store.");
  options.required_texts("FILE", asked.files, "of at most 1 GiB each");
  options.flag("--json", asked.json, "JSON on standard output");
  asked.hub.add_to(options);
  if (const auto code = options.parse(arguments)) return *code;
  const Telling telling{"upload", asked.json};
  const auto files = open_files(asked.files);
  if (!files) return report(telling, files.error());
  auto client = HubClient::open(asked.hub);
  if (!client) return report(telling, client.error());
  std::vector<Uploaded> done;
  Result<void> good = check_right(*client);
  for (std::size_t i = 0; good && i < files->size(); ++i) {
    auto one = upload(*client, (*files)[i]);
    if (one)
      done.push_back(*std::move(one));
    else
      good = one.error();
  }
  const bool is_any = good || !done.empty();
  if (asked.json && is_any) {
    print_json(done, good);
    return good ? 0 : traits(good.error().code).exit_code;
  }
  if (is_any) print_uploaded(done);
  return good ? 0 : report(telling, *client, good.error());
}

}  // namespace lineside::cli
