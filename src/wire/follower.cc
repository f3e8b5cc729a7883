#include "wire/follower.h"

#include <algorithm>
#include <charconv>
#include <format>
#include <iterator>
#include <set>
#include <utility>

#include "base/log.h"
#include "wire/artifact.h"
#include "wire/manifest_files.h"

namespace lineside::wire {

namespace {

constexpr int kSwitchesMax = 3;  // that the power may cut short, before the update is to blame
constexpr std::string_view kConfigPrefix = "config-";
constexpr std::string_view kEnvelope = "desired.json";

std::optional<std::uint64_t> version_of(std::string_view name) {
  if (!name.starts_with(kConfigPrefix) || !name.ends_with('/')) return std::nullopt;
  name.remove_prefix(kConfigPrefix.size());
  name.remove_suffix(1);
  std::uint64_t version = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), version);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return version;
}

}  // namespace

Follower::Follower(std::string folder, std::string edge, std::vector<crypt::VerifyKey> keys,
                   FollowerWorld world)
    : folder_(std::move(folder)),
      edge_(std::move(edge)),
      keys_(std::move(keys)),
      world_(std::move(world)),
      journal_(world_.files, folder_ + "/journal") {}

std::string Follower::config_folder(std::uint64_t version) const {
  return std::format("{}/{}{}", folder_, kConfigPrefix, version);
}

// ---- Starting ----------------------------------------------------------------------------------

Result<Follower> Follower::open(std::string data_folder, std::string edge,
                                std::vector<crypt::VerifyKey> keys, FollowerWorld world) {
  Follower follower(std::move(data_folder) + "/joined", std::move(edge), std::move(keys),
                    std::move(world));
  TRY(follower.open_state());
  return follower;
}

// One that is damaged is as one that is missing, which is false: the hub says anew what is desired.
Result<bool> Follower::read_current() {
  const std::string path = folder_ + "/current";
  if (!world_.files.exists(path)) return false;
  const bool is_folder = world_.files.list(path).has_value();
  std::string damage = "expected a file, found a folder";
  if (!is_folder) {
    const Bytes bytes = TRY(world_.files.read(path));
    auto current = codec::read_json<CurrentState>(as_text(bytes), path);
    if (current && current->version > kVersionMax)
      current = invalid(
          std::format("version: expected 0 to {}, found {}", kVersionMax, current->version));
    if (current) current_ = std::move(*current);
    if (current) return true;
    damage = current.error().text;
  }
  log::error("follow", "{} is damaged, so the hub is asked for all anew: {}", path, damage);
  if (is_folder) TRY(world_.files.rename(path, path + ".damaged"));
  return false;
}

// That a version was applied is noted after the pointer to it is there, so one that says less was
// set back by somebody here.
Result<void> Follower::restore_current() {
  const auto applied = TRY(journal_.applied_above(current_.version, kVersionMax));
  if (!applied) return {};
  mended_.push_back(std::format("joined/current was set back here from version {} to {}: restored",
                                applied->version, current_.version));
  log::error("follow", "{}", mended_.back());
  if (world_.altered) world_.altered(1);
  current_ = {
      .version = applied->version, .revision = applied->revision, .previous = current_.version};
  // A full disk keeps no edge from its start: the next one finds the same again.
  if (const auto done = write_current(current_); !done)
    log::warn("follow", "{}", done.error().text);
  return {};
}

Result<void> Follower::write_current(const CurrentState& next) {
  codec::JsonWriter json;
  json.value(next);
  return world_.files.write_atomic(folder_ + "/current", as_bytes(json.text()));
}

Result<void> Follower::open_state() {
  for (const std::string& folder : {folder_ + "/artifacts", config_folder(0)})
    TRY(world_.files.make_directories(folder));
  const bool is_there = TRY(read_current());
  const auto records = TRY(journal_.open());
  if (is_there) TRY(restore_current());
  decided_ = current_.version;
  for (const UpdateRecord& record : records) {
    update_ = record;
    if (record.step == UpdateStep::switching) ++switches_;
  }
  if (!update_) return {};
  // In force already: only the last record of it is missing, and says nothing that is not known.
  const bool cannot_be = update_->version > kVersionMax;
  if (cannot_be || update_->version <= current_.version) update_.reset();
  if (update_ && update_->step == UpdateStep::keeping && switches_ >= kSwitchesMax)
    decided_ = update_->version;
  return {};
}

std::vector<std::string> Follower::folders() const {
  std::vector<std::string> folders;
  if (current_.version > 0) folders.push_back(config_folder(current_.version));
  if (current_.previous > 0) folders.push_back(config_folder(current_.previous));
  folders.push_back(config_folder(0));
  return folders;
}

std::uint64_t Follower::version_in(std::size_t folder) const {
  return version_of(folders().at(folder).substr(folder_.size() + 1) + "/").value_or(0);
}

Result<void> Follower::mend(std::size_t folder) {
  const std::uint64_t version = version_in(folder);
  auto done = mend_version(version);
  if (done) return {};
  if (version > 0 && world_.altered) world_.altered(1);
  return done.error().with(
      std::format("{}{} is not what the hub has signed", kConfigPrefix, version));
}

void Follower::started(std::size_t folder, std::vector<std::string> problems) {
  running_ = version_in(folder);
  std::ranges::move(mended_, std::back_inserter(problems));
  mended_.clear();
  status_ = {ReportState::applied, running_, std::move(problems), false};
  if (running_ == current_.version) return;
  // The state in force is to be had again, though it is not above the floor.
  status_.state = ReportState::failed;
  status_.offered = current_.version;
  status_.try_again = true;
  decided_ = current_.version - 1;
}

std::uint64_t Follower::decided() const { return decided_; }

// What is in force and does not run is asked for too.
std::uint64_t Follower::below_desired() const {
  return running_ < current_.version ? current_.version - 1 : current_.version;
}

// What the envelope in the folder says. It was in time when it was offered; what was taken up since
// holds for as long as it must, and what is staged may wait for the power.
Result<DesiredState> Follower::signed_state(std::uint64_t version) const {
  const Bytes bytes = TRY(world_.files.read(config_folder(version) + "/" + std::string(kEnvelope)));
  const auto envelope = TRY(parse_envelope(as_text(bytes)));
  auto state = TRY(verify_desired(envelope, keys_, edge_, Time::min(), {}));
  if (state.version != version ||
      (version == current_.version && state.revision != current_.revision))
    return fail(Code::corrupt, std::format("mixed: its envelope is of version {} with revision {}",
                                           state.version, state.revision));
  return state;
}

Result<DesiredState> Follower::staged_state(std::uint64_t version) const {
  auto state = TRY(signed_state(version));
  if (state.version < current_.version)
    return fail(Code::conflict, std::format("rollback: expected a version from {} on, found {}",
                                            current_.version, state.version));
  return state;
}

// Version 0 is the folder without manifests.
Result<void> Follower::mend_version(std::uint64_t version) {
  std::vector<ManifestFile> wanted;
  if (version > 0) wanted = TRY(manifest_files(TRY(signed_state(version)).content));
  auto found = TRY(restore_manifests(config_folder(version), wanted, world_.files));
  for (const std::string& what : found) log::error("follow", "{}", what);
  if (!found.empty() && world_.altered) world_.altered(found.size());
  std::ranges::move(found, std::back_inserter(mended_));
  return {};
}

void Follower::use_keys(std::vector<crypt::VerifyKey> keys) {
  keys_ = std::move(keys);
  if (current_.version > 0 && !signed_state(current_.version))
    decided_ = std::min(decided_, current_.version - 1);
}

// So that what is in force still starts once the hub signs with another key.
Result<void> Follower::renew_envelope(const crypt::Envelope& envelope, const DesiredState& state) {
  if (!signed_state(state.version)) TRY(stage(envelope, state));
  return {};
}

void Follower::resume() {
  if (!update_ || (update_->step != UpdateStep::staged && update_->step != UpdateStep::switching))
    return;
  const auto state = staged_state(update_->version);
  if (!state || state->revision != update_->revision) {
    log::warn("follow", "staged version {} is passed over: {}", update_->version,
              state ? "another revision" : state.error().text);
    update_.reset();
    return;
  }
  if (auto done = switch_over(); !done) failed(done.error());
}

// ---- An update ---------------------------------------------------------------------------------

Result<void> Follower::note(UpdateStep step, std::string text) {
  update_->step = step;
  update_->time = world_.clock.now();
  update_->note = std::move(text);
  const bool is_first = step == UpdateStep::offered;
  if (is_first) switches_ = 0;
  if (step == UpdateStep::switching) ++switches_;
  return is_first ? journal_.begin(*update_) : journal_.note(*update_);
}

// What a hub of ours would never send; what runs goes on.
void Follower::offer(const crypt::Envelope& envelope) {
  const auto state = verify_desired(envelope, keys_, edge_, world_.clock.now(), floor());
  if (!state) {
    log::error("follow", "a desired state is refused: {}", state.error().text);
    status_ = {ReportState::keeping, 0, {"refused: " + state.error().text}, true};
    return;
  }
  if (state->version == current_.version && running_ == current_.version) {
    status_ = {.state = ReportState::applied, .offered = running_};
    decided_ = std::max(decided_, current_.version);
    if (auto done = renew_envelope(envelope, *state); !done) failed(done.error());
    return;
  }
  if (auto done = take(envelope, *state); !done) failed(done.error());
}

// What goes wrong here may be mended: a link, a disk. What is wrong with the state itself is not.
void Follower::failed(const Error& error) {
  log::warn("follow", "version {}: {}", update_ ? update_->version : 0, error.text);
  status_ = {ReportState::applying, update_ ? update_->version : 0, {error.text}, true, error.code};
  if (error.code == Code::corrupt && update_) {
    keep({"refused: " + error.text});
    status_.try_again = true;
    decided_ = below_desired();
  }
}

Result<void> Follower::take(const crypt::Envelope& envelope, const DesiredState& state) {
  update_ = UpdateRecord{.version = state.version, .revision = state.revision, .note = {}};
  status_ = {.state = ReportState::applying, .offered = state.version};
  TRY(note(UpdateStep::offered));
  if (world_.begins) world_.begins();
  TRY(fetch(state));
  TRY(note(UpdateStep::verified));
  TRY(stage(envelope, state));
  TRY(note(UpdateStep::staged));
  return switch_over();
}

Result<void> Follower::fetch(const DesiredState& state) {
  TRY(note(UpdateStep::downloading));
  const std::string folder = folder_ + "/artifacts";
  for (const DesiredArtifact& artifact : state.content.artifacts) {
    if (TRY(have_artifact(artifact, folder, world_.files))) continue;
    TRY_WITH(world_.fetch(artifact, folder), "artifact " + artifact.digest);
  }
  return {};
}

// Nobody looks into the folder before the record says that it is whole.
Result<void> Follower::stage(const crypt::Envelope& envelope, const DesiredState& state) {
  const auto manifests = TRY(manifest_files(state.content));
  const std::string folder = config_folder(state.version);
  TRY(world_.files.make_directories(folder));
  // It may be the folder in force, damaged: what is right in it is never away.
  for (const std::string& name : TRY(world_.files.list(folder)))
    if (name != kEnvelope &&
        std::ranges::find(manifests, name, &ManifestFile::name) == manifests.end())
      TRY(remove_whole(folder + "/" + name, world_.files));
  for (const ManifestFile& manifest : manifests)
    TRY(world_.files.write_atomic(folder + "/" + manifest.name, as_bytes(manifest.text)));
  TRY(world_.files.write_atomic(folder + "/" + std::string(kEnvelope),
                                as_bytes(envelope_json(envelope))));
  return world_.files.sync_directory(folder_);
}

Result<void> Follower::switch_over() {
  if (switches_ >= kSwitchesMax) {
    keep({std::format("the switch was cut short {} times", switches_)});
    return {};
  }
  TRY(note(UpdateStep::switching));
  if (running_ != update_->version) {
    mended_.clear();
    TRY(mend_version(update_->version));
    auto problems = world_.switch_to(config_folder(update_->version));
    if (!problems.empty()) {
      switches_ = 0;
      keep(std::move(problems));
      return {};
    }
    replaced_ = running_;
    running_ = update_->version;
  }
  return commit();
}

Result<void> Follower::commit() {
  CurrentState next = {
      .version = update_->version, .revision = update_->revision, .previous = replaced_};
  TRY(write_current(next));
  current_ = std::move(next);
  decided_ = current_.version;
  status_ = {ReportState::applied, current_.version, std::exchange(mended_, {}), false};
  log::info("follow", "version {} is in force", current_.version);
  auto done = note(UpdateStep::applied);
  update_.reset();
  TRY(done);
  return clean();
}

void Follower::keep(std::vector<std::string> problems) {
  const std::string why = problems.empty() ? "no reason" : problems.front();
  log::warn("follow", "version {} is not taken, {} stays: {}", update_->version, running_, why);
  status_ = {ReportState::keeping, update_->version, std::move(problems), false};
  decided_ = std::max(decided_, update_->version);
  if (auto done = note(UpdateStep::keeping, why); !done)
    log::warn("follow", "{}", done.error().text);
}

// What neither runs nor is fallen back to.
Result<void> Follower::clean() {
  const std::set<std::uint64_t> kept = {0, current_.version, current_.previous};
  std::set<std::string> artifacts;
  for (const std::string& name : TRY(world_.files.list(folder_))) {
    const auto version = version_of(name);
    if (!version || kept.contains(*version)) continue;
    TRY(remove_whole(config_folder(*version), world_.files));
  }
  for (const std::uint64_t version : {current_.version, current_.previous}) {
    if (version == 0) continue;
    const auto state = signed_state(version);
    if (!state && traits(state.error().code).retry) return state.error();
    if (!state) continue;  // and so it will not be run
    for (const auto& artifact : state->content.artifacts) artifacts.insert(hex_of(artifact));
  }
  const std::string folder = folder_ + "/artifacts";
  for (const std::string& name : TRY(world_.files.list(folder)))
    if (!name.ends_with('/') && !artifacts.contains(name))
      TRY(world_.files.remove(folder + "/" + name));
  return journal_.forget_below(current_.version);
}

}  // namespace lineside::wire
