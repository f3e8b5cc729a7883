#include "domain/unit_agreement.h"

#include <algorithm>
#include <limits>

#include "base/text.h"

namespace lineside::domain {

namespace {

// Whether a text fits both patterns, in which '*' stands for any run and '?' for any character.
bool can_meet(std::string_view a, std::string_view b) {
  constexpr std::size_t kLongest = 512;  // names have at most 128 characters
  if (a.size() > kLongest || b.size() > kLongest) return false;
  // after[j]: whether what follows of `a` and b.substr(j) can meet.
  std::vector<bool> after(b.size() + 1);
  for (std::size_t i = a.size() + 1; i-- > 0;) {
    std::vector<bool> now(b.size() + 1);
    for (std::size_t j = b.size() + 1; j-- > 0;) {
      const bool more_a = i < a.size();
      const bool more_b = j < b.size();
      if (more_a && a[i] == '*')
        now[j] = after[j] || (more_b && now[j + 1]);
      else if (more_b && b[j] == '*')
        now[j] = now[j + 1] || (more_a && after[j]);
      else if (more_a && more_b)
        now[j] = (a[i] == b[j] || a[i] == '?' || b[j] == '?') && after[j + 1];
      else
        now[j] = !more_a && !more_b;
    }
    after = std::move(now);
  }
  return after[0];
}

constexpr std::size_t kShort = 64;  // steps of can_meet() that count as one look

// False: there are not so many left, and then none.
bool take(std::size_t& looks, std::size_t count) {
  const bool is_enough = looks >= count;
  looks = is_enough ? looks - count : 0;
  return is_enough;
}

// The assets that a mapping may name, as a glob.
std::string assets_of(const MappingSpec& mapping) {
  constexpr std::string_view kAssetKind = "{asset}";
  std::string pattern = mapping.asset.empty() ? std::string(kAssetKind) : mapping.asset;
  const std::size_t at = pattern.find(kAssetKind);
  return at == std::string::npos ? pattern : pattern.replace(at, kAssetKind.size(), "*");
}

}  // namespace

const StreamRule* rule_for(const ContractSpec& contract, std::string_view stream) {
  const auto rule = std::ranges::find_if(
      contract.streams, [&](const StreamRule& r) { return glob_match(r.stream, stream); });
  return rule == contract.streams.end() ? nullptr : &*rule;
}

bool can_name_asset(const MappingSpec& mapping, std::string_view asset) {
  return glob_match(assets_of(mapping), asset);
}

std::vector<UnitClash> unit_clashes(const ConnectionSpec& connection,
                                    const ContractSpec& contract) {
  std::size_t looks = std::numeric_limits<std::size_t>::max();
  return unit_clashes(connection, contract, looks);
}

std::vector<UnitClash> unit_clashes(const ConnectionSpec& connection, const ContractSpec& contract,
                                    std::size_t& looks) {
  std::vector<UnitClash> clashes;
  for (std::size_t m = 0; m < connection.mappings.size(); ++m) {
    const MappingSpec& mapping = connection.mappings[m];
    const std::size_t before = clashes.size();
    if (!take(looks, mapping.streams.size() * contract.streams.size())) return clashes;
    for (std::size_t p = 0; p < mapping.streams.size(); ++p) {
      const StreamRule* rule = rule_for(contract, mapping.streams[p].stream);
      if (rule == nullptr || rule->unit.empty() || rule->unit == mapping.streams[p].unit) continue;
      clashes.push_back({m, p, static_cast<std::size_t>(rule - contract.streams.data())});
    }
    if (clashes.size() == before) continue;
    // Last, for it costs most and clashes are rare.
    const std::string assets = assets_of(mapping);
    const bool is_looked_at = take(looks, 1 + contract.assets.size() * assets.size() / kShort);
    if (!is_looked_at || !can_meet(contract.assets, assets)) clashes.resize(before);
    if (!is_looked_at) return clashes;
  }
  return clashes;
}

}  // namespace lineside::domain
