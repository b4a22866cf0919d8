#include "shell/http/openapi.h"

#include <algorithm>
#include <map>
#include <vector>

#include "runtime/base/names.h"
#include "shell/http/json_writer.h"

namespace weir::shell {
namespace {

// "/jobs/:job/stop" as "/jobs/{job}/stop", with the names of what is in braces.
std::string TemplateOf(std::string_view pattern, std::vector<std::string>& names) {
  std::string made;
  while (!pattern.empty()) {
    pattern.remove_prefix(1);  // the slash
    const std::string_view word = pattern.substr(0, pattern.find('/'));
    pattern.remove_prefix(word.size());
    made += '/';
    if (!word.starts_with(':')) {
      made += word;
      continue;
    }
    names.emplace_back(word.substr(1));
    made += '{' + names.back() + '}';
  }
  return made;
}

// "get_jobs_job_stop", which no other route has.
std::string OperationId(const Route& route) {
  std::string id = ToLower(route.method);
  for (const char c : route.pattern) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (plain || id.back() != '_') id += plain ? c : '_';
  }
  return id;
}

void AppendParameter(JsonWriter& json, std::string_view name, std::string_view in, bool required,
                     std::string_view type) {
  json.BeginObject().Member("name", name).Member("in", in).Member("required", required);
  json.Key("schema").BeginObject().Member("type", type).EndObject().EndObject();
}

void AppendParameters(JsonWriter& json, const Route& route, const std::vector<std::string>& names) {
  json.Key("parameters").BeginArray();
  for (const std::string& name : names) AppendParameter(json, name, "path", true, "string");
  for (const RouteField& field : route.takes) {
    if (field.in_query) AppendParameter(json, field.name, "query", field.required, field.type);
  }
  json.EndArray();
}

void AppendBody(JsonWriter& json, const Route& route) {
  std::vector<const RouteField*> members;
  bool required = false;
  for (const RouteField& field : route.takes) {
    if (field.in_query) continue;
    members.push_back(&field);
    required |= field.required;
  }
  if (members.empty()) return;
  json.Key("requestBody").BeginObject().Member("required", required);
  json.Key("content").BeginObject().Key("application/json").BeginObject();
  json.Key("schema").BeginObject().Member("type", "object").Key("properties").BeginObject();
  for (const RouteField* field : members)
    json.Key(field->name).BeginObject().Member("type", field->type).EndObject();
  json.EndObject();
  if (required) {  // an empty list is none
    json.Key("required").BeginArray();
    for (const RouteField* field : members) {
      if (field->required) json.Value(field->name);
    }
    json.EndArray();
  }
  json.EndObject().EndObject().EndObject().EndObject();
}

void AppendContent(JsonWriter& json, std::string_view type, std::string_view schema) {
  json.Key("content").BeginObject().Key(type).BeginObject();
  json.Key("schema").BeginObject();
  if (schema.starts_with('#')) {
    json.Member("$ref", schema);
  } else if (!schema.empty()) {
    json.Member("type", schema);
  }
  json.EndObject().EndObject().EndObject();
}

void AppendResponses(JsonWriter& json, const Route& route) {
  const bool is_json = route.content == kJsonOfRoutes;
  json.Key("responses").BeginObject();
  json.Key("2XX").BeginObject().Member("description", "What the summary says");
  AppendContent(json, route.content, is_json ? "object" : "string");
  json.EndObject().Key("default").BeginObject().Member("description", "An error");
  AppendContent(json, kJsonOfRoutes, "#/components/schemas/Error");
  json.EndObject().EndObject();
}

void AppendSecurity(JsonWriter& json, const Route& route) {
  json.Key("security").BeginArray();
  for (const std::string_view scheme : {"token", "user"}) {
    if (route.role != HttpRole::kAnybody)
      json.BeginObject().Key(scheme).BeginArray().EndArray().EndObject();
  }
  json.EndArray();
}

void AppendOperation(JsonWriter& json, const Route& route, const std::vector<std::string>& names) {
  json.Key(ToLower(route.method)).BeginObject().Member("operationId", OperationId(route));
  json.Member("summary", route.doc).Member("x-weir-role", RoleName(route.role));
  AppendSecurity(json, route);
  AppendParameters(json, route, names);
  AppendBody(json, route);
  AppendResponses(json, route);
  json.EndObject();
}

void AppendComponents(JsonWriter& json) {
  json.Key("components").BeginObject().Key("securitySchemes").BeginObject();
  json.Key("token").BeginObject().Member("type", "http").Member("scheme", "bearer").EndObject();
  json.Key("user").BeginObject().Member("type", "http").Member("scheme", "basic").EndObject();
  json.EndObject().Key("schemas").BeginObject().Key("Error").BeginObject();
  json.Member("type", "object").Key("properties").BeginObject().Key("errors").BeginObject();
  json.Member("type", "array").Key("items").BeginObject().Member("type", "string").EndObject();
  json.EndObject();
  for (const std::string_view name : {"code", "sqlstate", "message", "hint"})
    json.Key(name).BeginObject().Member("type", "string").EndObject();
  for (const std::string_view name : {"begin", "end"})
    json.Key(name).BeginObject().Member("type", "integer").EndObject();
  json.EndObject().EndObject().EndObject().EndObject();
}

}  // namespace

std::string OpenApiDocument(std::string_view version) {
  // The methods of one path stand together, whatever their order in the table is.
  std::map<std::string, std::vector<const Route*>> paths;
  std::map<std::string, std::vector<std::string>> names_of;
  for (const Route& route : Routes()) {
    std::vector<std::string> names;
    const std::string path = TemplateOf(route.pattern, names);
    paths[path].push_back(&route);
    names_of[path] = std::move(names);
  }
  JsonWriter json;
  json.BeginObject().Member("openapi", "3.0.3").Key("info").BeginObject();
  json.Member("title", "Weir").Member("version", version);
  json.Member("description", "\"/v1\" in front of a path means nothing, as with Flink.");
  json.EndObject().Key("servers").BeginArray().BeginObject().Member("url", "/").EndObject();
  json.EndArray().Key("paths").BeginObject();
  for (const auto& [path, routes] : paths) {
    json.Key(path).BeginObject();
    for (const Route* route : routes) AppendOperation(json, *route, names_of[path]);
    json.EndObject();
  }
  json.EndObject();
  AppendComponents(json);
  return json.EndObject().Take();
}

Result<HttpResponse> AnswerOpenApi(HttpPorts& ports, const HttpRequest&, const RouteParameters&) {
  return HttpResponse{.body = OpenApiDocument(ports.version)};
}

}  // namespace weir::shell
