#include "hub/catalog/warnings.h"

#include <algorithm>
#include <format>
#include <functional>
#include <set>

#include "base/text.h"
#include "codec/catalog.h"
#include "domain/contract.h"

namespace lineside::hub {

using domain::Kind;
using store::StoredObject;

namespace {

constexpr std::size_t kPage = 1000;
constexpr std::size_t kManifestsMax = 2000;  // contracts or pipelines that are looked at

// Visits what the caller sees of a kind until it says false; whether that was all of it.
Result<bool> each(const store::HubCatalog& catalog, const Grants& grants,
                  const store::ObjectQuery& of,
                  const std::function<Result<bool>(const StoredObject&)>& visit) {
  store::ObjectQuery query = of;
  query.sites = grants.visible_sites(of.kind);
  query.limit = kPage;
  do {
    auto page = TRY(catalog.list(query));
    for (const StoredObject& object : page.objects)
      if (!TRY(visit(object))) return false;
    query.cursor = std::move(page.next);
  } while (!query.cursor.empty());
  return true;
}

struct StreamPath {
  std::string_view asset;
  std::string_view stream;
};
StreamPath path_of(std::string_view name) {
  const auto slash = name.find('/');
  return {name.substr(0, slash), slash == std::string_view::npos ? "" : name.substr(slash + 1)};
}

// ---- Contracts ---------------------------------------------------------------------------------

struct Contract {
  domain::ContractSpec spec;
  std::set<std::string> sites;  // empty: everywhere

  bool holds_for(const StoredObject& stream) const {
    const StreamPath path = path_of(stream.name);
    return (spec.site.empty() || sites.contains(stream.site)) &&
           glob_match(spec.assets, path.asset) &&
           std::ranges::any_of(spec.streams, [&](const domain::StreamRule& rule) {
             return glob_match(rule.stream, path.stream);
           });
  }
};

Result<Contract> contract_of(const store::HubCatalog& catalog, const StoredObject& object) {
  Contract contract{TRY(codec::read_spec<domain::ContractSpec>(object.spec)), {}};
  if (contract.spec.site.empty()) return contract;
  const auto sites = catalog.sites_under(contract.spec.site);
  if (!sites && sites.error().code != Code::not_found) return sites.error();
  if (sites) contract.sites = {sites->begin(), sites->end()};
  return contract;
}

Result<std::vector<std::string>> of_contract(const store::HubCatalog& catalog, const Grants& grants,
                                             const std::string& name) {
  const Contract goes = TRY(contract_of(catalog, TRY(catalog.get(Kind::contract, name))));
  std::vector<Contract> others;
  TRY(each(catalog, grants, {.kind = Kind::contract},
           [&](const StoredObject& object) -> Result<bool> {
             if (object.name != name) others.push_back(TRY(contract_of(catalog, object)));
             return others.size() < kManifestsMax;
           }));
  std::size_t seen = 0;
  std::size_t bare = 0;
  std::string example;
  const bool is_all = TRY(each(
      catalog, grants, {.kind = Kind::stream}, [&](const StoredObject& stream) -> Result<bool> {
        const auto holds = [&](const Contract& other) { return other.holds_for(stream); };
        if (goes.holds_for(stream) && std::ranges::none_of(others, holds)) {
          if (bare++ == 0) example = stream.name;
        }
        return ++seen < kWarningStreamsMax;
      }));
  if (bare == 0) return std::vector<std::string>();
  return std::vector{
      std::format("{}{} contract, {} for example", is_all ? "" : "at least ",
                  bare == 1 ? "1 stream loses its" : std::format("{} streams lose their", bare),
                  excerpt(example, 260))};
}

// ---- Streams -----------------------------------------------------------------------------------

Result<std::vector<std::string>> of_stream(const store::HubCatalog& catalog, PatternBook& patterns,
                                           const Grants& grants, const std::string& name) {
  const StoredObject stream = TRY(catalog.get(Kind::stream, name));
  PatternSteps steps(catalog, TRY(patterns.current()), {});
  std::vector<std::string> warnings;
  for (const StreamPattern* pattern : TRY(steps.takers(name, stream.site))) {
    if (pattern->by.kind != Kind::pipeline || warnings.size() == kWarningsMax) continue;
    const auto pipeline = catalog.get(Kind::pipeline, pattern->by.name);
    if (!pipeline || !grants.sees(Kind::pipeline, pipeline->site)) continue;
    const auto taken = TRY(steps.taken(pattern->by, "", 2));
    const bool has_other =
        std::ranges::any_of(taken, [&](const StoredObject& other) { return other.name != name; });
    warnings.push_back(
        std::format("pipeline {} loses {}", pattern->by.name,
                    has_other || steps.is_exhausted()
                        ? "an input stream of asset " + std::string(path_of(name).asset)
                        : "its last input stream"));
  }
  return warnings;
}

}  // namespace

Result<std::vector<std::string>> deletion_warnings(const store::HubCatalog& catalog,
                                                   PatternBook& patterns, const Grants& grants,
                                                   const store::ObjectName& object) {
  if (object.kind == Kind::contract) return of_contract(catalog, grants, object.name);
  if (object.kind == Kind::stream) return of_stream(catalog, patterns, grants, object.name);
  return std::vector<std::string>();
}

}  // namespace lineside::hub
