#include <array>
#include <format>

#include "base/text.h"
#include "codec/canonical.h"
#include "codec/catalog_kinds_internal.h"
#include "codec/follows_internal.h"
#include "codec/mapping_check_internal.h"
#include "codec/payload.h"
#include "codec/schema.h"
#include "codec/spec_marks_internal.h"
#include "codec/zone.h"
#include "domain/devices.h"
#include "domain/models.h"
#include "domain/people.h"
#include "domain/places.h"

namespace lineside::codec {

namespace {

using domain::Kind;
using domain::Manifest;
using domain::Problem;

constexpr std::size_t kSpecBytesMax = 1024 * 1024;

// domain's rules, and what only codec can tell: whether zones exist and mappings compile.
template <class Spec>
std::vector<Problem> check_all(const Manifest<Spec>& manifest) {
  return domain::check(manifest);
}

std::vector<Problem> check_all(const Manifest<domain::SiteSpec>& manifest) {
  std::vector<Problem> problems = domain::check(manifest);
  const std::string& zone = manifest.spec.zone;
  if (!zone.empty() && !Zone::find(zone))
    problems.push_back({manifest.place, "spec.zone", "unknown time zone",
                        "UTC, +hh:mm or an IANA name such as Europe/Berlin",
                        "'" + excerpt(zone, 60) + "'"});
  return problems;
}

std::vector<Problem> check_all(const Manifest<domain::ConnectionSpec>& manifest) {
  std::vector<Problem> problems = domain::check(manifest);
  check_paths(manifest, problems);
  if (!problems.empty()) return problems;
  const auto no_stream = [](const domain::StreamName&) { return domain::kNoStream; };
  if (const auto map = PayloadMap::compile(manifest.spec.mappings, {}, no_stream); !map)
    problems.push_back({manifest.place, "spec.mappings", "cannot be used", "mappings that compile",
                        map.error().text});
  return problems;
}

template <class Spec>
bool read_object(const ObjectDocument& document, domain::CatalogObject& out,
                 std::vector<Problem>& problems) {
  Manifest<Spec> manifest{.name = out.name, .spec = {}, .folder = {}, .place = out.place};
  TreeWalk walk(document.tree, problems);
  const TreePath spec_path{&document.path, "spec"};
  bool good = walk.read(document.spec, spec_path, manifest.spec);
  const std::size_t of_fields = problems.size();
  for (Problem& problem : check_all(manifest)) {
    good = false;
    problem.place = document.tree.place(document.tree.nearest(document.root, problem.path));
    problem.path = TreePath{&document.path, problem.path}.text();
    const std::span<const Problem> known(problems.data() + document.first_problem,
                                         of_fields - document.first_problem);
    if (!follows_from(problem, known) && room_for_problem(problems, document.tree.file()))
      problems.push_back(std::move(problem));
  }
  out.spec = canonical_json(manifest.spec);
  SpecRefs marks = marks_of(manifest.spec);
  out.refs = std::move(marks.refs);
  out.terms = std::move(marks.terms);
  if (!good) return false;
  if (out.spec.size() <= kSpecBytesMax) return true;
  walk.problem(document.spec, spec_path, "too large",
               std::format("at most {} bytes", kSpecBytesMax), std::format("{}", out.spec.size()));
  return false;
}

template <class Spec>
Result<SpecRefs> refs_of(std::string_view text) {
  return marks_of(TRY(read_spec<Spec>(text)));
}

template <class Spec>
constexpr KindRow row() {
  return {read_object<Spec>, refs_of<Spec>,
          [](JsonWriter& json) { codec::write_schema<Spec>(json); }, marks::list_filters<Spec>};
}

}  // namespace

const KindRow& kind_row(Kind kind) {
  static constexpr std::array<KindRow, domain::kKinds> kRows = {
      row<domain::SiteSpec>(),         row<domain::AssetSpec>(),
      row<domain::DeviceSpec>(),       row<domain::DeviceTypeSpec>(),
      row<domain::StreamSpec>(),       row<domain::ConnectionSpec>(),
      row<domain::ContractSpec>(),     row<domain::PipelineSpec>(),
      row<domain::DatasetSpec>(),      row<domain::CatalogModelSpec>(),
      row<domain::ModelVersionSpec>(), row<domain::PersonSpec>(),
      row<domain::RoleSpec>(),         row<domain::TokenSpec>(),
  };
  return kRows[static_cast<std::size_t>(kind)];
}

}  // namespace lineside::codec
