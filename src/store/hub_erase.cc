// What erasing a person takes out of a hub's database. docs/formats/hub-db.md says what stays.
#include <algorithm>
#include <format>
#include <functional>
#include <utility>

#include "store/hub_core_internal.h"
#include "store/hub_db.h"
#include "store/hub_entry_internal.h"
#include "store/hub_rows_internal.h"

namespace lineside::store {

namespace {

using domain::Kind;

bool is_word_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
         (c >= 'A' && c <= 'Z') || c == '_';
}

// `text` with `with` for each `word` that stands by itself: "al" is no part of "global".
std::string without_word(std::string_view text, std::string_view word, std::string_view with) {
  std::string out;
  std::size_t from = 0;
  for (std::size_t at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + word.size())) {
    const std::size_t end = at + word.size();
    const bool begins = at == 0 || !is_word_byte(text[at - 1]);
    const bool ends = end == text.size() || !is_word_byte(text[end]);
    if (!begins || !ends) continue;
    out += text.substr(from, at - from);
    out += with;
    from = end;
  }
  return out += text.substr(from);
}

class Erasure {
 public:
  Erasure(HubWriting& writing, std::string_view person) : writing_(writing), person_(person) {}

  Result<void> run() {
    Database& database = writing_.connection().database;
    if (object_id(database, Kind::person, person_, Life::living))
      return fail(Code::conflict, "expected a person who is not in the catalog any more");
    erased_ = pseudonym(TRY(writing_.salt(person_)), person_);
    std::vector<std::string> words = {std::string(person_)};
    if (const auto buried = object_id(database, Kind::person, person_, Life::ever)) {
      TRY(find_words(*buried, words));
      TRY(writing_["erase_specs"].with(*buried).run());
      TRY(writing_["buried_delete"].with(static_cast<int>(Kind::person), person_).run());
    }
    for (const char* statement :
         {"salt_delete", "login_delete", "session_delete_person", "erase_tokens"})
      TRY(writing_[statement].with(person_).run());
    for (const char* statement : {"erase_author", "erase_approvals", "erase_enrolments",
                                  "erase_artifacts", "erase_verdicts"})
      TRY(writing_[statement].with(person_, erased_).run());
    TRY(erase_named());
    // The name may be a part of the others, of which a rest would stay.
    std::ranges::stable_sort(words, std::ranges::greater(), &std::string::size);
    for (const std::string& word : words) TRY(erase_word(word));
    return {};
  }

 private:
  // A title of one word may be a word of any text.
  Result<void> find_words(std::int64_t object, std::vector<std::string>& words) {
    return writing_["erase_words"].with(object).each([&](const Statement& row) {
      std::string word = row.text(0);
      if (word.find_first_of(" @") != std::string::npos) words.push_back(std::move(word));
    });
  }

  // Where specs refer to the person. Versions before 4 of the database have put the digest of the
  // spec with its name into the log: of those nothing is left by which it could be guessed.
  Result<void> erase_named() {
    std::vector<std::pair<std::int64_t, std::optional<std::string>>> changed;
    TRY(writing_["erase_named_find"]
            .with(person_, static_cast<int>(Kind::model_version), static_cast<int>(Kind::token))
            .each([&](const Statement& row) {
              const std::string spec = row.text(2);
              const std::string_view named = person_in(row.one_of<Kind>(1, "object.kind"), spec);
              if (named != person_) return;
              changed.emplace_back(row.integer(0), std::nullopt);
              if (row.integer(3) == 0) changed.back().second = with_person(spec, named, erased_);
            }));
    for (const auto& [leaf, spec] : changed) TRY(writing_["erase_spec"].with(leaf, spec).run());
    return {};
  }

  // In what others wrote.
  Result<void> erase_word(std::string_view word) {
    const auto clean = [&](std::string_view text) { return without_word(text, word, erased_); };
    struct Texts {
      std::string key;
      std::string text;
      std::string path = {};  // of JSON
    };
    std::vector<Texts> found;
    const auto take = [&](const Statement& row) {
      found.push_back({row.text(0), clean(row.text(1))});
    };
    TRY(writing_["erase_notes_find"].with(word).each(take));
    for (const Texts& note : std::exchange(found, {}))
      TRY(writing_["erase_note"].with(note.key, note.text).run());
    TRY(writing_["erase_revocations_find"].with(word).each(take));
    for (const Texts& reason : std::exchange(found, {}))
      TRY(writing_["erase_revocation"].with(reason.key, reason.text).run());
    TRY(writing_["erase_reasons_find"].with(word).each(take));
    for (const Texts& reason : std::exchange(found, {}))
      TRY(writing_["erase_reasons"].with(reason.key, reason.text).run());
    TRY(erase_said(word));
    TRY(writing_["erase_purposes_find"].with(word).each([&](const Statement& row) {
      found.push_back({row.text(0), clean(row.text(1)), row.text(2)});
    }));
    for (const Texts& purpose : found)
      TRY(writing_["erase_purpose"].with(purpose.key, purpose.path, purpose.text).run());
    return {};
  }

  // In what operators said at edges, whose authors are as they were typed.
  Result<void> erase_said(std::string_view word) {
    struct Said {
      std::string edge, alert, author;
      std::int64_t time = 0;
      std::string note, cause;
    };
    std::vector<Said> found;
    TRY(writing_["erase_said_find"].with(word).each([&](const Statement& row) {
      found.push_back(
          {row.text(0), row.text(1), row.text(2), row.integer(3), row.text(4), row.text(5)});
    }));
    const auto clean = [&](std::string_view text) { return without_word(text, word, erased_); };
    for (const Said& said : found)
      TRY(writing_["erase_said"]
              .with(said.edge, said.alert, said.author, said.time, clean(said.author),
                    clean(said.note), clean(said.cause))
              .run());
    return {};
  }

  HubWriting& writing_;
  const std::string_view person_;
  std::string erased_;
};

}  // namespace

Result<void> HubDb::erase_person(std::string_view person, std::span<const AuditEntry> entries) {
  return core_->write([&](HubWriting& writing) -> Result<void> {
    TRY(Erasure(writing, person).run());
    core_->cuts_log = true;
    return writing.add_leaves(entries);
  });
}

}  // namespace lineside::store
