#include <format>

#include "base/text.h"
#include "hub/api/api_internal.h"

namespace lineside::hub {

namespace {

constexpr std::size_t kBatchBodyMax = std::size_t{64} << 20;
constexpr std::uint64_t kAllBodiesMax = std::uint64_t{256} << 20;
// A value takes about 80 bytes while its body is read.
constexpr std::size_t kValuesMax = 4'000'000;

codec::ParsedObjects parse_body(const ApiCall& call, std::string_view body) {
  const std::string_view type = call.request.header("Content-Type");
  if (trim(type.substr(0, type.find(';'))) == "application/yaml")
    return codec::parse_objects_yaml({{"body", std::string(body)}});
  return codec::parse_objects_json(body, "body", {.bytes = kBatchBodyMax, .values = kValuesMax});
}

// Said before it is looked whether the caller may: nothing of it depends on more than he sees.
net::HttpResponse bad_body(const std::vector<domain::Problem>& problems) {
  return error_response(422,
                        invalid(std::format("the objects have {} problem{}", problems.size(),
                                            problems.size() == 1 ? "" : "s")),
                        problems);
}

std::string_view change_of(const store::StoredObject* before, const domain::CatalogObject& after) {
  if (before == nullptr) return domain::to_text(store::ObjectChange::created);
  return domain::to_text(before->spec == after.spec ? store::ObjectChange::unchanged
                                                    : store::ObjectChange::updated);
}

}  // namespace

// The size counts from when it is taken until the request is answered.
class MemorySink final : public net::HttpSink {
 public:
  explicit MemorySink(std::atomic<std::uint64_t>& all) : all_(all) {}
  ~MemorySink() override { all_ -= text_.size(); }
  MemorySink(const MemorySink&) = delete;
  MemorySink& operator=(const MemorySink&) = delete;

  Result<void> write(ByteView piece) override {
    if (all_ + piece.size() > kAllBodiesMax) {
      full_ = true;
      return fail(Code::unavailable, "too many large requests at once; try again");
    }
    all_ += piece.size();
    text_ += as_text(piece);
    return {};
  }
  Result<std::string_view> text() const {
    if (full_) return fail(Code::unavailable, "too many large requests at once; try again");
    return std::string_view(text_);
  }

 private:
  std::atomic<std::uint64_t>& all_;
  std::string text_;
  bool full_ = false;
};

std::unique_ptr<net::HttpSink> memory_sink(ApiParts& parts) {
  return std::make_unique<MemorySink>(parts.upload_bytes);
}

Result<std::string_view> ApiCall::body() const {
  if (!request.upload) return std::string_view(request.body);
  const auto* sink = dynamic_cast<const MemorySink*>(request.upload.get());
  if (sink == nullptr) return fail(Code::internal, "a body went where nobody looks for it");
  return sink->text();
}

namespace {

// Of writes that are there to be stored or tried, what became of them.
ApiAnswer write_all(const ApiCall& call, const std::vector<store::ObjectWrite>& writes,
                    const codec::ParsedObjects& parsed) {
  const bool dry_run = TRY(call.flag("dry_run"));
  const auto applied =
      TRY(call.parts.writer.write(*call.caller, writes, {dry_run, TRY(call.note())}));
  if (!applied.problems.empty()) return problems_response(call, {writes, applied, &parsed});
  AppliedView view{{}, dry_run, warnings_of(call, writes)};
  view.items.reserve(writes.size());
  for (std::size_t i = 0; i < writes.size(); ++i)
    view.items.push_back({writes[i].object.kind, writes[i].object.name, applied.outcomes[i].change,
                          applied.outcomes[i].revision});
  return response_of(view);
}

}  // namespace

ApiAnswer apply_objects(const ApiCall& call) {
  TRY(call.flag("dry_run"));
  const auto parsed = parse_body(call, TRY(call.body()));
  if (!parsed.problems.empty()) return bad_body(ref_problems(call, parsed));
  std::vector<store::ObjectWrite> writes;
  writes.reserve(parsed.objects.size());
  for (std::size_t i = 0; i < parsed.objects.size(); ++i)
    writes.push_back({parsed.objects[i], false, parsed.told_revision(i)});
  return write_all(call, writes, parsed);
}

// What they say beyond kind and name does not matter, but what is no manifest may be a mistake.
ApiAnswer delete_objects(const ApiCall& call) {
  const auto parsed = parse_body(call, TRY(call.body()));
  if (!parsed.problems.empty()) return bad_body(parsed.problems);
  std::vector<store::ObjectWrite> writes;
  writes.reserve(parsed.objects.size());
  for (std::size_t i = 0; i < parsed.objects.size(); ++i) {
    store::ObjectWrite& write = writes.emplace_back();
    write.object.kind = parsed.objects[i].kind;
    write.object.name = parsed.objects[i].name;
    write.object.place = parsed.objects[i].place;
    write.deletes = true;
    write.expected = parsed.told_revision(i);
  }
  return write_all(call, writes, parsed);
}

ApiAnswer diff_objects(const ApiCall& call) {
  const auto parsed = parse_body(call, TRY(call.body()));
  if (!parsed.problems.empty()) return bad_body(parsed.problems);
  codec::JsonWriter json;
  json.begin_object().key("items").begin_array();
  for (const domain::CatalogObject& object : parsed.objects) {
    const auto stored = TRY(current_of(call, {object.kind, object.name}));
    const store::StoredObject* before = stored ? &*stored : nullptr;
    const auto differences =
        TRY(codec::diff_specs(before != nullptr ? before->spec : "", object.spec));
    json.begin_object().member("kind", to_text(object.kind)).member("name", object.name);
    json.member("change", change_of(before, object)).key("differences");
    write_differences(json, differences);
    json.end_object();
  }
  json.end_array().end_object();
  return json_answer(200, json);
}

}  // namespace lineside::hub
