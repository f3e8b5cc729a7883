// Whether a connection gives its streams the units that contracts ask for.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "domain/connection.h"
#include "domain/contract.h"

namespace lineside::domain {

// A point of a mapping that has another unit than the rule of the contract asks for.
struct UnitClash {
  std::size_t mapping = 0;
  std::size_t point = 0;
  std::size_t rule = 0;
};

// Of all assets that a mapping may come to name; wherever the two are meant for.
std::vector<UnitClash> unit_clashes(const ConnectionSpec& connection, const ContractSpec& contract);
// The same for who compares what strangers write: `looks`, about one a comparison of two short
// texts, are taken from; at 0 it ends with what it has found.
std::vector<UnitClash> unit_clashes(const ConnectionSpec& connection, const ContractSpec& contract,
                                    std::size_t& looks);

// The rule that a stream of this name within its asset falls under; null: none.
const StreamRule* rule_for(const ContractSpec& contract, std::string_view stream);

// Whether the mapping may be what the asset's streams come by.
bool can_name_asset(const MappingSpec& mapping, std::string_view asset);

}  // namespace lineside::domain
