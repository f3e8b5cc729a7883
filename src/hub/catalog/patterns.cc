#include "hub/catalog/patterns.h"

#include <algorithm>

#include "base/text.h"
#include "codec/catalog.h"
#include "domain/contract.h"
#include "domain/pipeline.h"

namespace lineside::hub {

using domain::Kind;
using store::ObjectName;
using store::StoredObject;

namespace {

constexpr std::size_t kAtOnce = 500;
constexpr int kPatternSitesUp = 64;

bool has_patterns(Kind kind) { return kind == Kind::pipeline || kind == Kind::contract; }

bool is_glob(std::string_view text) { return text.find_first_of("*?") != std::string_view::npos; }

std::pair<std::string_view, std::string_view> parts_of(std::string_view stream) {
  const std::size_t slash = stream.find('/');
  if (slash == std::string_view::npos) return {stream, {}};
  return {stream.substr(0, slash), stream.substr(slash + 1)};
}

Result<StreamPattern> pattern_of(const StoredObject& object) {
  StreamPattern pattern{.by = {object.kind, object.name},
                        .site = {},
                        .edge = {},
                        .assets = {},
                        .streams = {},
                        .version = {}};
  if (object.kind == Kind::pipeline) {
    auto spec = TRY(codec::read_spec<domain::PipelineSpec>(object.spec));
    pattern.site = std::move(spec.site);
    pattern.edge = std::move(spec.edge);
    pattern.assets = std::move(spec.assets);
    pattern.streams = std::move(spec.streams);
    if (spec.model) pattern.version = std::move(spec.model->version);
  } else {
    auto spec = TRY(codec::read_spec<domain::ContractSpec>(object.spec));
    pattern.site = std::move(spec.site);
    pattern.assets = std::move(spec.assets);
    for (domain::StreamRule& rule : spec.streams) pattern.streams.push_back(std::move(rule.stream));
  }
  return pattern;
}

}  // namespace

// ---- All of them -------------------------------------------------------------------------------

bool StreamPattern::takes(std::string_view stream) const {
  return std::ranges::any_of(streams,
                             [&](const std::string& glob) { return glob_match(glob, stream); });
}

StreamPatterns::StreamPatterns(All all) : all_(std::move(all)) {
  for (const auto& [by, pattern] : all_)
    (pattern->names_one_asset() ? by_asset_[pattern->assets] : wild_).push_back(pattern.get());
}

const StreamPattern* StreamPatterns::find(const ObjectName& by) const {
  const auto it = all_.find(by);
  return it == all_.end() ? nullptr : it->second.get();
}

std::vector<const StreamPattern*> StreamPatterns::of_asset(std::string_view asset) const {
  std::vector<const StreamPattern*> found;
  if (const auto own = by_asset_.find(asset); own != by_asset_.end()) found = own->second;
  for (const StreamPattern* pattern : wild_)
    if (glob_match(pattern->assets, asset)) found.push_back(pattern);
  return found;
}

void PatternBook::note_changes(std::span<const store::CatalogChange> changes) {
  const std::lock_guard lock(mutex_);
  for (const store::CatalogChange& change : changes)
    if (has_patterns(change.object.kind)) changed_.insert(change.object);
}

Result<StreamPatterns::All> PatternBook::read_all() const {
  StreamPatterns::All all;
  TRY(read_kind(Kind::pipeline, all));
  TRY(read_kind(Kind::contract, all));
  return all;
}

Result<void> PatternBook::read_kind(Kind kind, StreamPatterns::All& all) const {
  store::ObjectQuery query;
  query.kind = kind;
  query.limit = kAtOnce;
  // What cannot be read takes nothing; whoever looks at it is told why.
  std::vector<std::string> damaged;
  query.damaged = &damaged;
  do {
    const auto page = TRY(catalog_.list(query));
    for (const StoredObject& object : page.objects)
      if (auto pattern = pattern_of(object))
        all[{kind, object.name}] = std::make_shared<const StreamPattern>(*std::move(pattern));
    query.cursor = page.next;
  } while (!query.cursor.empty());
  return {};
}

Result<void> PatternBook::read_one(const ObjectName& by, StreamPatterns::All& all) const {
  all.erase(by);
  const auto object = catalog_.get(by.kind, by.name);
  const bool takes_nothing =
      !object && (object.error().code == Code::not_found || object.error().code == Code::corrupt);
  if (takes_nothing) return {};
  if (!object) return object.error();
  if (auto pattern = pattern_of(*object))
    all[by] = std::make_shared<const StreamPattern>(*std::move(pattern));
  return {};
}

Result<std::shared_ptr<const StreamPatterns>> PatternBook::current() {
  const std::lock_guard turn(refreshing_);
  std::shared_ptr<const StreamPatterns> known;
  std::set<ObjectName> changed;
  {
    const std::lock_guard lock(mutex_);
    if (patterns_ && changed_.empty()) return patterns_;
    known = patterns_;
    changed.swap(changed_);
  }
  const auto read = [&]() -> Result<StreamPatterns::All> {
    if (!known) return read_all();
    StreamPatterns::All all = known->all();
    for (const ObjectName& by : changed) TRY(read_one(by, all));
    return all;
  };
  auto all = read();
  const std::lock_guard lock(mutex_);
  if (!all) {  // the next call has to look at them again
    changed_.merge(changed);
    return all.error();
  }
  patterns_ = std::make_shared<const StreamPatterns>(*std::move(all));
  return patterns_;
}

// ---- Steps of one walk -------------------------------------------------------------------------

bool PatternSteps::look(std::size_t count) {
  if (looks_ + count > kLooksMax) exhausted_ = true;
  if (!exhausted_) looks_ += count;
  return !exhausted_;
}

// Where it is meant for; empty: everywhere.
Result<std::string> PatternSteps::place_of(const StreamPattern& pattern) {
  if (pattern.edge.empty()) return pattern.site;
  const auto known = edge_sites_.find(pattern.edge);
  if (known != edge_sites_.end()) return known->second;
  const auto device = catalog_.get(Kind::device, pattern.edge);
  if (!device && device.error().code != Code::not_found) return device.error();
  return edge_sites_[pattern.edge] = device ? device->site : "";
}

Result<std::reference_wrapper<const std::set<std::string>>> PatternSteps::above(
    const std::string& site) {
  auto [above, is_new] = above_.try_emplace(site);
  std::string at = is_new ? site : "";
  for (int up = 0; up < kPatternSitesUp && !at.empty(); ++up) {
    above->second.insert(at);
    const auto links = catalog_.references(Kind::site, at);
    if (!links && links.error().code != Code::not_found) return links.error();
    at.clear();
    if (!links) continue;
    for (const store::ObjectLink& link : *links)
      if (link.field == "parent") at = link.other.name;
  }
  return std::cref(above->second);
}

Result<bool> PatternSteps::reaches(const StreamPattern& pattern, const std::string& site) {
  const std::string place = TRY(place_of(pattern));
  if (place.empty() || place == site) return true;
  return TRY(above(site)).get().contains(place);
}

Result<std::vector<const StreamPattern*>> PatternSteps::pipelines_at(const std::string& site) {
  std::vector<const StreamPattern*> found;
  for (const auto& [by, pattern] : patterns_->all())
    if (by.kind == Kind::pipeline && pattern->edge.empty() && TRY(reaches(*pattern, site)))
      found.push_back(pattern.get());
  return found;
}

Result<std::vector<std::string>> PatternSteps::sites_of(const std::string& site) {
  std::vector<std::string> sites = {""};
  for (const std::string& one : TRY(above(site)).get()) sites.push_back(one);
  return sites;
}

Result<const std::vector<const StreamPattern*>*> PatternSteps::of_asset(std::string_view asset,
                                                                        const std::string& site) {
  const auto known = by_asset_.find(asset);
  if (known != by_asset_.end()) return &known->second;
  std::vector<const StreamPattern*> found;
  for (const StreamPattern* pattern : patterns_->of_asset(asset))
    if (TRY(reaches(*pattern, site))) found.push_back(pattern);
  return &(by_asset_[std::string(asset)] = std::move(found));
}

Result<std::vector<const StreamPattern*>> PatternSteps::takers(std::string_view stream,
                                                               const std::string& site) {
  const auto [asset, name] = parts_of(stream);
  std::vector<const StreamPattern*> found;
  for (const StreamPattern* pattern : *TRY(of_asset(asset, site)))
    if (pattern->takes(name)) found.push_back(pattern);
  return found;
}

Result<const StreamPattern*> PatternSteps::maker(std::string_view stream, const std::string& site) {
  const auto [asset, name] = parts_of(stream);
  const StreamPattern* found = nullptr;
  for (const StreamPattern* pattern : *TRY(of_asset(asset, site))) {
    const bool makes = pattern->by.kind == Kind::pipeline && name.starts_with(pattern->by.name) &&
                       name.substr(pattern->by.name.size()).starts_with('.');
    // Names of pipelines may have dots: the longest one is meant.
    if (makes && (found == nullptr || found->by.name.size() < pattern->by.name.size()))
      found = pattern;
  }
  return found;
}

Result<std::vector<const StreamPattern*>> PatternSteps::makers(std::string_view asset,
                                                               const std::string& site) {
  std::vector<const StreamPattern*> found;
  for (const StreamPattern* pattern : *TRY(of_asset(asset, site)))
    if (pattern->by.kind == Kind::pipeline) found.push_back(pattern);
  return found;
}

Result<void> PatternSteps::take_of_asset(const StreamPattern& pattern, const std::string& asset,
                                         std::size_t limit, Streams& streams) {
  const std::size_t first = streams.size();
  const auto is_known = [&](const StoredObject& object) {
    return std::ranges::contains(std::span(streams).subspan(first), object.name,
                                 &StoredObject::name);
  };
  for (const std::string& name : pattern.streams) {
    if (streams.size() >= limit || !look()) return {};
    if (!is_glob(name)) {
      auto object = catalog_.get(Kind::stream, asset + "/" + name);
      if (!object && object.error().code != Code::not_found) return object.error();
      if (object && !is_known(*object)) streams.push_back(std::move(*object));
      continue;
    }
    store::ObjectQuery query;
    query.kind = Kind::stream;
    query.prefix = asset + "/" + name.substr(0, name.find_first_of("*?"));
    query.limit = kAtOnce;
    auto page = TRY(catalog_.list(query));
    for (StoredObject& object : page.objects)
      if (glob_match(name, parts_of(object.name).second) && !is_known(object))
        streams.push_back(std::move(object));
    if (!page.next.empty()) exhausted_ = true;
    look(page.objects.size());  // of the next step
  }
  return {};
}

// Of the assets that the pattern may take and the walk looks for.
Result<store::SiteFilter> PatternSteps::asset_sites(const StreamPattern& pattern) {
  const std::string place = TRY(place_of(pattern));
  if (place.empty()) return sites_;
  auto under = catalog_.sites_under(place);
  if (!under && under.error().code != Code::not_found) return under.error();
  std::vector<std::string> sites = under ? *std::move(under) : std::vector<std::string>();
  if (sites_)
    std::erase_if(sites,
                  [&](const std::string& site) { return !std::ranges::contains(*sites_, site); });
  return store::SiteFilter(std::move(sites));
}

// By the index of names where the glob begins with some, else by that of sites.
Result<void> PatternSteps::take_of_all(const StreamPattern& pattern, std::size_t limit,
                                       Streams& streams) {
  store::ObjectQuery query;
  query.kind = Kind::asset;
  query.prefix = pattern.assets.substr(0, pattern.assets.find_first_of("*?"));
  query.limit = kAtOnce;
  query.sites = TRY(asset_sites(pattern));
  do {
    // A page may have looked at many for a few.
    if (!look(kAtOnce)) return {};
    const auto page = TRY(catalog_.list(query));
    for (const StoredObject& asset : page.objects) {
      if (!glob_match(pattern.assets, asset.name)) continue;
      TRY(take_of_asset(pattern, asset.name, limit, streams));
      if (streams.size() >= limit || exhausted_) return {};
    }
    query.cursor = page.next;
  } while (!query.cursor.empty());
  return {};
}

Result<std::vector<StoredObject>> PatternSteps::taken(const ObjectName& by,
                                                      const std::string& asset, std::size_t limit) {
  Streams streams;
  const StreamPattern* pattern = patterns_->find(by);
  if (pattern == nullptr) return streams;
  if (asset.empty() && !pattern->names_one_asset()) {
    TRY(take_of_all(*pattern, limit, streams));
    return streams;
  }
  const std::string& name = asset.empty() ? pattern->assets : asset;
  const auto site = catalog_.site_of(Kind::asset, name);
  if (!site && site.error().code != Code::not_found) return site.error();
  const bool is_looked_for = site && (!sites_ || std::ranges::contains(*sites_, *site));
  if (is_looked_for && TRY(reaches(*pattern, *site)))
    TRY(take_of_asset(*pattern, name, limit, streams));
  return streams;
}

}  // namespace lineside::hub
