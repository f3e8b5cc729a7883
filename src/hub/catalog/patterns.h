// Pipelines and contracts take their streams by patterns, which are no references: which pattern
// takes which stream.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/hub_catalog.h"

namespace lineside::hub {

// What one pipeline or contract takes.
struct StreamPattern {
  store::ObjectName by;
  std::string site;                  // where it is meant for, with all below; empty: everywhere
  std::string edge;                  // the one edge that runs it, in place of `site`; empty: none
  std::string assets;                // glob over asset names
  std::vector<std::string> streams;  // globs over stream names within the asset
  std::string version;               // of a pipeline: its ModelVersion; empty: none

  bool names_one_asset() const { return assets.find_first_of("*?") == std::string::npos; }
  bool takes(std::string_view stream) const;  // within the asset
};

// A value; immutable once made.
class StreamPatterns {
 public:
  using All = std::map<store::ObjectName, std::shared_ptr<const StreamPattern>>;
  explicit StreamPatterns(All all);

  const StreamPattern* find(const store::ObjectName& by) const;  // null: there is none
  // Those whose glob matches the asset, wherever they are meant for.
  std::vector<const StreamPattern*> of_asset(std::string_view asset) const;
  const All& all() const { return all_; }

 private:
  All all_;
  std::map<std::string, std::vector<const StreamPattern*>, std::less<>> by_asset_;
  std::vector<const StreamPattern*> wild_;
};

// The patterns of the catalog. They are few beside assets and streams, and are kept. Any thread may
// call.
class PatternBook {
 public:
  explicit PatternBook(const store::HubCatalog& catalog) : catalog_(catalog) {}

  // As of the last change; the first call reads all of them. Errors: of the database.
  Result<std::shared_ptr<const StreamPatterns>> current();
  // To be told after each change of the catalog.
  void note_changes(std::span<const store::CatalogChange> changes);

 private:
  Result<StreamPatterns::All> read_all() const;
  Result<void> read_kind(domain::Kind kind, StreamPatterns::All& all) const;
  Result<void> read_one(const store::ObjectName& by, StreamPatterns::All& all) const;

  const store::HubCatalog& catalog_;
  std::mutex refreshing_;  // taken before mutex_
  std::mutex mutex_;       // of the next two
  std::set<store::ObjectName> changed_;
  std::shared_ptr<const StreamPatterns> patterns_;
};

// Steps along patterns of one walk: a few look-ups by name each, and never more than kLooksMax of
// them in all.
class PatternSteps {
 public:
  static constexpr std::size_t kLooksMax = 4000;

  // `sites`: of the assets whose streams are looked for; absent: all of them.
  PatternSteps(const store::HubCatalog& catalog, std::shared_ptr<const StreamPatterns> patterns,
               store::SiteFilter sites)
      : catalog_(catalog), patterns_(std::move(patterns)), sites_(std::move(sites)) {}

  const StreamPattern* find(const store::ObjectName& by) const { return patterns_->find(by); }
  // What takes the stream of that name ("asset/stream") at that site.
  Result<std::vector<const StreamPattern*>> takers(std::string_view stream,
                                                   const std::string& site);
  // The pipeline that makes the predictions of that name ("asset/pipeline.output"); null: none.
  Result<const StreamPattern*> maker(std::string_view stream, const std::string& site);
  // The pipelines that make predictions of the asset at that site.
  Result<std::vector<const StreamPattern*>> makers(std::string_view asset, const std::string& site);
  // Pipelines that name no edge and are meant for the site: an edge of it runs them.
  Result<std::vector<const StreamPattern*>> pipelines_at(const std::string& site);
  // The site with all above it, and "" for what is of none.
  Result<std::vector<std::string>> sites_of(const std::string& site);
  // At most `limit` streams of the catalog that it takes; of one asset, or of all where it is
  // empty. Nothing for what is neither pipeline nor contract.
  Result<std::vector<store::StoredObject>> taken(const store::ObjectName& by,
                                                 const std::string& asset, std::size_t limit);
  // Whether kLooksMax has ended a step before it was through.
  bool is_exhausted() const { return exhausted_; }

 private:
  using Streams = std::vector<store::StoredObject>;
  Result<bool> reaches(const StreamPattern& pattern, const std::string& site);
  Result<std::reference_wrapper<const std::set<std::string>>> above(const std::string& site);
  Result<const std::vector<const StreamPattern*>*> of_asset(std::string_view asset,
                                                            const std::string& site);
  Result<std::string> place_of(const StreamPattern& pattern);
  Result<store::SiteFilter> asset_sites(const StreamPattern& pattern);
  Result<void> take_of_asset(const StreamPattern& pattern, const std::string& asset,
                             std::size_t limit, Streams& streams);
  Result<void> take_of_all(const StreamPattern& pattern, std::size_t limit, Streams& streams);
  bool look(std::size_t count = 1);

  const store::HubCatalog& catalog_;
  const std::shared_ptr<const StreamPatterns> patterns_;
  const store::SiteFilter sites_;
  std::map<std::string, std::set<std::string>> above_;  // a site with all above it
  std::map<std::string, std::string> edge_sites_;
  std::map<std::string, std::vector<const StreamPattern*>, std::less<>> by_asset_;
  std::size_t looks_ = 0;
  bool exhausted_ = false;
};

}  // namespace lineside::hub
