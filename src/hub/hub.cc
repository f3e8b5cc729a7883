#include "hub/hub.h"

#include <algorithm>
#include <format>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "codec/canonical.h"
#include "codec/catalog.h"
#include "domain/people.h"
#include "hub/audit_entry.h"
#include "hub/lineage.h"
#include "hub/told_error.h"
#include "world/private_file.h"

namespace lineside::hub {

namespace {

constexpr std::size_t kChangesAtOnce = 1000;

// A hub that has lost a key is not to go on with another as if nothing were.
Result<void> check_keys_are_there(const HubOptions& options, const world::Files& files) {
  struct Wanted {
    const char* name;
    bool in_module;
  };
  const Wanted all[] = {{"audit.pem", !options.keys.audit_uri.empty()},
                        {"state.pem", !options.keys.state_uri.empty()},
                        {"ca.pem", false},
                        {"ca-key.pem", !options.keys.ca_uri.empty()}};
  for (const Wanted& wanted : all) {
    const std::string path = options.data_folder + "/keys/" + wanted.name;
    if (!wanted.in_module && !files.exists(path))
      return fail(Code::corrupt, std::format("{}: expected beside an existing hub.db, found "
                                             "nothing; put your copy of it there",
                                             path));
  }
  return {};
}

Error not_that_hub(const std::string& folder, std::string_view found) {
  const std::string_view first = found == "none" ? "" : "move that away, then ";
  return fail(Code::corrupt,
              std::format("{}: expected hub.db, for the keys are of a hub that was there, found "
                          "{}; {}put the hub's own back with `lineside restore`, or delete "
                          "{}/keys to begin another",
                          folder, found, first, folder));
}

// A hub serves once it has written keys/known: what a server has left beside that is left of no
// first start that was cut off.
bool has_been_a_hub(const std::string& folder, const world::Files& files) {
  return files.exists(folder + "/keys/known") || files.exists(folder + "/keys/server.pem");
}

// An empty hub in its place would go on under the old one's keys with an audit log that says
// nothing of what was.
Result<void> check_no_restore(const std::string& folder, const world::Files& files) {
  constexpr std::string_view kPartial = "hub.db.tmp";  // store/hub_backup.h
  for (const std::string& name : TRY(files.list(folder))) {
    if (name.starts_with(kPartial))
      return fail(Code::corrupt, std::format("{}: expected hub.db, found {} of a restore that has "
                                             "not ended; run `lineside restore` again",
                                             folder, name));
  }
  if (!has_been_a_hub(folder, files)) return {};
  if (files.exists(folder + "/hub.db")) return not_that_hub(folder, "one without tables");
  return not_that_hub(folder, "none");
}

// What edges trust and no checkpoint names: the state key and the authority, a line each in
// keys/known. A mistyped URI would end all updates of a fleet.
std::vector<std::pair<std::string, std::string>> known_keys(const HubKeys& keys) {
  return {{"state key", crypt::key_id(keys.state.verify_key())},
          {"authority", keys.ca_fingerprint()}};
}

// A hub from before there was the file begins it with the keys that it has.
Result<void> check_known_keys(const std::string& path, const HubKeys& keys,
                              const world::Files& files) {
  if (!files.exists(path)) return {};
  const Bytes bytes = TRY(files.read(path));
  const auto lines = split(as_text(bytes), '\n');
  for (const auto& [name, id] : known_keys(keys)) {
    const auto line = std::ranges::find_if(
        lines, [&](std::string_view one) { return one.starts_with(name + " "); });
    if (line == lines.end())
      return fail(Code::corrupt,
                  std::format("{}: expected a line with the {}, found none; put your "
                              "copy of it there",
                              path, name));
    const std::string_view known = line->substr(name.size() + 1);
    if (known != id)
      return fail(
          Code::corrupt,
          std::format("{}: expected the {} {}, found {}: edges know the former; put its key "
                      "there, or delete this file to go on with the other",
                      path, name, excerpt(known, 64), id));
  }
  return {};
}

Result<void> keep_known_keys(const std::string& path, const HubKeys& keys, world::Files& files) {
  std::string text;
  for (const auto& [name, id] : known_keys(keys)) text += std::format("{} {}\n", name, id);
  const auto before = files.read(path);
  if (before && as_text(*before) == text) return {};
  return files.write_atomic(path, as_bytes(text));
}

// Who can read a key can sign as the hub.
Result<void> check_keys_are_private(const std::string& folder) {
  for (const char* name : {"audit.pem", "state.pem", "ca-key.pem", "server.pem"})
    TRY(world::check_private(folder + "/" + name));
  return {};
}

// Nothing of the hub depends on it, and the next event ends the line too.
void end_torn_lineage(const HubOptions& options, world::Files& files) {
  Lineage lineage(files, options.lineage_file, options.name);
  if (const auto done = lineage.end_torn_line(); !done)
    log::warn("hub", "the lineage file may end in a torn line: {}", done.error().text);
}

}  // namespace

Hub::Hub(HubOptions options, HubWorld world, Parts parts)
    : options_(std::move(options)), world_(world), parts_(std::move(parts)) {
  set_url("");
}

Hub::~Hub() = default;

Result<std::unique_ptr<Hub>> Hub::open(HubOptions options, HubWorld world) {
  const std::string& folder = options.data_folder;
  TRY(world.files.make_directories(folder));
  auto lock = TRY(world::FileLock::take(folder + "/lock"));
  const bool is_new = !store::hub_has_begun(folder + "/hub.db");
  if (!is_new)
    TRY(check_keys_are_there(options, world.files));
  else
    TRY(check_no_restore(folder, world.files));
  const bool is_another = has_been_a_hub(folder, world.files);
  TRY(check_keys_are_private(folder + "/keys"));
  auto keys = TRY(HubKeys::open(folder + "/keys", options.keys, world.clock.now(),
                                {world.files, world.random}));
  const std::string known = folder + "/keys/known";
  if (!is_new) TRY(check_known_keys(known, keys, world.files));
  auto blobs = TRY(store::Blobs::open(folder + "/artifacts", world.files, world.random));
  Parts parts{std::move(lock), std::move(keys), std::move(blobs)};
  std::unique_ptr<Hub> hub(new Hub(std::move(options), world, std::move(parts)));  // private
  TRY(hub->open_db());
  if (is_another && hub->db_->audit().checkpoint().size == 0)
    return not_that_hub(hub->options_.data_folder, "one without an entry of its audit log");
  hub->parts_.blobs.on_damage([&db = *hub->db_,
                               clock = &hub->world_.clock](std::string_view digest) {
    log::error("hub", "artifact sha256:{} is damaged on the disk: it is not given out", digest);
    const auto entry =
        audit_entry(clock->now(), "artifact.damaged", kHubActor, std::format("sha256:{}", digest));
    if (const auto done = db.audit().append(std::span(&entry, 1)); !done)
      log::error("hub", "the damage is not in the audit log: {}", done.error().text);
  });
  end_torn_lineage(hub->options_, world.files);
  if (auto seeded = hub->seed_roles(); !seeded) return with_way_on(std::move(seeded).error());
  // Once the log has an entry: a first start that is cut off before is made again.
  TRY(keep_known_keys(known, hub->parts_.keys, world.files));
  return hub;
}

Result<void> Hub::open_db() {
  store::HubDbOptions options;
  options.random = &world_.random;
  options.sign = [this](std::uint64_t size, const crypt::Digest& root) {
    return crypt::sign_checkpoint({parts_.keys.audit_note_key().name, size, root, {}},
                                  parts_.keys.audit);
  };
  auto opened = store::HubDb::open(options_.data_folder + "/hub.db", std::move(options));
  if (!opened) return with_way_on(std::move(opened).error());
  db_ = std::move(*opened);
  const store::StoredCheckpoint newest = db_->audit().checkpoint();
  if (newest.size == 0) return {};
  if (!crypt::open_checkpoint(newest.note, parts_.keys.audit_note_key()))
    return fail(Code::corrupt, options_.data_folder +
                                   "/hub.db: expected an audit log signed by the audit key of "
                                   "keys/, found another signer's; put its own keys there");
  told_ = newest.size - 1;
  return {};
}

// So that references to built-in roles hold like all others, and a newer version's roles are those
// it was built with.
Result<void> Hub::seed_roles() {
  std::vector<store::ObjectWrite> writes;
  for (const domain::BuiltInRole& role : domain::built_in_roles()) {
    const domain::RoleSpec spec{std::string(role.title),
                                {role.permissions.begin(), role.permissions.end()}};
    domain::CatalogObject object;
    object.kind = domain::Kind::role;
    object.name = role.name;
    object.spec = codec::canonical_json(spec);
    auto refs = TRY(codec::spec_refs(object.kind, object.spec));
    object.refs = std::move(refs.refs);
    object.terms = std::move(refs.terms);
    writes.push_back({std::move(object), false, std::nullopt});
  }
  store::CatalogBatch batch;
  batch.writes = writes;
  batch.author = kHubAuthor;
  batch.actor = kHubActor;
  batch.note = "built-in roles";
  batch.time = world_.clock.now();
  const store::Applied applied = TRY(apply(batch));
  if (!applied.problems.empty()) return fail(Code::internal, applied.problems.front().text);
  return {};
}

std::string Hub::url() const {
  const std::lock_guard lock(reach_mutex_);
  return url_;
}

ServerTrust Hub::trust() const {
  const std::lock_guard lock(reach_mutex_);
  return trust_;
}

void Hub::set_url(std::string url, std::optional<ServerTrust> trust) {
  const std::lock_guard lock(reach_mutex_);
  url_ = std::move(url);
  trust_ = trust
               ? *std::move(trust)
               : ServerTrust{parts_.keys.authority.certificate_pem(), parts_.keys.ca_fingerprint()};
}

void Hub::on_change(OnChange listener) { listeners_.push_back(std::move(listener)); }

Result<store::Applied> Hub::apply(const store::CatalogBatch& batch) {
  auto applied = TRY(db_->catalog().apply(batch));
  if (!applied.problems.empty() || batch.dry_run) return applied;
  // It is committed, whoever hears of it; the next change tells this one too.
  if (const auto told = tell_changes(); !told) log::error("hub", "{}", told.error().text);
  return applied;
}

Result<void> Hub::tell_changes() {
  const std::lock_guard lock(told_mutex_);
  while (true) {
    const auto changes = TRY(db_->catalog().changes(told_, kChangesAtOnce));
    if (changes.empty()) return {};
    told_ = changes.back().leaf;
    for (const OnChange& listener : listeners_) listener(changes);
  }
}

void Hub::mount(Mount mount) {
  std::erase_if(mounts_, [&](const Mount& known) { return known.prefix == mount.prefix; });
  mounts_.push_back(std::move(mount));
}

}  // namespace lineside::hub
