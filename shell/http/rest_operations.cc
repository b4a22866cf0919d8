#include "shell/http/rest_operations.h"

#include <fmt/format.h>

#include "planner/ast/to_sql.h"
#include "runtime/base/fence.h"
#include "runtime/base/names.h"
#include "shell/engine/text/error_text.h"
#include "shell/http/java_throwable.h"
#include "shell/http/job_view.h"
#include "shell/http/json_body.h"
#include "shell/http/json_writer.h"

namespace weir::shell {
namespace {

using ast::QuoteString;

HttpResponse Triggered(const std::string& id, int status) {
  JsonWriter json;
  json.BeginObject().Member("request-id", id).EndObject();
  return {.status = status, .body = json.Take()};
}

std::string Behind(std::string_view word, const std::optional<std::string>& path) {
  return !path || path->empty() ? "" : fmt::format(" {}{}", word, QuoteString(*path));
}

Result<std::string> FormatOf(const JsonBody& body) {
  const std::string type = ToUpper(body.Text("formatType").value_or(""));
  if (type.empty() || type == "CANONICAL" || type == "NATIVE") return type;
  return Status::InvalidArgument(fmt::format("there is no savepoint format '{}'", type))
      .WithHint("formatType is CANONICAL or NATIVE");
}

// What a job writes as it ends can be of one kind only.
Status CheckIsCanonical(std::string_view format) {
  if (format != "NATIVE") return {};
  return Status::InvalidArgument("a job that ends writes a canonical savepoint")
      .WithHint("a native one is taken of a job that goes on");
}

// A checkpoint is as the job is configured.
Status CheckTypeOfCheckpoint(const JsonBody& body) {
  const std::string type = ToUpper(body.Text("checkpointType").value_or("CONFIGURED"));
  if (type == "CONFIGURED") return {};
  return Status::InvalidArgument(fmt::format("there is no checkpoint of type '{}'", type))
      .WithHint("a job takes them as execution.checkpointing.incremental says");
}

// An error that would come back with the outcome is said at once where it can be seen already: a
// client that waits understands it better.
Result<JobView> RunningJobOf(HttpPorts& ports, const std::string& id) {
  JobView view = TRY(ViewJob(ports, id));
  (void)TRY(ports.reading.jobs().FindRunning(view.record.id));
  if (!view.ended()) return view;
  return Status::InvalidArgument(
             fmt::format("job \"{}\" does not run: it is {}", view.record.name, view.state))
      .WithId("E5002");
}

Result<HttpResponse> BeginAbout(HttpPorts& ports, const Principal& who, const JobView& job,
                                const JsonBody& body, const std::string& statement) {
  const std::string wanted = body.Text("triggerId").value_or("");
  return Triggered(TRY(ports.operations.Begin(who, statement, job.record.id, wanted)), kAccepted);
}

void AppendFailureCause(JsonWriter& json, const Status& failure) {
  const std::string text = FormatError(failure, {});
  json.Key("failure-cause").BeginObject().Member("class", failure.id());
  json.Member("stack-trace", text);
  json.Member("serialized-throwable", SerializedThrowable(text)).EndObject();
}

// How an operation is getting on; `append` is of what one says that has ended well.
Result<HttpResponse> OutcomeOf(HttpPorts& ports, const std::string& about, const std::string& id,
                               void (*append)(JsonWriter& json, const std::string& outcome)) {
  const std::optional<OperationNow> now = ports.operations.Find(id);
  if (!now || now->about != about)
    return Status::NotFound(fmt::format("there is no operation {}", id));
  JsonWriter json;
  json.BeginObject().Key("status").BeginObject();
  json.Member("id", now->outcome ? "COMPLETED" : "IN_PROGRESS").EndObject();
  if (now->outcome) {
    json.Key("operation").BeginObject();
    if (now->outcome->ok()) {
      append(json, **now->outcome);
    } else {
      AppendFailureCause(json, now->outcome->status());
    }
    json.EndObject();
  }
  json.EndObject();
  return HttpResponse{.body = json.Take()};
}

void AppendLocation(JsonWriter& json, const std::string& path) {
  if (!path.empty()) json.Member("location", "file:" + path);
}

void AppendCheckpointId(JsonWriter& json, const std::string& id) {
  json.Key("checkpointId").Json(id);
}

}  // namespace

Result<HttpResponse> TriggerSavepoint(HttpPorts& ports, const HttpRequest& request,
                                      const RouteParameters& parameters) {
  const JsonBody body = TRY(JsonBody::Parse(request.body));
  const JobView job = TRY(RunningJobOf(ports, parameters[0]));
  const std::string id = QuoteString(job.record.id);
  const std::optional<std::string> directory = body.Text("target-directory");
  const std::string format = TRY(FormatOf(body));
  if (body.IsTrue("cancel-job")) {
    RETURN_IF_ERROR(CheckIsCanonical(format));
    return BeginAbout(ports, request.who, job, body,
                      fmt::format("CANCEL JOB {} WITH SAVEPOINT{}", id, Behind("", directory)));
  }
  return BeginAbout(ports, request.who, job, body,
                    fmt::format("SAVEPOINT JOB {}{}{}", id, Behind("TO ", directory),
                                format.empty() ? "" : " FORMAT " + format));
}

Result<HttpResponse> TriggerCheckpoint(HttpPorts& ports, const HttpRequest& request,
                                       const RouteParameters& parameters) {
  const JsonBody body = TRY(JsonBody::Parse(request.body));
  RETURN_IF_ERROR(CheckTypeOfCheckpoint(body));
  const JobView job = TRY(RunningJobOf(ports, parameters[0]));
  const auto work = [running = TRY(ports.reading.jobs().FindRunning(job.record.id))] {
    return Fenced([&]() -> Result<std::string> {
      return fmt::format("{}", TRY(running->job->TriggerCheckpoint()));
    });
  };
  const std::string wanted = body.Text("triggerId").value_or("");
  return Triggered(TRY(ports.operations.Begin(work, job.record.id, wanted)), kAccepted);
}

Result<HttpResponse> AnswerTriggeredCheckpoint(HttpPorts& ports, const HttpRequest&,
                                               const RouteParameters& parameters) {
  const JobView job = TRY(ViewJob(ports, parameters[0]));
  return OutcomeOf(ports, job.record.id, parameters[1], AppendCheckpointId);
}

Result<HttpResponse> TriggerStop(HttpPorts& ports, const HttpRequest& request,
                                 const RouteParameters& parameters) {
  const JsonBody body = TRY(JsonBody::Parse(request.body));
  const JobView job = TRY(RunningJobOf(ports, parameters[0]));
  RETURN_IF_ERROR(CheckIsCanonical(TRY(FormatOf(body))));
  return BeginAbout(ports, request.who, job, body,
                    fmt::format("STOP JOB {} WITH SAVEPOINT{}{}", QuoteString(job.record.id),
                                Behind("", body.Text("targetDirectory")),
                                body.IsTrue("drain") ? " WITH DRAIN" : ""));
}

Result<HttpResponse> AnswerSavepoint(HttpPorts& ports, const HttpRequest&,
                                     const RouteParameters& parameters) {
  const JobView job = TRY(ViewJob(ports, parameters[0]));
  return OutcomeOf(ports, job.record.id, parameters[1], AppendLocation);
}

Result<HttpResponse> CancelJob(HttpPorts& ports, const HttpRequest& request,
                               const RouteParameters& parameters) {
  const auto mode = request.query.find("mode");
  if (mode != request.query.end() && mode->second != "cancel")
    return ErrorResponse(400, fmt::format("there is no mode '{}', only cancel", mode->second));
  const JobView job = TRY(ViewJob(ports, parameters[0]));
  if (job.ended())
    return ErrorResponse(
        409, fmt::format("job \"{}\" has ended already: it is {}", job.record.name, job.state));
  (void)TRY(ExecuteForPath(ports.engine, request.who, "CANCEL JOB " + QuoteString(job.record.id)));
  return HttpResponse{.status = kAccepted, .body = "{}"};
}

Result<HttpResponse> RefuseRescaling(HttpPorts& ports, const HttpRequest&,
                                     const RouteParameters& parameters) {
  const JobView job = TRY(ViewJob(ports, parameters[0]));
  return ErrorResponse(
      503, fmt::format("a job that runs keeps its parallelism, as in Flink (FLINK-12312): STOP JOB "
                       "{0}; RESTORE JOB {0} FROM LATEST CHECKPOINT WITH ('parallelism.default' = "
                       "'4'); goes on with another one",
                       ast::QuoteIdentifier(job.record.name)));
}

Result<HttpResponse> TriggerDisposal(HttpPorts& ports, const HttpRequest& request,
                                     const RouteParameters&) {
  const JsonBody body = TRY(JsonBody::Parse(request.body));
  const std::optional<std::string> path = body.Text("savepoint-path");
  if (!path) return Status::InvalidArgument("the body has no 'savepoint-path'");
  return Triggered(
      TRY(ports.operations.Begin(request.who, "DROP SAVEPOINT " + QuoteString(*path), "", "")),
      200);
}

Result<HttpResponse> AnswerDisposal(HttpPorts& ports, const HttpRequest&,
                                    const RouteParameters& parameters) {
  return OutcomeOf(ports, "", parameters[0], AppendLocation);
}

}  // namespace weir::shell
