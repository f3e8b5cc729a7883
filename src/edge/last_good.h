// The last configuration that an edge has taken from its folder, kept in last-good/ of its data
// folder (store/kept_config.h): what it starts with when the folder has been broken meanwhile.
// Passwords and certificates that manifests name are not copied: they are read where they are.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "edge/plan.h"
#include "world/files.h"

namespace lineside::edge {

class LastGood {
 public:
  // `files` outlives it.
  LastGood(world::Files& files, const std::string& data_folder)
      : files_(files), folder_(data_folder + "/last-good") {}

  // Keeps what was loaded of `source`. Errors: of the files.
  Result<void> keep(const LoadedPlan& loaded, const std::string& source, Time now);

  struct Kept {
    std::shared_ptr<const Plan> plan;
    Time taken;  // when keep() got it
  };
  // What was kept of the folder `sources` names; absent: nothing. It has the revision that it had.
  // Errors: corrupt (what is kept was changed), invalid (it does not load any more, with every
  // problem).
  Result<std::optional<Kept>> load(const PlanSources& sources) const;

 private:
  world::Files& files_;
  const std::string folder_;
};

}  // namespace lineside::edge
