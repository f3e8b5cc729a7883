#include "hub/catalog/unit_rule.h"

#include <algorithm>
#include <format>
#include <map>
#include <optional>
#include <utility>

#include "base/text.h"
#include "codec/catalog.h"
#include "domain/devices.h"
#include "domain/unit_agreement.h"
#include "hub/catalog/written_catalog.h"

namespace lineside::hub {

namespace {

using domain::CatalogObject;
using domain::ConnectionSpec;
using domain::ContractSpec;
using domain::Kind;

constexpr std::size_t kStreamsAtOnce = 500;
// Of one write, some seconds of them at worst. What is not compared here an edge refuses.
constexpr std::size_t kLooksMax = 2'000'000;

std::string in_quotes(std::string_view unit) { return "'" + excerpt(unit, 60) + "'"; }

// One connection or contract.
template <class Spec>
struct Side {
  std::optional<std::size_t> written;  // its index; absent: it is in the catalog
  std::string name;                    // for people
  std::string site;                    // where it is meant for, with all below; empty: everywhere
  Spec spec;
};

class UnitRule {
 public:
  UnitRule(const store::HubCatalog& catalog, const Grants& grants,
           const std::vector<const CatalogObject*>& written)
      : catalog_(catalog), grants_(grants), written_(written), after_(catalog, written) {}

  Result<std::vector<UnitProblem>> run() {
    TRY(take_written(Kind::connection, connections_));
    TRY(take_written(Kind::contract, contracts_));
    const std::size_t written_connections = connections_.size();
    if (!contracts_.empty()) TRY(take_stored(Kind::connection, connections_));
    if (written_connections > 0) TRY(take_stored(Kind::contract, contracts_));
    for (const auto& connection : connections_)
      for (const auto& contract : contracts_) TRY(compare(connection, contract));
    for (std::size_t i = 0; i < written_.size(); ++i)
      if (written_[i]->kind == Kind::stream) TRY(check_stream(i));
    return std::move(found_);
  }

 private:
  void add(UnitProblem problem) {
    if (found_.size() < domain::kProblemsMax) found_.push_back(std::move(problem));
  }

  template <class Spec>
  static Result<Spec> read(Kind kind, const std::string& name, const std::string& spec) {
    return TRY_WITH(codec::read_spec<Spec>(spec), std::format("{}/{}", to_text(kind), name));
  }

  // ---- Connections and contracts

  Result<std::string> site_of(const ConnectionSpec& connection) {
    return TRY(after_.place_of(connection.edge, connection.site)).site;
  }
  Result<std::string> site_of(const ContractSpec& contract) { return contract.site; }

  template <class Spec>
  Result<void> take_written(Kind kind, std::vector<Side<Spec>>& sides) {
    for (std::size_t i = 0; i < written_.size(); ++i) {
      if (written_[i]->kind != kind) continue;
      auto spec = TRY(read<Spec>(kind, written_[i]->name, written_[i]->spec));
      auto site = TRY(site_of(spec));
      sides.push_back({i, written_[i]->name, std::move(site), std::move(spec)});
    }
    return {};
  }

  template <class Spec>
  Result<void> take_stored(Kind kind, std::vector<Side<Spec>>& sides) {
    // What cannot be read asks for nothing; whoever looks at it is told why.
    std::vector<std::string> damaged;
    store::ObjectQuery query{.kind = kind, .limit = kStreamsAtOnce, .damaged = &damaged};
    do {
      auto page = TRY(catalog_.list(query));
      for (const store::StoredObject& object : page.objects) {
        if (after_.is_written(kind, object.name)) continue;
        auto spec = codec::read_spec<Spec>(object.spec);
        if (!spec) continue;
        auto site = TRY(site_of(*spec));
        const bool is_seen = grants_.sees(kind, object.site);
        sides.push_back(
            {std::nullopt, is_seen ? object.name : "", std::move(site), *std::move(spec)});
      }
      query.cursor = std::move(page.next);
    } while (!query.cursor.empty());
    return {};
  }

  // Whether there may be an edge that gets both.
  Result<bool> meet(const std::string& a, const std::string& b) {
    if (a.empty() || b.empty()) return true;
    return TRY(after_.is_within(a, b)) || TRY(after_.is_within(b, a));
  }

  Result<void> compare(const Side<ConnectionSpec>& connection, const Side<ContractSpec>& contract) {
    if (!connection.written && !contract.written) return {};
    const auto clashes = domain::unit_clashes(connection.spec, contract.spec, looks_);
    if (clashes.empty() || !TRY(meet(connection.site, contract.site))) return {};
    for (const domain::UnitClash& clash : clashes) {
      const std::string asked = in_quotes(contract.spec.streams[clash.rule].unit);
      const std::string mapped =
          in_quotes(connection.spec.mappings[clash.mapping].streams[clash.point].unit);
      if (connection.written)
        add({*connection.written,
             std::format("mappings[{}].streams[{}].unit", clash.mapping, clash.point),
             asked + " as " + named("contract", contract.name) + " asks", mapped});
      else
        add({*contract.written, std::format("streams[{}].unit", clash.rule),
             mapped + " as " + named("connection", connection.name) + " maps it", asked});
    }
    return {};
  }

  static std::string named(std::string_view kind, const std::string& name) {
    return name.empty() ? std::format("a {} that is not shown here", kind)
                        : std::format("{} {}", kind, excerpt(name, 60));
  }

  // ---- Streams

  template <class Spec>
  Result<const Spec*> known(Kind kind, const std::string& name,
                            std::map<std::string, std::optional<Spec>>& specs) {
    auto it = specs.find(name);
    if (it == specs.end()) {
      // Of what is not there for the caller no unit is told.
      const bool is_his =
          after_.is_written(kind, name) || TRY(sees_object(catalog_, grants_, kind, name));
      const auto spec = is_his ? TRY(after_.spec_of(kind, name)) : std::optional<std::string>();
      std::optional<Spec> value;
      if (spec) value = TRY(read<Spec>(kind, name, *spec));
      it = specs.emplace(name, std::move(value)).first;
    }
    return it->second ? &*it->second : nullptr;
  }

  // By references and terms, for streams come in thousands.
  Result<void> check_stream(std::size_t at) {
    const CatalogObject& object = *written_[at];
    const auto term = [&](std::string_view field) -> std::string_view {
      const auto found = std::ranges::find(object.terms, field, &domain::Term::field);
      return found == object.terms.end() ? std::string_view() : found->value;
    };
    const std::string_view unit = term("unit");
    if (unit.empty() || term("status") == to_text(domain::Claim::unclaimed)) return {};
    const std::size_t slash = object.name.find('/');
    const std::string_view asset = std::string_view(object.name).substr(0, slash);
    const std::string_view stream = std::string_view(object.name).substr(slash + 1);
    for (const domain::Ref& ref : object.refs) {
      std::string expected;
      if (ref.kind == Kind::contract) expected = TRY(unit_by_contract(ref.name, stream));
      if (ref.kind == Kind::connection) expected = TRY(unit_by_connection(ref.name, asset, stream));
      if (expected.empty() || expected == unit) continue;
      const std::string_view how = ref.kind == Kind::contract ? "asks" : "maps it";
      add({at, "unit",
           std::format("{} as {} {} {}", in_quotes(expected), ref.field, excerpt(ref.name, 60),
                       how),
           in_quotes(unit)});
    }
    return {};
  }

  // Empty: any.
  Result<std::string> unit_by_contract(const std::string& name, std::string_view stream) {
    const ContractSpec* contract = TRY(known(Kind::contract, name, stream_contracts_));
    if (contract == nullptr) return std::string();
    const domain::StreamRule* rule = domain::rule_for(*contract, stream);
    return rule == nullptr ? std::string() : rule->unit;
  }
  Result<std::string> unit_by_connection(const std::string& name, std::string_view asset,
                                         std::string_view stream) {
    const ConnectionSpec* connection = TRY(known(Kind::connection, name, stream_connections_));
    if (connection == nullptr) return std::string();
    for (const domain::MappingSpec& mapping : connection->mappings) {
      if (!domain::can_name_asset(mapping, asset)) continue;
      const auto point = std::ranges::find(mapping.streams, stream, &domain::PointSpec::stream);
      if (point != mapping.streams.end()) return point->unit;
    }
    return std::string();
  }

  const store::HubCatalog& catalog_;
  const Grants& grants_;
  const std::vector<const CatalogObject*>& written_;
  WrittenCatalog after_;
  std::vector<Side<ConnectionSpec>> connections_;
  std::vector<Side<ContractSpec>> contracts_;
  std::map<std::string, std::optional<ContractSpec>> stream_contracts_;
  std::map<std::string, std::optional<ConnectionSpec>> stream_connections_;
  std::vector<UnitProblem> found_;
  std::size_t looks_ = kLooksMax;
};

bool has_unit(const CatalogObject* object) {
  return object->kind == Kind::connection || object->kind == Kind::contract ||
         (object->kind == Kind::stream && std::ranges::any_of(object->refs, [](const auto& ref) {
            return ref.kind == Kind::contract || ref.kind == Kind::connection;
          }));
}

}  // namespace

std::string to_text(const UnitProblem& problem) {
  return std::format("wrong unit: expected {}, found {}", problem.expected, problem.found);
}

Result<std::vector<UnitProblem>> find_unit_problems(
    const store::HubCatalog& catalog, const Grants& grants,
    const std::vector<const domain::CatalogObject*>& written) {
  if (std::ranges::none_of(written, has_unit)) return std::vector<UnitProblem>();
  return UnitRule(catalog, grants, written).run();
}

}  // namespace lineside::hub
