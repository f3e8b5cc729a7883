// YAML manifests -> domain structs, with every mistake at once: file, line, expected and found.
// The walk follows the field tables of domain/, so a new field needs no code here.
//
// Accepted YAML: documents of `apiVersion`, `kind`, `name`, `spec`, several per file behind `---`.
// Limits against hostile input: 1 MiB per file, nesting of 64, no anchors or aliases, no control
// characters.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "domain/manifest.h"

namespace lineside::codec {

struct SourceFile {
  std::string path;  // as shown in messages
  std::string text;
};

struct ParsedConfig {
  // Where the fields of one document stand, by path ("spec.mappings[0].topic").
  struct Document {
    domain::Place place;
    std::map<std::string, domain::Place> fields;
  };

  domain::EdgeConfig config;              // complete only if problems is empty
  std::vector<domain::Problem> problems;  // at most kProblemsMax and one that says so
  bool more_problems = false;             // than those: sound() tells nothing then
  std::vector<Document> documents;        // of each file in their order

  // The place of a field of the document at `document`, or of its nearest parent with a place.
  domain::Place place_of(const domain::Place& document, std::string path) const;
  // Whether nothing is wrong with the document at `document`.
  bool sound(const domain::Place& document) const;
  // What is wrong with it.
  std::vector<const domain::Problem*> problems_of(const domain::Place& document) const;
};

// Field-level checks, domain::check() across fields and manifests, and whether paths and zones of
// mappings are some. A rule across fields is silent about fields that did not parse.
ParsedConfig parse_config(const std::vector<SourceFile>& files);

}  // namespace lineside::codec
