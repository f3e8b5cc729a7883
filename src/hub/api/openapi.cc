// The OpenAPI 3.1 document, from the table of routes and the field tables alone.
#include <format>
#include <map>
#include <span>

#include "base/text.h"
#include "base/version.h"
#include "hub/api/api_internal.h"

namespace lineside::hub {

using codec::JsonWriter;
using domain::Kind;

namespace {

void write_ref(JsonWriter& json, std::string_view schema) {
  json.begin_object().member("$ref", std::format("#/components/schemas/{}", schema)).end_object();
}

void write_object_list(JsonWriter& json, std::optional<Kind> kind) {
  json.begin_object().member("type", "object").key("properties").begin_object();
  json.key("items").begin_object().member("type", "array").key("items");
  if (kind)
    write_ref(json, to_text(*kind));
  else
    json.begin_object().member("type", "object").end_object();
  json.end_object().key("next").begin_object().key("type").begin_array();
  json.value("string").value("null").end_array().end_object();
  json.key("damaged").begin_object().member("type", "integer").end_object();
  json.end_object().end_object();
}

void write_schema_of(JsonWriter& json, const Shape& shape, std::optional<Kind> kind) {
  switch (shape.form) {
    case Shape::Form::object:
      return write_ref(json, to_text(*kind));
    case Shape::Form::object_list:
      return write_object_list(json, kind);
    default:
      return shape.write(json);
  }
}

void write_content(JsonWriter& json, const Shape& shape, std::optional<Kind> kind) {
  json.key("content").begin_object().key(shape.type).begin_object().key("schema");
  write_schema_of(json, shape, kind);
  json.end_object().end_object();
}

void write_parameter(JsonWriter& json, std::string_view name, std::string_view in,
                     std::string_view doc, std::span<const std::string_view> values = {}) {
  json.begin_object().member("name", name).member("in", in);
  if (in == "path") json.member("required", true);
  if (!doc.empty()) json.member("description", doc);
  json.key("schema").begin_object().member("type", "string");
  if (!values.empty()) {
    json.key("enum").begin_array();
    for (const std::string_view value : values) json.value(value);
    json.end_array();
  }
  json.end_object().end_object();
}

void write_parameters(JsonWriter& json, const Route& route, std::string_view path,
                      std::optional<Kind> kind) {
  json.key("parameters").begin_array();
  for (const std::string_view part : split(path, '/'))
    if (part.starts_with('{')) write_parameter(json, part.substr(1, part.size() - 2), "path", "");
  if (!route.parameters.empty())
    for (const std::string_view name : split(route.parameters, ','))
      write_parameter(json, name, "query", "");
  if (route.filters)
    for (const codec::FilterField& filter : codec::filter_fields(*kind))
      write_parameter(json, filter.field, "query", filter.doc, filter.values);
  json.end_array();
}

void write_operation(JsonWriter& json, const Route& route, std::string_view path,
                     std::optional<Kind> kind) {
  std::string method(route.method);
  for (char& c : method) c = static_cast<char>(c - 'A' + 'a');
  json.key(method).begin_object().member("summary", route.summary);
  if (route.needs) json.member("x-permission", to_text(*route.needs));
  if (kind && !route.needs)
    json.member("x-permission",
                to_text(route.method == "GET" ? domain::permission_to_read(*kind)
                                              : domain::permission_to_write(*kind)));
  write_parameters(json, route, path, kind);
  if (route.body.form != Shape::Form::none) {
    json.key("requestBody").begin_object().member("required", true);
    write_content(json, route.body, kind);
    json.end_object();
  }
  json.key("responses").begin_object().key(std::to_string(route.status)).begin_object();
  json.member("description", route.summary);
  if (route.reply.form != Shape::Form::none) write_content(json, route.reply, kind);
  if (route.dry_reply.form != Shape::Form::none) {
    json.end_object().key("200").begin_object().member("description", "what a dry run tells");
    write_content(json, route.dry_reply, kind);
  }
  json.end_object().key("default").begin_object().member("description", "what went wrong");
  json.key("content").begin_object().key("application/json").begin_object().key("schema");
  write_ref(json, "Error");
  json.end_object().end_object().end_object().end_object();
  if (route.door == Door::open) json.key("security").begin_array().end_array();
  json.end_object();
}

struct Operation {
  const Route* route;
  std::optional<Kind> kind;
};

// By path; the name of a stream is two segments.
std::map<std::string, std::vector<Operation>> operations() {
  std::map<std::string, std::vector<Operation>> paths;
  for (const Route& route : plain_routes())
    paths[std::string(route.path)].push_back({&route, std::nullopt});
  for (std::size_t i = 0; i < domain::kKinds; ++i) {
    const auto kind = static_cast<Kind>(i);
    for (const Route& route : object_routes()) {
      if (route.only && route.only != kind) continue;
      std::string path = std::format("/api/v1/{}", traits(kind).segment);
      std::string rest(route.path);
      if (kind == Kind::stream && !rest.empty()) rest.replace(0, 6, "{asset}/{stream}");
      if (!rest.empty()) path += "/" + rest;
      paths[path].push_back({&route, kind});
    }
  }
  return paths;
}

void write_security(JsonWriter& json, std::string_view cookie) {
  json.key("securitySchemes").begin_object();
  json.key("session").begin_object().member("type", "apiKey").member("in", "cookie");
  json.member("name", cookie).end_object();
  json.key("token").begin_object().member("type", "http").member("scheme", "bearer").end_object();
  json.end_object();
}

void write_error_schema(JsonWriter& json) {
  json.key("Error").begin_object().member("type", "object").key("properties").begin_object();
  json.key("error").begin_object().member("type", "object").key("properties").begin_object();
  for (const char* name : {"code", "text"})
    json.key(name).begin_object().member("type", "string").end_object();
  json.end_object().end_object();
  for (const char* name : {"problems", "latest"}) {
    json.key(name).begin_object();
    json.member("type", std::string_view(name) == "latest" ? "object" : "array").end_object();
  }
  json.end_object().end_object();
}

}  // namespace

std::string openapi_document(std::string_view cookie) {
  JsonWriter json;
  json.begin_object().member("openapi", "3.1.0");
  json.key("info").begin_object().member("title", "Lineside hub").member("version", kVersion);
  json.end_object();
  json.key("security").begin_array();
  for (const char* scheme : {"session", "token"})
    json.begin_object().key(scheme).begin_array().end_array().end_object();
  json.end_array().key("paths").begin_object();
  for (const auto& [path, all] : operations()) {
    json.key(path).begin_object();
    for (const Operation& one : all) write_operation(json, *one.route, path, one.kind);
    json.end_object();
  }
  json.end_object().key("components").begin_object();
  write_security(json, cookie);
  json.key("schemas").begin_object();
  for (std::size_t i = 0; i < domain::kKinds; ++i) {
    const auto kind = static_cast<Kind>(i);
    json.key(to_text(kind));
    codec::write_manifest_schema(kind, json);
  }
  write_error_schema(json);
  json.end_object().end_object().end_object();
  return json.take();
}

}  // namespace lineside::hub
