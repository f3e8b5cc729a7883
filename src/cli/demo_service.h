// How the demo's models go into service: the engineer publishes what is needed and asks, somebody
// else approves the exact bytes, and then the pipelines name the approved versions.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/hub_client.h"

namespace lineside::cli {

struct DemoSources {
  std::string demo_folder;    // recordings and manifests
  std::string models_folder;  // of train_demo()
};

// A trained model as a version of the catalog.
struct DemoVersion {
  std::string name;      // "compressor-rul:688f0f154ec7"
  std::string digest;    // "sha256:..."
  std::string pipeline;  // manifest that runs it, with the version in place of the file
};

// Site, broker and contracts: what an edge of the plant begins with. `broker`: host:port.
Result<void> publish_plant(HubClient& engineer, const std::string& demo_folder,
                           const std::string& broker);
// Uploads the models with their reports, makes them versions, and asks for the approval of those
// that have none. Nothing is done twice.
Result<std::vector<DemoVersion>> publish_models(HubClient& engineer, const DemoSources& sources);

enum class Approved : unsigned char { waiting, yes, rejected };
// Of all of them: the worst that holds for one.
Result<Approved> approval_of(HubClient& client, const std::vector<DemoVersion>& versions);
// Approves what is asked for; how many. Errors: denied (by whom it was made).
Result<std::size_t> approve_all(HubClient& reviewer);

// The pipelines run the versions, which are approved.
Result<void> put_into_service(HubClient& engineer, const std::vector<DemoVersion>& versions);
// Whether the edge has said that it runs all of them.
Result<bool> in_service(HubClient& client, const std::string& edge,
                        const std::vector<DemoVersion>& versions);

}  // namespace lineside::cli
