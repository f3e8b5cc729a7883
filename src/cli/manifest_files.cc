#include "cli/manifest_files.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <format>
#include <map>
#include <set>
#include <tuple>

#include "base/text.h"
#include "cli/options.h"
#include "domain/fields.h"
#include "world/files.h"

namespace lineside::cli {

namespace {

constexpr int kFolderDepthMax = 32;  // of folders; a link may lead round in a circle
constexpr std::string_view kItem = "items[";
constexpr std::string_view kInput = "-";      // standard input
constexpr std::size_t kPathMax = 1024;        // in messages
constexpr std::size_t kNoteBytesMax = 4'000;  // percent-encoded it fits a hub's 16 KiB of header

Result<void> read_file(const std::string& path, std::vector<codec::SourceFile>& files) {
  const Bytes bytes = TRY(world::system_files().read(path));
  files.push_back({path, std::string(as_text(bytes))});
  return {};
}

// No more than is told to be too much.
Result<void> read_input(std::vector<codec::SourceFile>& files) {
  constexpr std::size_t kInputMax = std::size_t{2} << 20;
  constexpr std::size_t kPiece = std::size_t{64} << 10;
  std::string text;
  while (text.size() < kInputMax) {
    const std::size_t before = text.size();
    text.resize(before + kPiece);
    const std::size_t got = std::fread(text.data() + before, 1, kPiece, stdin);
    text.resize(before + got);
    if (got == 0) break;
  }
  if (std::ferror(stdin) != 0) return invalid("-: cannot read standard input");
  files.push_back({std::string(kInput), std::move(text)});
  return {};
}

Result<void> read_below(const std::string& folder, int depth,
                        std::vector<codec::SourceFile>& files) {
  if (depth > kFolderDepthMax)
    return invalid(excerpt(folder, kPathMax) + ": folders are nested too deeply");
  for (const std::string& name : TRY(world::system_files().list(folder))) {
    if (name.starts_with(".")) continue;
    if (name.ends_with("/"))
      TRY(read_below(folder + "/" + name.substr(0, name.size() - 1), depth + 1, files));
    else if (name.ends_with(".yaml") || name.ends_with(".yml"))
      TRY(read_file(folder + "/" + name, files));
  }
  return {};
}

std::optional<std::size_t> find_object(const codec::ParsedObjects& parsed, std::string_view name) {
  for (std::size_t i = 0; i < parsed.objects.size(); ++i)
    if (std::format("{}/{}", to_text(parsed.objects[i].kind), parsed.objects[i].name) == name)
      return i;
  return std::nullopt;
}

// "items[3].spec.parent" in its two parts.
struct ItemPath {
  std::size_t index = 0;
  std::string path;
};
std::optional<ItemPath> item_path(std::string_view text) {
  if (!text.starts_with(kItem)) return std::nullopt;
  ItemPath found;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + kItem.size(), end, found.index);
  if (error != std::errc() || !std::string_view(stop, end).starts_with("].")) return std::nullopt;
  found.path = std::string(stop + 2, end);
  return found;
}

// Without the quotes around it.
std::string_view value_in(std::string_view found) {
  const bool is_quoted = found.size() > 1 && found.starts_with('\'') && found.ends_with('\'');
  return is_quoted ? found.substr(1, found.size() - 2) : found;
}

// Which object a problem of the hub is about, and the path in its document: "items[3].spec.parent",
// or "Site/berlin" for the whole.
domain::Problem at_source(const codec::ParsedObjects& parsed, domain::Problem problem) {
  std::optional<std::size_t> object = find_object(parsed, problem.path);
  std::string path = object ? "name" : "";
  if (const auto item = item_path(problem.path)) {
    object = item->index;
    path = item->path;
    problem.path = path;
  }
  if (object && *object < parsed.objects.size())
    problem.place = parsed.place_of(*object, path, value_in(problem.found));
  return problem;
}

void write_items(const codec::ParsedObjects& parsed, codec::JsonWriter& json) {
  for (std::size_t i = 0; i < parsed.objects.size(); ++i) {
    json.begin_object();
    codec::manifest_members(parsed.objects[i], json);
    if (const auto revision = parsed.told_revision(i))
      json.key("meta").begin_object().member("revision", *revision).end_object();
    json.end_object();
  }
}

bool is_anonymous(const codec::ParsedObjects::Unnamed& one) {
  return !one.kind && one.name.empty();
}

// As objects without an apiVersion: whatever the hub makes of the rest, it takes none of them, and
// looks at references before rights and revisions.
void write_flawed(const codec::ParsedObjects& parsed, codec::JsonWriter& json) {
  for (const domain::CatalogObject& object : parsed.flawed) {
    json.begin_object().member("kind", object.kind).member("name", object.name);
    json.key("spec").raw(object.spec.empty() ? "{}" : object.spec).end_object();
  }
  for (const codec::ParsedObjects::Unnamed& one : parsed.unnamed) {
    if (is_anonymous(one)) continue;
    json.begin_object();
    if (one.kind) json.member("kind", *one.kind);
    if (!one.name.empty()) json.member("name", one.name);
    json.end_object();
  }
  // Of what nobody has looked at nothing is known; else something that nothing can refer to.
  const bool is_cut_off = parsed.problems.size() > domain::kProblemsMax;
  json.begin_object();
  if (!is_cut_off) json.member("name", "?");
  json.end_object();
}

// The reference that the hub says dangles: "spec.parent" and "'berln'".
const domain::Ref* find_ref(const domain::CatalogObject& object, const std::string& path,
                            const std::string& found) {
  const auto ref = std::ranges::find_if(object.refs, [&](const domain::Ref& one) {
    return path == "spec." + one.field && found == "'" + excerpt(one.name, 60) + "'";
  });
  return ref == object.refs.end() ? nullptr : &*ref;
}

// As a word of its own: names that are not in a file's text are not in its documents.
bool holds_name(std::string_view text, std::string_view name) {
  const auto is_of_name = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '-';
  };
  for (auto at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
    const auto end = at + name.size();
    if ((at == 0 || !is_of_name(text[at - 1])) && (end == text.size() || !is_of_name(text[end])))
      return true;
  }
  return false;
}

// Asks a hub what is wrong with manifests of which some are flawed.
class FlawedQuestions {
 public:
  FlawedQuestions(HubClient& client, const Manifests& manifests)
      : client_(client), manifests_(manifests), parsed_(manifests.parsed) {
    for (const domain::Problem& problem : parsed_.problems) told_.insert(key_of(problem));
  }

  // References that dangle, cycles through what the hub has. Errors: of the call.
  Result<void> ask_references() {
    codec::JsonWriter json;
    json.begin_object().key("items").begin_array();
    write_items(parsed_, json);
    write_flawed(parsed_, json);
    json.end_array().end_object();
    const auto answer = send(json.take());
    if (answer) return {};
    if (answer.error().code != Code::invalid) return answer.error();
    for (const domain::Problem& problem : client_.problems()) take(problem);
    return {};
  }

  // Rights and revisions, of those objects that could be applied without the others. Errors: of
  // the call.
  Result<void> ask_rights() {
    const codec::ParsedObjects sound = sound_alone(parsed_, unsure_);
    if (sound.objects.empty()) return {};
    const auto answer = send(request_body(sound));
    if (answer || answer.error().code == Code::invalid) return {};
    if (answer.error().code != Code::denied && answer.error().code != Code::conflict)
      return answer.error();
    Refused refused = refusal_by_hub(sound, client_, answer.error());
    if (refused.problems.empty()) refused.problems.push_back({.text = answer.error().text});
    for (domain::Problem& problem : refused.problems) add(std::move(problem));
    return {};
  }

  std::vector<domain::Problem> take_problems() { return std::move(found_); }
  std::string note() const {
    std::string files;
    for (const std::string& file : kept_back_) files += (files.empty() ? "" : ", ") + file;
    return files.empty() ? ""
                         : std::format(
                               "references to what may be in {} are told once that can be "
                               "read",
                               files);
  }

 private:
  using Key = std::tuple<std::string, int, int>;
  static Key key_of(const domain::Problem& problem) {
    return {problem.place.file, problem.place.line, problem.place.column};
  }

  Result<std::string> send(std::string body) {
    return client_.send("POST", api_path({"apply"}) + "?dry_run=true", std::move(body));
  }

  void add(domain::Problem problem) {
    if (problem.place.line == 0 || !told_.contains(key_of(problem)))
      found_.push_back(std::move(problem));
  }

  // What the hub says of a flawed object beside its references is about what was sent, not about
  // what is in the file.
  void take(const domain::Problem& problem) {
    const auto item = item_path(problem.path);
    const std::size_t sound = parsed_.objects.size();
    const bool is_sound = !item || item->index < sound;
    if (!is_sound && item->index - sound >= parsed_.flawed.size()) return;
    const domain::Ref* ref = nullptr;
    if (item) {
      const auto& object =
          is_sound ? parsed_.objects[item->index] : parsed_.flawed[item->index - sound];
      ref = find_ref(object, item->path, problem.found);
    }
    if (item && is_sound) unsure_.insert(item->index);
    if (ref != nullptr && may_be_unread(ref->name)) return;
    if (is_sound) return add(at_source(parsed_, problem));
    if (ref != nullptr) add(of_flawed(problem, *item, *ref));
  }

  domain::Problem of_flawed(domain::Problem problem, const ItemPath& item,
                            const domain::Ref& ref) const {
    const codec::ParsedObjects flawed{
        .objects = parsed_.flawed, .problems = {}, .sources = parsed_.flawed_sources};
    problem.path = item.path;
    problem.place = flawed.place_of(item.index - parsed_.objects.size(), item.path, ref.name);
    return problem;
  }

  bool may_be_unread(std::string_view name) {
    bool may_be = false;
    for (const codec::SourceFile& file : manifests_.unread) {
      if (!holds_name(file.text, name)) continue;
      kept_back_.insert(file.path);
      may_be = true;
    }
    return may_be;
  }

  HubClient& client_;
  const Manifests& manifests_;
  const codec::ParsedObjects& parsed_;
  std::set<Key> told_;               // where the files themselves are wrong
  std::set<std::size_t> unsure_;     // sound objects with references that dangle
  std::set<std::string> kept_back_;  // files that may have what was not found
  std::vector<domain::Problem> found_;
};

Result<Refused> ask_about_flawed(HubClient& client, const Manifests& manifests) {
  FlawedQuestions questions(client, manifests);
  TRY(questions.ask_references());
  TRY(questions.ask_rights());
  return Refused{{}, questions.take_problems(), questions.note()};
}

// A hub refuses with the bare text of the first problem: "wrong unit".
Error told_in_full(Error error, const std::vector<domain::Problem>& problems) {
  const auto first = std::ranges::find(problems, error.text, &domain::Problem::text);
  if (first != problems.end() && !first->expected.empty())
    error.text += std::format(": expected {}, found {}", first->expected, first->found);
  return error;
}

std::string counted(std::size_t problems) {
  return std::format("{} problem{}", problems, problems == 1 ? "" : "s");
}

// Looked at alone: what is wrong elsewhere does not matter.
std::vector<codec::SourceFile> unread_of(const std::vector<codec::SourceFile>& files,
                                         const std::vector<domain::Problem>& problems) {
  std::set<std::string_view> wrong;
  for (const domain::Problem& problem : problems) wrong.insert(problem.place.file);
  std::vector<codec::SourceFile> unread;
  for (const codec::SourceFile& file : files)
    if (wrong.contains(file.path) &&
        std::ranges::any_of(codec::parse_objects_yaml({file}).unnamed, is_anonymous))
      unread.push_back(file);
  return unread;
}

}  // namespace

Result<Manifests> read_manifests(const std::vector<std::string>& paths) {
  std::vector<codec::SourceFile> files;
  if (std::ranges::count(paths, kInput) > 1) return invalid("expected '-' once, found it again");
  for (std::string path : paths) {
    if (path == kInput) {
      TRY(read_input(files));
      continue;
    }
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    const bool is_folder = world::system_files().list(path).has_value();
    TRY(is_folder ? read_below(path, 0, files) : read_file(path, files));
  }
  auto parsed = codec::parse_objects_yaml(files);
  if (parsed.objects.empty() && parsed.problems.empty())
    return invalid("expected manifests of the catalog, found none in " +
                   excerpt(paths.front(), kPathMax) + (paths.size() > 1 ? " and the others" : ""));
  auto unread = unread_of(files, parsed.problems);
  return Manifests{std::move(parsed), std::move(unread)};
}

Result<std::vector<codec::SourceFile>> read_sub_folders(std::string folder) {
  while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  std::vector<codec::SourceFile> files;
  for (const std::string& name : TRY(world::system_files().list(folder)))
    if (name.ends_with("/") && !name.starts_with("."))
      TRY(read_below(folder + "/" + name.substr(0, name.size() - 1), 1, files));
  return files;
}

std::string request_body(const codec::ParsedObjects& parsed) {
  codec::JsonWriter json;
  json.begin_object().key("items").begin_array();
  write_items(parsed, json);
  json.end_array().end_object();
  return json.take();
}

Result<void> check_note(std::string_view note) {
  TRY(check_line("--note", note));
  if (note.size() <= kNoteBytesMax) return {};
  return invalid(
      std::format("--note: expected at most {} bytes, found {}", kNoteBytesMax, note.size()));
}

Result<Answer> answer_about(const codec::ParsedObjects& parsed, std::string_view body) {
  Answer answer = TRY(Answer::parse_lists(body));
  const std::size_t told = answer.items(answer.root()).size();
  for (const codec::TreeNode* item : answer.items(answer.root()))
    if (answer.text(*item, "change").empty())
      return no_hub("expected a member 'change' of each object, found none");
  if (told == parsed.objects.size()) return answer;
  return fail(Code::corrupt, std::format("the hub's answer is about {} of {} objects", told,
                                         parsed.objects.size()));
}

Refused refusal_of_flawed(const Manifests& manifests, Result<HubClient>& client,
                          std::string_view outcome) {
  auto found = client ? ask_about_flawed(*client, manifests) : Result<Refused>(client.error());
  Refused refused = found ? *std::move(found) : Refused{};
  const auto& problems = manifests.parsed.problems;
  refused.problems.insert(refused.problems.end(), problems.begin(), problems.end());
  codec::sort_by_place(refused.problems);
  std::string text = counted(refused.problems.size());
  if (!outcome.empty()) text += std::format(", {}", outcome);
  if (!found)
    text += std::format("; what the files refer to was not looked up: {}", found.error().text);
  refused.error = invalid(std::move(text));
  return refused;
}

Refused refusal_by_hub(const codec::ParsedObjects& parsed, const HubClient& client,
                       const Error& error) {
  Refused refused{told_in_full(error, client.problems()), {}, ""};
  for (const domain::Problem& problem : client.problems())
    refused.problems.push_back(at_source(parsed, problem));
  codec::sort_by_place(refused.problems);
  return refused;
}

codec::ParsedObjects sound_alone(const codec::ParsedObjects& parsed,
                                 const std::set<std::size_t>& unsure) {
  using Name = std::pair<domain::Kind, std::string_view>;
  const auto& objects = parsed.objects;
  std::map<Name, std::vector<std::size_t>> referrers;
  for (std::size_t i = 0; i < objects.size(); ++i)
    for (const domain::Ref& ref : objects[i].refs) referrers[{ref.kind, ref.name}].push_back(i);
  std::vector<bool> is_out(objects.size());
  std::vector<Name> missing;  // whose referrers are not left out yet
  const auto leave_out = [&](std::size_t i) {
    if (!is_out[i]) missing.emplace_back(objects[i].kind, objects[i].name);
    is_out[i] = true;
  };
  for (const domain::CatalogObject& object : parsed.flawed)
    missing.emplace_back(object.kind, object.name);
  std::ranges::for_each(unsure, leave_out);
  while (!missing.empty()) {
    const auto found = referrers.find(missing.back());
    missing.pop_back();
    if (found == referrers.end()) continue;
    std::ranges::for_each(found->second, leave_out);
    referrers.erase(found);
  }
  codec::ParsedObjects sound;
  for (std::size_t i = 0; i < objects.size(); ++i) {
    if (is_out[i]) continue;
    sound.objects.push_back(objects[i]);
    sound.sources.push_back(parsed.sources[i]);
  }
  return sound;
}

int report(const Telling& telling, const Refused& refused) {
  return report(telling, refused.error, refused.problems, refused.note);
}

}  // namespace lineside::cli
