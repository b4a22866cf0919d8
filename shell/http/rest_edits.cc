#include "shell/http/rest_edits.h"

#include "shell/engine/session/restore_report.h"
#include "shell/engine/text/error_text.h"
#include "shell/http/json_body.h"
#include "shell/http/json_writer.h"

namespace weir::shell {
namespace {

using checkpoint::RestoreRow;

Result<JobEdit> EditOf(const HttpRequest& request) {
  const JsonBody body = TRY(JsonBody::Parse(request.body));
  const std::optional<std::string> job = body.Text("job");
  const std::optional<std::string> script = body.Text("script");
  if (!job || !script) return Status::InvalidArgument("the body has no 'job' or no 'script'");
  return JobEdit{*job, *script, body.Text("clauses").value_or(""), request.who};
}

void AppendRow(JsonWriter& json, const RestoreRow& row, const std::string& mixed) {
  json.BeginObject().Member("uid", row.uid).Member("saved_uid", row.saved_uid);
  json.Member("operator", row.kind).Member("verdict", VerdictName(row.verdict));
  json.Member("text", VerdictText(row)).Member("reason", row.reason);
  json.Member("needs", row.to_type).Member("begin", row.span.begin).Member("end", row.span.end);
  json.Member("rows", row.rows).Member("bytes", row.bytes);
  const bool differs = !row.saved_uid.empty() && row.saved_schema != row.schema;
  json.Member("saved", differs ? row.saved_schema : "");
  json.Member("now", differs && row.node >= 0 ? row.schema : "");
  json.Member("mixed", mixed).EndObject();
}

void AppendError(JsonWriter& json, const Status& failure, std::string_view text) {
  json.BeginObject().Member("code", failure.id()).Member("message", failure.message());
  json.Member("hint", failure.hint()).Member("text", text);
  if (failure.span())
    json.Member("begin", failure.span()->begin).Member("end", failure.span()->end);
  json.EndObject();
}

void AppendReport(JsonWriter& json, const RestoreReport& report) {
  const checkpoint::RestorePlan& plan = report.plan;
  const Status refusal = Refusal(plan);
  json.Member("allowed", refusal.ok());
  json.Member("refusal", refusal.ok() ? "" : refusal.message());
  json.Key("missing").BeginArray();
  for (const std::string& clause : plan.missing_clauses) json.Value(clause);
  json.EndArray().Key("from").BeginObject();
  json.Member("kind", report.is_savepoint ? "savepoint" : "checkpoint");
  json.Member("id", report.checkpoint_id).Member("completed", report.complete_millis).EndObject();
  json.Key("rows").BeginArray();
  for (size_t i = 0; i < plan.rows.size(); ++i) AppendRow(json, plan.rows[i], report.mixed[i]);
  json.EndArray();
}

}  // namespace

Result<HttpResponse> AnswerExplainRestore(HttpPorts& ports, const HttpRequest& request,
                                          const RouteParameters&) {
  const JobEdit edit = TRY(EditOf(request));
  const Result<Answer> answer = ExplainEdit(ports.engine, edit);
  if (!answer.ok()) return ErrorResponse(answer.status(), edit.script);
  JsonWriter json;
  json.BeginObject();
  AppendReport(json, *answer->restore);
  json.Member("text", answer->text).Key("notices").BeginArray();
  for (const std::string& notice : answer->notices) json.Value(notice);
  json.EndArray().EndObject();
  return HttpResponse{.body = json.Take()};
}

Result<HttpResponse> TriggerRestore(HttpPorts& ports, const HttpRequest& request,
                                    const RouteParameters&) {
  JobEdit edit = TRY(EditOf(request));
  const std::string id = TRY(ports.edits.Begin(std::move(edit), ports.reading));
  JsonWriter json;
  json.BeginObject().Member("request-id", id).EndObject();
  return HttpResponse{.status = kAccepted, .body = json.Take()};
}

Result<HttpResponse> AnswerRestore(HttpPorts& ports, const HttpRequest&,
                                   const RouteParameters& parameters) {
  const std::optional<EditNow> now = ports.edits.Find(parameters[0]);
  if (!now) return Status::NotFound(fmt::format("there is no edit {}", parameters[0]));
  const bool ended = now->outcome != EditOutcome::kUnderWay;
  JsonWriter json;
  json.BeginObject().Key("status").BeginObject();
  json.Member("id", ended ? "COMPLETED" : "IN_PROGRESS").EndObject();
  json.Member("outcome", EditOutcomeName(now->outcome)).Member("job", now->job_id);
  json.Member("savepoint", now->savepoint).Member("way_back", now->way_back);
  json.Key("steps").BeginArray();
  for (const EditStep& step : now->steps) {
    json.BeginObject().Member("name", step.name).Member("done", step.done);
    json.Member("text", step.text).Member("millis", step.millis).EndObject();
  }
  json.EndArray();
  if (!now->failure.ok()) {
    json.Key("failure");
    AppendError(json, now->failure, FormatError(now->failure, {}));
  }
  json.EndObject();
  return HttpResponse{.body = json.Take()};
}

}  // namespace weir::shell
