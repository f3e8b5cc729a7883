#include "crypt/digest.h"
#include "learn/training_internal.h"

namespace lineside::learn {

namespace {

void write_recording(codec::JsonWriter& json, const TrainingRun& run) {
  json.key("data").begin_object().key("files").begin_array();
  for (const RecordingFile& file : run.recording.files)
    json.begin_object()
        .member("name", file.name)
        .member("bytes", file.bytes)
        .member("sha256", file.sha256)
        .end_object();
  json.end_array()
      .member("assets", static_cast<std::uint64_t>(run.dataset.assets.size()))
      .member("readings", static_cast<std::uint64_t>(run.recording.readings.size()))
      .member("duplicates", run.recording.duplicates)
      .member("conflicts", run.recording.conflicts)
      .member("frames", run.dataset.frames)
      .member("rows", static_cast<std::uint64_t>(run.dataset.size()))
      .member("rows_learnt", static_cast<std::uint64_t>(run.learnt.size()))
      .end_object();
}

void write_signature(codec::JsonWriter& json, const ModelSignature& signature) {
  json.key("features").begin_array();
  for (std::size_t i = 0; i < signature.features.size(); ++i)
    json.begin_object()
        .member("name", signature.features[i])
        .member("reference", signature.reference[i])
        .end_object();
  json.end_array().key("outputs").begin_array();
  for (std::size_t i = 0; i < signature.outputs.size(); ++i)
    json.begin_object()
        .member("name", signature.outputs[i])
        .member("unit", signature.units[i])
        .end_object();
  json.end_array().member("definition", signature.definition);
}

}  // namespace

std::string write_report(const TrainingRun& run, const TrainedModel& trained,
                         const std::string& code_revision) {
  codec::JsonWriter json;
  json.begin_object()
      .member("format", 1)
      .member("training", run.plan.training.name)
      .member("pipeline", run.plan.pipeline.name)
      .member("method", run.spec().trees ? "trees" : "pca")
      .member("seed", run.spec().seed)
      .member("code_revision", code_revision)
      .member("library", trained.library)
      .key("model")
      .begin_object()
      .member("file", run.plan.pipeline.spec.model->file)
      .member("bytes", static_cast<std::uint64_t>(trained.model.size()))
      .member("sha256", crypt::sha256_hex(trained.model))
      .end_object();
  json.key("validation").raw(trained.validation).key("fitted").raw(trained.fitted);
  write_recording(json, run);
  json.member("parameters", run.spec());
  write_signature(json, trained.signature);
  json.end_object();
  return json.take() + "\n";
}

}  // namespace lineside::learn
