#include "cli/demo_plant.h"

#include <format>

#include "base/text.h"
#include "base/version.h"
#include "cli/demo_service.h"
#include "cli/progress.h"
#include "crypt/digest.h"
#include "learn/train.h"
#include "world/clock.h"
#include "world/files.h"
#include "world/free_port.h"
#include "world/random.h"

namespace lineside::cli {

namespace {

constexpr std::string_view kTrainings[] = {"compressor/training.yaml", "machine/training.yaml"};
constexpr Duration kPlantStartLimit = Duration::seconds(20);

std::string program_of(const PlantOptions& options) {
  return options.program.empty() ? world::self_path() : options.program;
}

Result<std::string> read_text(const std::string& path) {
  return std::string(as_text(TRY(world::system_files().read(path))));
}

// What the model follows from, without training it.
Result<std::string> training_key(const learn::TrainingPlan& plan, const std::string& manifest) {
  std::string parts = std::string(kVersion) + TRY(read_text(manifest)) +
                      domain::feature_definition(plan.pipeline.spec);
  for (const std::string& file : plan.training.spec.recording.files)
    parts += TRY(read_text(plan.training.folder + "/" + file));
  parts += TRY(read_text(world::self_path()));
  return crypt::sha256_hex(as_bytes(parts));
}

Result<void> train_one(const std::string& manifest, const std::string& models_folder) {
  world::Files& files = world::system_files();
  const learn::TrainingPlan plan = TRY(learn::load_training(files, manifest));
  const std::string stamp = models_folder + "/" + plan.training.name + ".key";
  const std::string key = TRY(training_key(plan, manifest));
  if (const auto done = files.read(stamp); done && as_text(*done) == key) return {};
  ProgressBar bar("train " + plan.training.name);
  const learn::TrainOutcome outcome = TRY(learn::train(
      plan, files,
      {.code_revision = std::string(code_revision()),
       .progress = [&](std::string_view stage, double share) { bar.show(stage, share); }}));
  bar.finish();
  TRY(files.write_atomic(models_folder + "/" + outcome.model_file, outcome.model));
  TRY(files.write_atomic(models_folder + "/" + outcome.report_file, as_bytes(outcome.report)));
  return files.write_atomic(stamp, as_bytes(key));
}

}  // namespace

Result<void> train_demo(const std::string& demo_folder, const std::string& models_folder) {
  TRY(world::system_files().make_directories(models_folder));
  for (const std::string_view training : kTrainings)
    TRY_WITH(train_one(demo_folder + "/" + std::string(training), models_folder),
             "training " + std::string(training));
  return {};
}

std::string Plant::broker() const { return std::format("127.0.0.1:{}", port_); }
std::string Plant::page() const { return page_; }
std::string Plant::api() const { return page_.substr(0, page_.find("/?")); }

Result<std::unique_ptr<Plant>> Plant::start(const PlantOptions& options) {
  // tidy: the constructor is private
  std::unique_ptr<Plant> plant(new Plant);
  plant->folder_ = options.folder;
  plant->token_ = world::system_random().token(32);
  TRY(world::system_files().make_directories(options.folder));
  plant->port_ = options.broker_port != 0 ? options.broker_port
                                          : TRY(kept_port(options.folder + "/broker.port"));
  const std::string token = plant->token_ + "\n";
  TRY(world::system_files().write_atomic(options.folder + "/api-token", as_bytes(token)));
  TRY(plant->start_broker(options));
  TRY(options.with_hub ? plant->start_hub(options) : plant->write_config(options));
  TRY(plant->start_edge(options));
  return plant;
}

// The manifests of demo/, with the broker's port filled in and the trained models beside them.
Result<void> Plant::write_config(const PlantOptions& options) {
  world::Files& files = world::system_files();
  const std::string config = folder_ + "/config";
  TRY(files.make_directories(config));
  std::string connection = TRY(read_text(options.demo_folder + "/plant/connection.yaml"));
  const std::string placeholder = "127.0.0.1:1883";
  const std::size_t at = connection.find(placeholder);
  if (at == std::string::npos)
    return invalid("demo/plant/connection.yaml: expected address " + placeholder);
  connection.replace(at, placeholder.size(), broker());
  TRY(files.write_atomic(config + "/connection.yaml", as_bytes(connection)));
  TRY(files.write_atomic(config + "/contracts.yaml",
                         TRY(files.read(options.demo_folder + "/plant/contracts.yaml"))));
  for (const std::string machine : {"compressor", "machine"})
    TRY(files.write_atomic(
        config + "/" + machine + ".yaml",
        TRY(files.read(std::format("{}/{}/pipeline.yaml", options.demo_folder, machine)))));
  for (const std::string& name : TRY(files.list(options.models_folder)))
    if (name.ends_with(".onnx"))
      TRY(files.write_atomic(config + "/" + name,
                             TRY(files.read(options.models_folder + "/" + name))));
  return {};
}

Result<void> Plant::start_hub(const PlantOptions& options) {
  hub_ = TRY(DemoHub::start(folder_ + "/hub", program_of(options)));
  HubClient engineer = TRY(sign_in(hub_->folder(), kEngineer));
  TRY_WITH(publish_plant(engineer, options.demo_folder, broker()), "publishing the plant");
  return hub_->take_edge(std::string(kPlantEdge), folder_ + "/data");
}

Result<void> Plant::start_broker(const PlantOptions& options) {
  world::Files& files = world::system_files();
  const std::string store = options.folder + "/broker";
  TRY(files.make_directories(store));
  const std::string config = std::format(
      "listener {} 127.0.0.1\nallow_anonymous true\npersistence true\npersistence_location {}/\n"
      "autosave_interval 5\nmax_queued_messages 0\nmax_inflight_messages 0\nlog_dest stderr\n"
      "log_type error\nlog_type warning\n",
      port_, store);
  TRY(files.write_atomic(options.folder + "/mosquitto.conf", as_bytes(config)));
  broker_ =
      TRY(world::Process::start({.command = {"mosquitto", "-c", options.folder + "/mosquitto.conf"},
                                 .stdout_file = options.folder + "/broker.log",
                                 .stderr_file = options.folder + "/broker.log",
                                 .environment = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}}));
  return {};
}

Result<void> Plant::start_edge(const PlantOptions& options) {
  world::Clock& clock = world::system_clock();
  const std::string said = folder_ + "/edge.address";
  TRY(world::system_files().remove(said));
  const Time start = clock.steady();
  std::vector<std::string> command = {program_of(options),
                                      "edge",
                                      "--name",
                                      std::string(kPlantEdge),
                                      "--data",
                                      options.folder + "/data",
                                      "--listen",
                                      "127.0.0.1:0",
                                      "--api-token-file",
                                      folder_ + "/api-token",
                                      "--address-file",
                                      said};
  if (!options.with_hub) command.insert(command.end(), {"--config", folder_ + "/config"});
  edge_ = TRY(world::Process::start({.command = std::move(command),
                                     .stdout_file = "/dev/null",
                                     .stderr_file = folder_ + "/edge.log",
                                     .environment = {}}));
  while (clock.steady() - start < kPlantStartLimit) {
    TRY(alive());
    if (const auto text = world::system_files().read(said)) {
      page_ = std::string(trim(as_text(*text)));
      ready_after_ = clock.steady() - start;
      return {};
    }
    clock.sleep(Duration::millis(5));
  }
  return fail(Code::timeout, "the edge was not ready in time; see " + folder_ + "/edge.log");
}

Result<void> Plant::alive() {
  if (hub_) TRY(hub_->alive());
  if (broker_ && broker_->wait({}))
    return fail(Code::unavailable, "the broker has ended; see " + folder_ + "/broker.log");
  if (edge_ && edge_->wait({}))
    return fail(Code::unavailable, "the edge has ended; see " + folder_ + "/edge.log");
  return {};
}

}  // namespace lineside::cli
