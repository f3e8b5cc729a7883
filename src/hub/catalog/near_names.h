// What a misspelt name of an object may have meant, of those the caller sees.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/kinds.h"
#include "hub/access/grants.h"
#include "store/hub_catalog.h"

namespace lineside::hub {

// Of one request. Kinds of few objects are compared whole; of others the names that are one letter
// away are looked up, for so many misspelt names, and the neighbours in order of names compared.
class NearNames {
 public:
  static constexpr std::size_t kWholeMax = 2'000;  // objects of a kind
  static constexpr std::size_t kLookedUpMax = 10;  // misspelt names; about 1,500 look-ups each
  static constexpr std::size_t kNeighbours = 100;  // names that share a beginning
  static constexpr std::size_t kSlipMax = 3;       // letters of a slip

  NearNames(const store::HubCatalog& catalog, const Grants& grants)
      : catalog_(catalog), grants_(grants) {}

  // Empty: nothing is near enough, or the database does not answer.
  std::optional<std::string> find(domain::Kind kind, std::string_view name);
  // The same where a few letters in one place are wrong. Of who asks for one object by its name a
  // name that is farther off, as machines have them beside each other, means another.
  std::optional<std::string> find_slip(domain::Kind kind, std::string_view name);

 private:
  const std::vector<std::string>* whole(domain::Kind kind);
  bool is_there(domain::Kind kind, const std::string& name) const;
  std::optional<std::string> one_letter_away(domain::Kind kind, std::string_view name) const;
  std::optional<std::string> neighbour(domain::Kind kind, std::string_view name) const;

  const store::HubCatalog& catalog_;
  const Grants& grants_;
  // Absent: too many.
  std::map<domain::Kind, std::optional<std::vector<std::string>>> whole_;
  std::size_t looked_up_ = 0;
};

}  // namespace lineside::hub
