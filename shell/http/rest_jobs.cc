#include "shell/http/rest_jobs.h"

#include <algorithm>
#include <array>

#include "runtime/graph/secret_text.h"
#include "shell/engine/text/error_text.h"
#include "shell/http/job_state.h"
#include "shell/http/job_view.h"
#include "shell/http/json_writer.h"
#include "shell/http/vertex_json.h"

namespace weir::shell {
namespace {

constexpr std::array<std::string_view, 11> kJobStates = {
    "CANCELLING",  "RESTARTING", "INITIALIZING", "CANCELED",  "CREATED", "FAILED",
    "RECONCILING", "FAILING",    "FINISHED",     "SUSPENDED", "RUNNING"};

HttpResponse Json(JsonWriter& json) {
  return {.body = json.Take()};
}

size_t TasksOf(const std::vector<JobVertex>& vertices) {
  size_t tasks = 0;
  for (const JobVertex& vertex : vertices) tasks += vertex.parallelism;
  return tasks;
}

// Lower-case names, of which "running" and "finished" are asked for by name.
void AppendTaskCounts(JsonWriter& json, std::string_view state, size_t tasks) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kNames = {{
      {"running", "RUNNING"},
      {"canceling", "CANCELING"},
      {"canceled", "CANCELED"},
      {"created", "CREATED"},
      {"scheduled", "SCHEDULED"},
      {"deploying", "DEPLOYING"},
      {"reconciling", "RECONCILING"},
      {"finished", "FINISHED"},
      {"initializing", "INITIALIZING"},
      {"failed", "FAILED"},
  }};
  json.Key("tasks").BeginObject().Member("total", tasks);
  for (const auto& [name, counted] : kNames) json.Member(name, counted == state ? tasks : 0);
  json.EndObject();
}

void AppendOverview(JsonWriter& json, const JobView& view) {
  json.BeginObject().Member("jid", view.record.id).Member("name", view.record.name);
  json.Member("jobType", "STREAMING").Member("schedulerType", "Default");
  json.Member("start-time", view.started_millis()).Member("end-time", view.ended_millis());
  json.Member("duration", view.duration_millis()).Member("state", view.state);
  json.Member("last-modification", view.ended() ? view.ended_millis() : view.started_millis());
  AppendTaskCounts(json, ExecutionStateOf(view.state), TasksOf(view.vertices));
  json.Member("pending-operators", 0).EndObject();
}

void AppendVertex(JsonWriter& json, const JobVertex& vertex, const JobView& view) {
  const std::string_view state = ExecutionStateOf(view.state);
  json.BeginObject().Member("id", vertex.id).Member("name", vertex.name);
  json.Member("slotSharingGroupId", view.record.id);
  json.Member("maxParallelism", view.max_parallelism).Member("parallelism", vertex.parallelism);
  json.Member("status", state).Member("start-time", view.started_millis());
  json.Member("end-time", view.ended_millis()).Member("duration", view.duration_millis());
  AppendStateCounts(json.Key("tasks"), state, vertex.parallelism);
  AppendIo(json, IoOf(vertex, view));
  json.EndObject();
}

// Since when the job has been in a state; 0 where that is not known, or it never was.
int64_t TimeOf(std::string_view state, const JobView& view) {
  if (state == "CREATED" || state == "INITIALIZING") return view.record.started_millis;
  if (state == "RUNNING") return view.snapshot ? view.snapshot->started_millis : 0;
  return state == view.state && view.ended() ? view.ended_millis() : 0;
}

void AppendPlanInputs(JsonWriter& json, const JobVertex& vertex, const JobView& view) {
  if (vertex.inputs.empty()) return;
  json.Key("inputs").BeginArray();
  int number = 0;
  for (const task::OperatorInput& input : vertex.inputs) {
    const int chain = view.snapshot->operators[input.from].chain;
    const auto from = std::ranges::find(view.vertices, chain, &JobVertex::chain);
    json.BeginObject().Member("id", from->id).Member("num", number++);
    json.Member("exchange", "pipelined_bounded");
    json.Member("ship_strategy", ShipStrategyOf(input.exchange)).EndObject();
  }
  json.EndArray();
}

// One line for each operator, with its uid.
std::string DescriptionOf(const JobVertex& vertex, const JobView& view) {
  std::string text;
  for (const size_t index : vertex.operators) {
    const task::OperatorSnapshot& node = view.snapshot->operators[index];
    text += fmt::format("{}{} [{}]<br/>", text.empty() ? "" : "+- ", node.name, node.uid);
  }
  return text;
}

// Consumers before producers, as Flink has them.
void AppendPlan(JsonWriter& json, const JobView& view) {
  json.Key("plan").BeginObject().Member("jid", view.record.id).Member("name", view.record.name);
  json.Member("type", "STREAMING").Key("nodes").BeginArray();
  for (auto vertex = view.vertices.rbegin(); vertex != view.vertices.rend(); ++vertex) {
    json.BeginObject().Member("id", vertex->id).Member("operator", "");
    json.Member("parallelism", vertex->parallelism).Member("operator_strategy", "");
    json.Member("description", DescriptionOf(*vertex, view));
    json.Key("optimizer_properties").BeginObject().EndObject();
    AppendPlanInputs(json, *vertex, view);
    json.EndObject();
  }
  json.EndArray().EndObject();
}

void AppendFailure(JsonWriter& json, const JobView& view) {
  const Status failure = view.snapshot ? view.snapshot->failure : Status();
  const bool known = !failure.ok();
  const std::string text = known ? FormatError(failure, {}) : view.record.failure;
  if (text.empty()) return;
  json.BeginObject().Member("exceptionName", known ? failure.id() : "");
  json.Member("stacktrace", text);
  json.Member("timestamp", view.ended() ? view.ended_millis() : view.now_millis);
  json.Key("failureLabels").BeginObject().EndObject();
  json.Key("concurrentExceptions").BeginArray().EndArray().EndObject();
}

}  // namespace

Result<HttpResponse> AnswerConfig(HttpPorts& ports, const HttpRequest&, const RouteParameters&) {
  JsonWriter json;
  json.BeginObject().Member("refresh-interval", 3000);
  json.Member("timezone-name", "Coordinated Universal Time").Member("timezone-offset", 0);
  json.Member("flink-version", "weir " + ports.version).Member("flink-revision", ports.version);
  json.Key("features").BeginObject().Member("web-submit", false).Member("web-cancel", true);
  json.Member("web-rescale", false).Member("web-history", false).EndObject().EndObject();
  return Json(json);
}

Result<HttpResponse> AnswerOverview(HttpPorts& ports, const HttpRequest&, const RouteParameters&) {
  size_t slots = 0;
  std::map<std::string_view, size_t> counts;
  for (JobSummary& job : TRY(ports.reading.jobs().List())) {
    const JobView view = ViewOf(std::move(job), 0);
    ++counts[view.state];
    uint32_t widest = 0;
    for (const JobVertex& vertex : view.vertices) widest = std::max(widest, vertex.parallelism);
    if (!view.ended()) slots += widest;
  }
  JsonWriter json;
  json.BeginObject().Member("taskmanagers", 1).Member("slots-total", slots);
  json.Member("slots-available", 0);
  json.Member("jobs-running", counts["RUNNING"] + counts["RESTARTING"] + counts["CREATED"]);
  json.Member("jobs-finished", counts["FINISHED"]);
  json.Member("jobs-cancelled", counts["CANCELED"] + counts["SUSPENDED"]);
  json.Member("jobs-failed", counts["FAILED"]);
  json.Member("flink-version", "weir " + ports.version).Member("flink-commit", ports.version);
  json.EndObject();
  return Json(json);
}

Result<HttpResponse> AnswerJobs(HttpPorts& ports, const HttpRequest&, const RouteParameters&) {
  JsonWriter json;
  json.BeginObject().Key("jobs").BeginArray();
  for (const JobSummary& job : TRY(ports.reading.jobs().List()))
    json.BeginObject().Member("id", job.record.id).Member("status", StateName(job)).EndObject();
  json.EndArray().EndObject();
  return Json(json);
}

Result<HttpResponse> AnswerJobsOverview(HttpPorts& ports, const HttpRequest&,
                                        const RouteParameters&) {
  const int64_t now = ports.clock.Now().millis;
  JsonWriter json;
  json.BeginObject().Key("jobs").BeginArray();
  for (JobSummary& job : TRY(ports.reading.jobs().List()))
    AppendOverview(json, ViewOf(std::move(job), now));
  json.EndArray().EndObject();
  return Json(json);
}

Result<HttpResponse> AnswerJob(HttpPorts& ports, const HttpRequest&,
                               const RouteParameters& parameters) {
  const JobView view = TRY(ViewJob(ports, parameters[0]));
  JsonWriter json;
  json.BeginObject().Member("jid", view.record.id).Member("application-id", view.record.id);
  json.Member("name", view.record.name).Member("isStoppable", false).Member("state", view.state);
  json.Member("job-type", "STREAMING").Member("schedulerType", "Default");
  json.Member("start-time", view.started_millis()).Member("end-time", view.ended_millis());
  json.Member("duration", view.duration_millis()).Member("maxParallelism", view.max_parallelism);
  json.Member("now", view.now_millis).Key("timestamps").BeginObject();
  for (const std::string_view state : kJobStates) json.Member(state, TimeOf(state, view));
  json.EndObject().Key("vertices").BeginArray();
  for (const JobVertex& vertex : view.vertices) AppendVertex(json, vertex, view);
  json.EndArray();
  AppendStateCounts(json.Key("status-counts"), ExecutionStateOf(view.state), view.vertices.size());
  AppendPlan(json, view);
  json.Member("pending-operators", 0).EndObject();
  return Json(json);
}

Result<HttpResponse> AnswerJobConfig(HttpPorts& ports, const HttpRequest&,
                                     const RouteParameters& parameters) {
  const JobView view = TRY(ViewJob(ports, parameters[0]));
  const auto said = [&](const std::string& key) {
    const auto found = view.record.options.find(key);
    return found == view.record.options.end() ? std::string() : found->second;
  };
  uint32_t widest = 1;
  for (const JobVertex& vertex : view.vertices) widest = std::max(widest, vertex.parallelism);
  const std::string strategy = said("restart-strategy.type");
  JsonWriter json;
  json.BeginObject().Member("jid", view.record.id).Member("name", view.record.name);
  json.Key("execution-config").BeginObject();
  json.Member("restart-strategy",
              strategy.empty() ? "Cluster level default restart strategy" : strategy);
  json.Member("job-parallelism", widest).Member("object-reuse-mode", true);
  json.Key("user-config").BeginObject();
  for (const auto& [key, value] : view.record.options)
    json.Member(key, graph::ShownValue(key, value));
  json.EndObject().EndObject().EndObject();
  return Json(json);
}

Result<HttpResponse> AnswerExceptions(HttpPorts& ports, const HttpRequest&,
                                      const RouteParameters& parameters) {
  const JobView view = TRY(ViewJob(ports, parameters[0]));
  JsonWriter json;
  json.BeginObject().Key("exceptionHistory").BeginObject().Key("entries").BeginArray();
  AppendFailure(json, view);
  json.EndArray().Member("truncated", false).EndObject().EndObject();
  return Json(json);
}

Result<HttpResponse> AnswerPlan(HttpPorts& ports, const HttpRequest&,
                                const RouteParameters& parameters) {
  const JobView view = TRY(ViewJob(ports, parameters[0]));
  JsonWriter json;
  json.BeginObject();
  AppendPlan(json, view);
  json.EndObject();
  return Json(json);
}

Result<HttpResponse> AnswerStatus(HttpPorts& ports, const HttpRequest&,
                                  const RouteParameters& parameters) {
  const JobView view = TRY(ViewJob(ports, parameters[0]));
  JsonWriter json;
  json.BeginObject().Member("status", view.state).EndObject();
  return Json(json);
}

Result<HttpResponse> AnswerExecutionResult(HttpPorts& ports, const HttpRequest&,
                                           const RouteParameters& parameters) {
  const JobView view = TRY(ViewJob(ports, parameters[0]));
  JsonWriter json;
  json.BeginObject().Key("status").BeginObject();
  json.Member("id", view.ended() ? "COMPLETED" : "IN_PROGRESS").EndObject();
  if (view.ended()) {
    json.Key("job-execution-result").BeginObject().Member("id", view.record.id);
    json.Member("application-status", view.state == "FINISHED"    ? "SUCCEEDED"
                                      : view.state == "SUSPENDED" ? "CANCELED"
                                                                  : view.state);
    json.Member("net-runtime", view.duration_millis());
    json.Key("accumulator-results").BeginObject().EndObject().EndObject();
  }
  json.EndObject();
  return Json(json);
}

Result<HttpResponse> AnswerAccumulators(HttpPorts& ports, const HttpRequest&,
                                        const RouteParameters& parameters) {
  (void)TRY(ViewJob(ports, parameters[0]));
  return HttpResponse{.body =
                          "{\"job-accumulators\":[],\"user-task-accumulators\":[],"
                          "\"serialized-user-task-accumulators\":{}}"};
}

}  // namespace weir::shell
