// Manifests of all catalog kinds <-> domain::CatalogObject, from YAML and JSON through one walk.
//
// A document is `apiVersion`, `kind`, `name`, `spec`; `meta`, which the hub adds to what it shows,
// is passed over. Every mistake is told at once with file, line and column: unknown and misspelt
// fields and kinds, wrong types, ranges and units, rules across fields, names given twice, cycles.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/json_struct.h"
#include "codec/json_writer.h"
#include "codec/manifest.h"
#include "codec/tree.h"
#include "domain/catalog.h"

namespace lineside::codec {

struct ParsedObjects {
  std::vector<domain::CatalogObject> objects;  // in source order; those without a problem of theirs
  std::vector<domain::Problem> problems;       // at most kProblemsMax and one that says so

  // The place of a field ("spec.parent", or a Ref's "spec." + field) of an object, or of its
  // nearest parent with a place. `value` picks the item of a list that is this text.
  domain::Place place_of(std::size_t object, std::string_view path,
                         std::string_view value = {}) const;

  // The revision that a document was read at, out of its `meta`; absent: not told.
  std::optional<std::int64_t> told_revision(std::size_t object) const;

  struct Source {
    std::shared_ptr<const Tree> tree;
    const TreeNode* document = nullptr;
    std::string path;  // of the document: "items[3]"; empty: it is the whole
  };
  std::vector<Source> sources;  // of each object

  // Those with a problem of theirs, as far as they could be read, and where they came from. They
  // are there all the same for what refers to them.
  std::vector<domain::CatalogObject> flawed;
  std::vector<Source> flawed_sources;
  // Documents and whole files that do not tell both kind and name. Anything may be in them.
  struct Unnamed {
    std::optional<domain::Kind> kind;  // absent: not told
    std::string name;                  // empty: not told
  };
  std::vector<Unnamed> unnamed;
};

// Where texts come from. `fresh` ones hold no character that turns the direction of writing or
// breaks lines unseen (base/plain_text.h); those that are `kept` somewhere may be older than that.
enum class Texts : unsigned char { fresh, kept };

// All documents of the files; Training manifests and empty documents are passed over. Names are
// checked across files.
ParsedObjects parse_objects_yaml(const std::vector<SourceFile>& files, Texts texts = Texts::fresh);

// One object, a list of them, or {"items": [...]}. `shown_name` stands for the file in messages.
ParsedObjects parse_objects_json(std::string_view text, std::string_view shown_name,
                                 const TreeLimits& limits = {}, Texts texts = Texts::fresh);

// All that is wrong: the problems of `parsed`, and domain::check() of all its objects, flawed ones
// too, against what is known, each at the line it is about. Of one place one thing is told, and
// nothing that may only follow from what could not be read. In the order of sort_by_place().
std::vector<domain::Problem> check_known(const ParsedObjects& parsed,
                                         const domain::KnownObjects& known);

// No text or name of a member holds a control character or one that turns writing
// (docs/formats/manifests.md). Errors: invalid, also for what is no JSON.
Result<void> check_texts(std::string_view json, std::string_view shown_name);

// By file, line and column; what is about a whole file last.
void sort_by_place(std::vector<domain::Problem>& problems);

// What came as JSON, as it came, without blanks.
void write_json(const Tree& tree, const TreeNode& node, JsonWriter& json);

struct SpecRefs {
  std::vector<domain::Ref> refs;
  std::vector<domain::Term> terms;
};
// What a stored canonical spec refers to and is listed by. Errors: corrupt (does not fit the kind).
Result<SpecRefs> spec_refs(domain::Kind kind, std::string_view spec);

// A stored spec as the struct of its kind; codec/canonical.h writes it back. Errors: corrupt.
template <domain::Described S>
Result<S> read_spec(std::string_view spec) {
  auto read = read_json<S>(spec, "spec");
  if (!read) return fail(Code::corrupt, std::move(read.error().text));
  return read;
}

// The object as a YAML document that parses to the same, with a line feed at the end. The spec must
// be canonical. Errors: corrupt.
Result<std::string> manifest_yaml(const domain::CatalogObject& object);

// apiVersion, kind, name and spec into an open object; the caller may add `meta` and closes it.
void manifest_members(const domain::CatalogObject& object, JsonWriter& json);
std::string manifest_json(const domain::CatalogObject& object);

// JSON Schema of a kind's spec (codec/schema.h), and of its whole manifest.
void write_schema(domain::Kind kind, JsonWriter& json);
void write_manifest_schema(domain::Kind kind, JsonWriter& json);

// The fields a kind is listed by, in table order.
struct FilterField {
  std::string field;                      // as Term and Ref name it
  std::optional<domain::Kind> refers_to;  // absent: a term
  std::string_view doc;
  std::vector<std::string_view> values = {};  // all that there are; empty: anything
};
std::vector<FilterField> filter_fields(domain::Kind kind);

struct Difference {
  std::string path;    // "spec.streams[2].unit"
  std::string before;  // JSON; empty: absent
  std::string after;
  bool operator==(const Difference&) const = default;
};
constexpr auto fields(const Difference*) {
  return std::tuple(domain::field("path", &Difference::path, "field that differs"),
                    domain::field("before", &Difference::before, "its JSON before; empty: absent"),
                    domain::field("after", &Difference::after, "its JSON after; empty: absent"));
}
// What differs between two canonical specs: what changed or went in field order, then what came;
// items of lists are compared one by one from the first. An empty text is no spec at all.
// Errors: corrupt (not JSON).
Result<std::vector<Difference>> diff_specs(std::string_view before, std::string_view after);

}  // namespace lineside::codec
