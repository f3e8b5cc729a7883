// A hub: its database, artifacts and keys in one data folder, and who is told what changes in it.
//
//   <data>/hub.db       catalog, access, audit log, edges (store/hub_db.h)
//   <data>/artifacts/   models and what else edges fetch (store/blobs.h)
//   <data>/keys/        hub/keys.h
//   <data>/port         where it listened last (hub/server.h)
//   <data>/lock         one process at a time
//
// hub/server.h puts it on a port.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "hub/events.h"
#include "hub/keys.h"
#include "net/http.h"
#include "store/blobs.h"
#include "store/hub_db.h"
#include "world/clock.h"
#include "world/file_lock.h"
#include "world/files.h"
#include "world/random.h"

namespace lineside::hub {

// As what the hub acts of itself, in revisions and in the audit log. No person, token or edge has a
// name with a slash.
inline constexpr std::string_view kHubAuthor = "lineside/hub";
inline constexpr std::string_view kHubActor = "Hub";

struct HubOptions {
  std::string data_folder;
  std::string name = "hub";  // as people see it
  KeyOptions keys{};
  std::string lineage_file{};  // OpenLineage events are appended here; empty: nowhere
};

// The seams; they outlive the hub.
struct HubWorld {
  world::Files& files = world::system_files();
  world::Clock& clock = world::system_clock();
  world::Random& random = world::system_random();
};

// What the hub's TLS certificate leads to: its own authority, or where the certificate is the
// operator's, the last one of its chain.
struct ServerTrust {
  std::string pem;
  std::string sha256;  // of its DER in hex: what edges and the command line pin
};

// A part of the server that answers for itself everything below a path. It does its own check of
// who calls.
struct Mount {
  std::string prefix;  // "/wire/v1/"
  std::function<net::HttpResponse(const net::HttpRequest&)> answer;
  std::uint64_t body_max = 1 << 20;
};

// Any thread may call, but for on_change() and mount(), which are for the time before it serves.
class Hub {
 public:
  // Makes the folder and its keys at the first start, and the built-in roles in the catalog.
  // Errors: conflict (another process has it), denied (others than its owner may read a key), those
  // of HubDb::open(), Blobs::open() and HubKeys::open().
  static Result<std::unique_ptr<Hub>> open(HubOptions options, HubWorld world = {});
  ~Hub();
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  const HubOptions& options() const { return options_; }
  const HubWorld& world() const { return world_; }
  store::HubDb& db() { return *db_; }
  store::Blobs& blobs() { return parts_.blobs; }
  const HubKeys& keys() const { return parts_.keys; }
  EventFeed& feed() { return feed_; }

  // How others reach it, "https://hub.example.com:8443"; empty before it serves.
  std::string url() const;
  ServerTrust trust() const;
  // `trust` absent: its own authority.
  void set_url(std::string url, std::optional<ServerTrust> trust = {});

  // Called after each committed change of the catalog, in the order of the audit log, by the thread
  // that made it and by one at a time: quick. Each change is told once to each listener.
  using OnChange = std::function<void(std::span<const store::CatalogChange>)>;
  void on_change(OnChange listener);
  // HubCatalog::apply(), and then the listeners are told.
  Result<store::Applied> apply(const store::CatalogBatch& batch);
  // Tells the listeners what was committed by other ways (HubDb::together()) and not told yet.
  // Errors: of the database.
  Result<void> tell_changes();

  void mount(Mount mount);  // in place of one of the same prefix
  const std::vector<Mount>& mounts() const { return mounts_; }

 private:
  struct Parts {
    world::FileLock lock;
    HubKeys keys;
    store::Blobs blobs;
  };
  Hub(HubOptions options, HubWorld world, Parts parts);
  Result<void> open_db();
  Result<void> seed_roles();

  const HubOptions options_;
  const HubWorld world_;
  Parts parts_;
  std::unique_ptr<store::HubDb> db_;
  EventFeed feed_;
  std::vector<Mount> mounts_;
  std::vector<OnChange> listeners_;
  mutable std::mutex reach_mutex_;  // of the next two
  std::string url_;
  ServerTrust trust_;
  std::mutex told_mutex_;
  std::optional<std::uint64_t> told_;  // leaf up to which listeners know all changes
};

}  // namespace lineside::hub
