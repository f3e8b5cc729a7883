// One-time links made by another process of the edge's user: `lineside link` leaves the digest of a
// token in the data folder, the edge takes it up when somebody comes with the token. The right to
// write into that folder (mode 0700) is the right to sign in; no secret is kept in it.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "world/clock.h"
#include "world/files.h"
#include "world/random.h"

namespace lineside::store {

// Of the edge's process any thread may call, one at a time.
class LinkFolder {
 public:
  static constexpr Duration kLife = Duration::seconds(600);  // by the wall clock

  // Both outlive it.
  LinkFolder(world::Files& files, const world::Clock& clock, const std::string& data_folder);

  // The edge, at its start: makes the folder, voids what was left before, and says where its page
  // is. Errors: those of Files.
  Result<void> open(const std::string& address);
  // The edge: whether a link of this digest was left within kLife. It is void afterwards, whatever
  // the answer.
  bool claim(const std::string& digest);

  // Another process: "http://127.0.0.1:PORT/?token=...", a new link. Errors: not_found (no edge
  // ever ran on this folder), those of Files.
  Result<std::string> leave(world::Random& random);

 private:
  Result<void> forget(Time before);

  world::Files& files_;
  const world::Clock& clock_;
  const std::string folder_;
};

// Of a link's token; links are known by it alone.
std::string link_digest(std::string_view token);

}  // namespace lineside::store
