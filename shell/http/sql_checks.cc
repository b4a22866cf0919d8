#include "shell/http/sql_checks.h"

#include "planner/parse/parse.h"
#include "runtime/expr/aggregate.h"
#include "runtime/expr/function.h"
#include "shell/http/json_body.h"
#include "shell/http/json_writer.h"
#include "shell/http/script_trial.h"

namespace weir::shell {
namespace {

// More tables than this are left out, as a page would hold them all.
constexpr size_t kMostWithColumns = 2000;

void AppendFinding(JsonWriter& json, const ScriptFinding& finding) {
  json.BeginObject().Member("severity", finding.is_error ? "error" : "warning");
  json.Member("begin", finding.span.begin).Member("end", finding.span.end);
  json.Member("message", finding.message);
  if (finding.is_error) {
    json.Member("code", finding.status.id()).Member("sqlstate", finding.status.sqlstate());
    json.Member("hint", finding.status.hint());
  }
  json.EndObject();
}

void AppendRelation(JsonWriter& json, const catalog::CatalogObject& object,
                    const catalog::Catalog& catalog) {
  json.BeginObject().Member("name", object.name().Short());
  json.Member("kind", object.table ? "table" : "view");
  if (object.table) json.Member("connector", object.table->connector->name);
  json.Key("columns").BeginArray();
  for (const logical::Column& column : ColumnsOfRelation(object, catalog)) {
    json.BeginObject().Member("name", column.name).Member("type", column.type.ToString());
    json.Member("time", column.time != logical::TimeAttribute::kNone).EndObject();
  }
  json.EndArray().EndObject();
}

}  // namespace

Result<HttpResponse> AnswerValidate(HttpPorts& ports, const HttpRequest& request,
                                    const RouteParameters&) {
  const JsonBody body = TRY(JsonBody::Parse(request.body));
  const std::optional<std::string> script = body.Text("script");
  if (!script) return ErrorResponse(400, "the body has no 'script'");
  ScriptTrial trial(ports.engine, request.who);
  const ScriptTrial::Findings found = trial.Check(*script);
  JsonWriter json;
  json.BeginObject().Key("statements").BeginArray();
  for (const TriedStatement& statement : found.statements) {
    json.BeginObject().Member("begin", statement.span.begin).Member("end", statement.span.end);
    json.Member("words", statement.words).Member("of_session", statement.of_session).EndObject();
  }
  json.EndArray().Key("findings").BeginArray();
  for (const ScriptFinding& finding : found.findings) AppendFinding(json, finding);
  json.EndArray().EndObject();
  return HttpResponse{.body = json.Take()};
}

Result<HttpResponse> AnswerCatalog(HttpPorts& ports, const HttpRequest&, const RouteParameters&) {
  const std::unique_ptr<LocalSession> session = ports.engine.NewSession(SessionCatalog::kShared);
  const catalog::Catalog& catalog = session->session().catalog();
  JsonWriter json;
  json.BeginObject().Key("tables").BeginArray();
  size_t count = 0;
  for (const catalog::ObjectName& name : TRY(catalog.AllNames())) {
    if (++count > kMostWithColumns) break;
    // One that cannot be read says why when a statement names it.
    const Result<std::optional<catalog::CatalogObject>> object = catalog.FindExactly(name);
    if (object.ok() && *object) AppendRelation(json, **object, catalog);
  }
  json.EndArray().Member("tables_left_out", count > kMostWithColumns);
  json.Key("functions").BeginArray();
  for (const expr::ScalarFunction* function : expr::ListFunctions()) json.Value(function->name);
  for (const expr::AggregateDoc& aggregate : expr::AggregateFunctions()) json.Value(aggregate.name);
  for (const std::string& name : TRY(catalog.ListFunctions({}, {}, {}))) json.Value(name);
  json.EndArray().Key("keywords").BeginArray();
  for (const std::string& keyword : parse::Keywords()) json.Value(keyword);
  json.EndArray().EndObject();
  return HttpResponse{.body = json.Take()};
}

}  // namespace weir::shell
