// Recordings, models and their versions: the lineage of what a pipeline runs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "domain/fields.h"
#include "domain/manifest.h"

namespace lineside::domain {

struct DatasetSpec {
  std::string title;
  std::string site;                  // empty: of none
  std::vector<std::string> streams;  // "asset/stream"
  std::optional<Time> from;          // source times, both included
  std::optional<Time> to;
  std::string digest;  // "sha256:<64 hex>"; empty: not fixed
  std::optional<std::int64_t> rows;
  std::string location;  // where the bytes are, for people
  bool operator==(const DatasetSpec&) const = default;
};
constexpr auto fields(const DatasetSpec*) {
  return std::tuple(
      field("title", &DatasetSpec::title, "what people call it"),
      field("site", &DatasetSpec::site, "site it is of").refers(Kind::site),
      field("streams", &DatasetSpec::streams, "streams recorded in it").refers(Kind::stream),
      field("from", &DatasetSpec::from, "first source time"),
      field("to", &DatasetSpec::to, "last source time"),
      field("digest", &DatasetSpec::digest, "sha256:<64 hex> of its bytes").filter(),
      field("rows", &DatasetSpec::rows, "number of rows").range(0, 1e15),
      field("location", &DatasetSpec::location, "where the bytes are"));
}

// A Model of the catalog: what its versions have in common.
struct CatalogModelSpec {
  std::string title;
  std::string task;   // "remaining life", "anomaly"
  std::string owner;  // a person's name or a team
  std::string site;   // empty: of none
  std::string description;
  bool operator==(const CatalogModelSpec&) const = default;
};
constexpr auto fields(const CatalogModelSpec*) {
  return std::tuple(
      field("title", &CatalogModelSpec::title, "what people call it"),
      field("task", &CatalogModelSpec::task, "what it predicts").filter(),
      field("owner", &CatalogModelSpec::owner, "person or team that answers for it")
          .required()
          .filter(),
      field("site", &CatalogModelSpec::site, "site it is for").refers(Kind::site),
      field("description", &CatalogModelSpec::description, "what it is for, and what not"));
}

struct ModelVersionSpec {
  std::string model;
  std::string digest;                   // "sha256:<64 hex>" of the ONNX file
  std::string signer;                   // name of the key that signed; empty: not signed
  std::string envelope;                 // digest of the signature's DSSE envelope
  std::string author;                   // a person; never its approver
  std::string report;                   // digest of the evaluation report
  std::vector<std::string> inputs;      // feature names, in order
  std::vector<std::string> outputs;     // in order
  std::vector<std::string> trained_on;  // datasets
  std::string revision;                 // of the code that trained it
  std::optional<std::int64_t> seed;     // of all randomness in the training
  bool operator==(const ModelVersionSpec&) const = default;
};
constexpr auto fields(const ModelVersionSpec*) {
  return std::tuple(
      field("model", &ModelVersionSpec::model, "model it is a version of")
          .required()
          .refers(Kind::model),
      field("digest", &ModelVersionSpec::digest, "sha256:<64 hex> of the model file")
          .required()
          .filter(),
      field("signer", &ModelVersionSpec::signer, "name of the key that signed it").filter(),
      field("envelope", &ModelVersionSpec::envelope, "sha256:<64 hex> of the signature's envelope"),
      field("author", &ModelVersionSpec::author, "who made it").required().refers(Kind::person),
      field("report", &ModelVersionSpec::report, "sha256:<64 hex> of the evaluation report"),
      field("inputs", &ModelVersionSpec::inputs, "names of its inputs, in order"),
      field("outputs", &ModelVersionSpec::outputs, "names of its outputs, in order"),
      field("trained_on", &ModelVersionSpec::trained_on, "datasets it was trained on")
          .refers(Kind::dataset),
      field("revision", &ModelVersionSpec::revision, "revision of the training code"),
      field("seed", &ModelVersionSpec::seed, "of all randomness in the training")
          .range(0, 9007199254740991.0));
}

// "sha256:" and 64 lower-case hex digits.
bool is_digest(std::string_view text);

// Digests well formed, from <= to, no name twice in a list; signer and envelope only together.
// Problems carry the manifest's place.
std::vector<Problem> check(const Manifest<DatasetSpec>& manifest);
std::vector<Problem> check(const Manifest<CatalogModelSpec>& manifest);
std::vector<Problem> check(const Manifest<ModelVersionSpec>& manifest);

}  // namespace lineside::domain
