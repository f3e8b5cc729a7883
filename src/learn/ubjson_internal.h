// Universal Binary JSON (ubjson.org, draft 12) as XGBoost writes it: counted generic and typed
// arrays, open objects. Bounded: damaged bytes are an error.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace lineside::learn {

struct Ubjson {
  enum class Kind : unsigned char { null, number, text, numbers, list, object };
  Kind kind = Kind::null;
  double number = 0;  // also true (1) and false (0)
  std::string text;
  std::vector<double> numbers;  // of a typed array
  std::vector<Ubjson> list;
  std::map<std::string, Ubjson> object;

  // The member at a path of keys; null where there is none.
  const Ubjson& at(std::initializer_list<const char*> path) const;
};

// Errors: corrupt, with the byte.
Result<Ubjson> parse_ubjson(ByteView bytes);

}  // namespace lineside::learn
