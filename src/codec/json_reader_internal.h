// Reads given paths out of JSON documents in one pass, with simdjson's On-Demand parser.
// Source: J. Keiser, D. Lemire, "On-Demand JSON: A Better Way to Parse Documents?", 2024.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "codec/json_path.h"
#include "domain/reading.h"

namespace lineside::codec {

enum class JsonKind : std::uint8_t { missing, null, boolean, number, not_finite, text, container };
std::string_view to_text(JsonKind kind);  // "a string"

// What stands at a path.
struct JsonScalar {
  JsonKind kind = JsonKind::missing;
  bool truth = false;     // of a boolean
  double number = 0;      // of a number, if it was asked for
  std::string_view text;  // of a string, unescaped; of others the token as it stands
};

// Why a document is none, as a whole.
struct JsonFault {
  domain::Reject reason;
  std::string detail;
};

// The parser's working memory; shared by the readers of one thread.
class JsonMemory {
 public:
  JsonMemory();
  JsonMemory(JsonMemory&&) noexcept;
  JsonMemory& operator=(JsonMemory&&) noexcept;
  ~JsonMemory();

 private:
  friend class JsonReader;
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

enum class JsonWant : std::uint8_t { token, number };

// Owned by one thread.
class JsonReader {
 public:
  // The next result, in the order of calls from 0. `number`: JsonScalar::number is filled.
  void add(std::span<const JsonStep> path, JsonWant want);

  // Reads a document of at most 4 GiB. The first of equal members counts. What results() show lives
  // as long as `document` and until the next read with this memory.
  std::optional<JsonFault> read(ByteView document, JsonMemory& memory);
  std::span<const JsonScalar> results() const { return results_; }

 private:
  friend class JsonWalk;

  struct Member {
    std::string key;
    std::uint32_t node;
  };
  struct Element {
    std::uint32_t index;
    std::uint32_t node;
  };
  // What the n-th member of this object was called last time, and where it led.
  struct Slot {
    std::string key;
    std::uint32_t node;
  };
  struct Node {
    std::vector<std::uint32_t> targets;  // results that stand here
    bool wants_number = false;
    std::vector<Member> members;    // by key
    std::vector<Element> elements;  // by index
    std::vector<Slot> slots;
    std::uint64_t seen_in = 0;  // number of the document in which it was met last
  };

  std::uint32_t child(std::uint32_t node, const JsonStep& step);

  std::vector<Node> nodes_ = std::vector<Node>(1);  // the first is the document
  std::vector<JsonScalar> results_;
  std::uint64_t document_ = 0;
};

}  // namespace lineside::codec
