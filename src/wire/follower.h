// How an edge takes what its hub desires: verified, fetched, staged in a folder of its own, and
// then in force at once or not at all. A power cut at any point leaves the old configuration or the
// new one. Below the edge's data:
//
//   joined/current              what is in force, with the floor below which nothing is taken up
//   joined/journal/             wire/update_journal.h
//   joined/artifacts/<hex>      models, by digest
//   joined/config-<version>/    manifests of one state, and the envelope they came in
//
// docs/formats/wire.md has the table of states.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "crypt/dsse.h"
#include "crypt/signature.h"
#include "wire/desired.h"
#include "wire/update_journal.h"
#include "world/clock.h"
#include "world/files.h"

namespace lineside::wire {

// What is in force; the content of joined/current.
struct CurrentState {
  std::int64_t v = 1;
  std::uint64_t version = 0;
  std::string revision;
  std::uint64_t previous = 0;  // version whose folder is kept, for when this one does not load
  bool operator==(const CurrentState&) const = default;
};
constexpr auto fields(const CurrentState*) {
  using domain::field;
  return std::tuple(field("v", &CurrentState::v, "version of this file").required().range(1, 1),
                    field("version", &CurrentState::version, "what is in force").required(),
                    field("revision", &CurrentState::revision, "digest of its content").required(),
                    field("previous", &CurrentState::previous, "what was in force before"));
}

struct FollowerWorld {
  world::Files& files;
  world::Clock& clock;
  // Makes joined/artifacts/<hex> be there, durable and verified.
  std::function<Result<void>(const DesiredArtifact&, const std::string& folder)> fetch;
  // Takes the manifests of the folder, all or nothing; every reason why not, else none.
  std::function<std::vector<std::string>(const std::string& folder)> switch_to;
  std::function<void()> begins{};  // an update, before its artifacts are fetched; may be empty
  std::function<void(std::size_t files)> altered{};  // so many were found changed; may be empty
};

// What became of a turn.
struct FollowerStatus {
  ReportState state = ReportState::applied;
  std::uint64_t offered = 0;          // the version that this is about
  std::vector<std::string> problems;  //
  bool try_again = false;             // it may go better later: artifacts, disk
  Code cause = Code::corrupt;         // with try_again: says by its traits how soon
};

// Owned by one thread.
class Follower {
 public:
  // A damaged joined/current is as a missing one. Errors: of the files.
  static Result<Follower> open(std::string data_folder, std::string edge,
                               std::vector<crypt::VerifyKey> keys, FollowerWorld world);

  // Where the edge may start, best first; the last one is empty and always loads.
  std::vector<std::string> folders() const;
  // Makes that one of folders() what was signed, before the edge reads it: what somebody has
  // changed or added there is restored from the envelope beside it. Errors: denied, corrupt (no
  // such envelope, so it is not to be run), of the files.
  Result<void> mend(std::size_t folder);
  // It has started with that one of folders(); `problems` say why not with those before.
  void started(std::size_t folder, std::vector<std::string> problems);

  // Goes on with an update that was staged when the power went, also without the hub.
  void resume();
  // An envelope as the hub has sent it. What is not for us is refused, with the class of the
  // attack.
  void offer(const crypt::Envelope& envelope);
  // What is in force under older ones is asked for again.
  void use_keys(std::vector<crypt::VerifyKey> keys);
  // Something was mended here: what was refused is to be tried again.
  void retry() { decided_ = std::min(decided_, below_desired()); }

  const FollowerStatus& status() const { return status_; }
  Floor floor() const { return {current_.version, current_.revision}; }
  std::uint64_t running() const { return running_; }
  // The newest version that need not be offered again.
  std::uint64_t decided() const;

 private:
  Follower(std::string folder, std::string edge, std::vector<crypt::VerifyKey> keys,
           FollowerWorld world);

  std::string config_folder(std::uint64_t version) const;
  std::uint64_t version_in(std::size_t folder) const;
  Result<void> open_state();
  Result<bool> read_current();
  Result<void> restore_current();
  Result<void> write_current(const CurrentState& next);
  Result<void> note(UpdateStep step, std::string text = {});
  Result<void> take(const crypt::Envelope& envelope, const DesiredState& state);
  Result<void> fetch(const DesiredState& state);
  Result<void> stage(const crypt::Envelope& envelope, const DesiredState& state);
  Result<void> switch_over();
  Result<void> commit();
  Result<void> clean();
  std::uint64_t below_desired() const;
  Result<DesiredState> signed_state(std::uint64_t version) const;
  Result<DesiredState> staged_state(std::uint64_t version) const;
  Result<void> mend_version(std::uint64_t version);
  Result<void> renew_envelope(const crypt::Envelope& envelope, const DesiredState& state);
  void keep(std::vector<std::string> problems);
  void failed(const Error& error);

  std::string folder_;  // <data>/joined
  std::string edge_;
  std::vector<crypt::VerifyKey> keys_;
  FollowerWorld world_;
  UpdateJournal journal_;
  CurrentState current_;
  std::uint64_t running_ = 0;   // version whose folder the edge runs
  std::uint64_t replaced_ = 0;  // what ran before the last switch
  std::uint64_t decided_ = 0;
  // The update under way: version, revision and how far it is; `time` and `note` say nothing.
  std::optional<UpdateRecord> update_;
  int switches_ = 0;  // records of step switching: as many times it was tried
  FollowerStatus status_;
  std::vector<std::string> mended_;  // since the last start or switch, a sentence each
};

}  // namespace lineside::wire
