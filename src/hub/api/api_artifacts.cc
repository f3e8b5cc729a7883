#include <algorithm>
#include <format>

#include "base/text.h"
#include "domain/models.h"
#include "hub/api/api_internal.h"
#include "hub/audit_entry.h"
#include "net/http_transfer.h"
#include "store/blobs.h"

namespace lineside::hub {

namespace {

constexpr std::string_view kDigestPrefix = "sha256:";
constexpr std::size_t kTypeMax = 100;

// Into the store, piece by piece.
class ArtifactSink final : public net::HttpSink {
 public:
  explicit ArtifactSink(Result<store::BlobWriter> writer) : writer_(std::move(writer)) {}

  Result<void> write(ByteView piece) override {
    if (!writer_) return writer_.error();
    auto done = writer_->append(piece);
    if (!done) failed_ = done.error();
    return done;
  }
  Result<std::string> finish(std::string_view expected) {
    if (!writer_) return writer_.error();
    if (failed_) return *failed_;
    return writer_->finish(expected);
  }
  std::uint64_t size() const { return writer_ ? writer_->size() : 0; }

 private:
  Result<store::BlobWriter> writer_;
  std::optional<Error> failed_;
};

// The digits behind "sha256:". Errors: invalid.
Result<std::string> artifact_hex(std::string_view digest) {
  if (domain::is_digest(digest)) return std::string(digest.substr(kDigestPrefix.size()));
  return invalid(
      std::format("expected sha256: and 64 hexadecimal digits, found '{}'", excerpt(digest, 80)));
}

// The hub has not what it should; no code of ours is that.
net::HttpResponse damaged(const Error& error) {
  codec::JsonWriter json;
  json.begin_object().key("error").begin_object();
  json.member("code", "damaged").member("text", error.text).end_object().end_object();
  return json_answer(500, json);
}

bool is_media_type(std::string_view text) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("/.+-").contains(c);
  };
  return text.size() <= kTypeMax && std::ranges::all_of(text, good);
}

}  // namespace

std::unique_ptr<net::HttpSink> artifact_sink(ApiParts& parts, std::uint64_t bytes_max) {
  return std::make_unique<ArtifactSink>(parts.hub.blobs().create(bytes_max));
}

ApiAnswer upload_artifact(const ApiCall& call) {
  const std::string wanted = TRY(artifact_hex(call.parameter("digest")));
  std::string type(call.parameter("media_type"));
  if (type.empty()) type = "application/octet-stream";
  if (!is_media_type(type)) return invalid("media_type: expected a media type");
  // A small body may have come with the head, before anybody asked for a sink.
  std::unique_ptr<net::HttpSink> made;
  if (!call.request.upload) {
    made = artifact_sink(call.parts, call.request.body.size());
    TRY(made->write(as_bytes(call.request.body)));
  }
  auto* sink = dynamic_cast<ArtifactSink*>(made ? made.get() : call.request.upload.get());
  if (sink == nullptr) return fail(Code::internal, "a body went where nobody looks for it");
  const bool is_known = call.db().artifacts().get(wanted).has_value();
  const bool is_mended = is_known && !call.hub().blobs().read_verified(wanted);
  const std::string digest = TRY(sink->finish(wanted));
  const std::string actor = TRY(actor_of(call.db().audit(), *call.caller));
  const auto entry =
      audit_entry(call.now(), is_mended ? "artifact.mended" : "artifact.added", actor,
                  std::string(kDigestPrefix) + digest, {{"bytes", std::to_string(sink->size())}});
  const store::Artifact artifact{digest, sink->size(), type, call.caller->author(), call.now()};
  TRY(as_caller(call, [&]() -> Result<void> {
    if (is_mended) TRY(call.db().audit().append(std::span(&entry, 1)));
    TRY(call.db().artifacts().add(artifact, std::span(&entry, 1)));
    return {};
  }));
  return response_of(ArtifactView{std::string(kDigestPrefix) + digest, sink->size()}, 201);
}

ApiAnswer show_artifact(const ApiCall& call) {
  const std::string digest = TRY(artifact_hex(call.route.captured.front()));
  const auto known = TRY(call.db().artifacts().get(digest));
  auto file = call.hub().blobs().read_verified(digest);
  if (!file && file.error().code == Code::corrupt) return damaged(file.error());
  if (!file) return file.error();
  auto source = TRY(net::file_source(std::move(*file)));
  net::HttpResponse response;
  // Never to be taken for a page, whatever its uploader says it is.
  response.headers = {{"Content-Type", "application/octet-stream"},
                      {"X-Media-Type", known.media_type},
                      {"Content-Disposition", "attachment"},
                      {"Cache-Control", "private, max-age=31536000, immutable"}};
  return net::ranged(std::move(response), call.request, std::move(source), digest);
}

}  // namespace lineside::hub
