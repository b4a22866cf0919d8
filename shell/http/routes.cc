#include "shell/http/routes.h"

#include <fmt/format.h>

#include <array>

#include "shell/http/health.h"
#include "shell/http/metrics.h"
#include "shell/http/openapi.h"
#include "shell/http/page.h"
#include "shell/http/rest_checkpoints.h"
#include "shell/http/rest_edits.h"
#include "shell/http/rest_figures.h"
#include "shell/http/rest_jobs.h"
#include "shell/http/rest_operations.h"
#include "shell/http/rest_vertices.h"
#include "shell/http/sql_answers.h"
#include "shell/http/sql_checks.h"

namespace weir::shell {
namespace {

constexpr RouteField kOfPage[] = {{.name = "v", .in_query = true}};
constexpr RouteField kOfCancel[] = {{.name = "mode", .in_query = true}};
constexpr RouteField kOfRescaling[] = {
    {.name = "parallelism", .type = "integer", .in_query = true}};
constexpr RouteField kOfCheckpoint[] = {{.name = "checkpointType"}, {.name = "triggerId"}};
constexpr RouteField kOfSavepoint[] = {{.name = "target-directory"},
                                       {.name = "cancel-job", .type = "boolean"},
                                       {.name = "formatType"},
                                       {.name = "triggerId"}};
constexpr RouteField kOfStop[] = {{.name = "targetDirectory"},
                                  {.name = "drain", .type = "boolean"},
                                  {.name = "formatType"},
                                  {.name = "triggerId"}};
constexpr RouteField kOfDisposal[] = {{.name = "savepoint-path", .required = true}};
constexpr RouteField kOfValidation[] = {{.name = "script", .required = true}};
constexpr RouteField kOfEdit[] = {
    {.name = "job", .required = true}, {.name = "script", .required = true}, {.name = "clauses"}};
constexpr RouteField kOfSql[] = {{.name = "statement", .required = true},
                                 {.name = "settings", .type = "object"},
                                 {.name = "before"}};
constexpr std::string_view kPlainText = "text/plain";

constexpr auto kRoutes = std::to_array<Route>({
    {"GET",
     "/",
     HttpRole::kAnybody,
     true,
     AnswerPage,
     "The [page](page.md). What it shows needs a login.",
     nullptr,
     {},
     "text/html"},
    {"GET", "/page/:file", HttpRole::kAnybody, true, AnswerPageFile, "Its script and its style.",
     nullptr, kOfPage, "*/*"},
    {"GET",
     "/healthz",
     HttpRole::kAnybody,
     true,
     AnswerHealth,
     "200 `ok` while the process lives. Never waits for anything.",
     nullptr,
     {},
     kPlainText},
    {"GET",
     "/readyz",
     HttpRole::kAnybody,
     true,
     AnswerReadiness,
     "200 `ready` once the jobs of the data directory were started; 503 before.",
     nullptr,
     {},
     kPlainText},
    {"GET",
     "/metrics",
     HttpRole::kReader,
     false,
     AnswerMetrics,
     "The figures of docs/metrics.md, as Prometheus takes them.",
     nullptr,
     {},
     kPlainText},
    {"GET", "/openapi.json", HttpRole::kReader, false, AnswerOpenApi,
     "All of this as an OpenAPI 3 description, with the role of each path as `x-weir-role`."},
    {"GET", "/config", HttpRole::kReader, false, AnswerConfig, "Which program this is."},
    {"GET", "/overview", HttpRole::kReader, false, AnswerOverview,
     "How many jobs there are in each state. `slots-total` counts those in use: threads are "
     "started as jobs need them."},
    {"GET", "/jobs", HttpRole::kReader, false, AnswerJobs,
     "Ids and states of all jobs of the data directory."},
    {"GET", "/jobs/overview", HttpRole::kReader, false, AnswerJobsOverview,
     "The same with names, times and numbers of tasks."},
    {"GET", "/jobs/:job", HttpRole::kReader, false, AnswerJob,
     "One job, by id or name: times, vertices with their figures, plan."},
    {"PATCH", "/jobs/:job", HttpRole::kOperator, false, CancelJob,
     "`?mode=cancel` ends the job at once, as CANCEL JOB: 202; 409 where it has ended.", nullptr,
     kOfCancel},
    {"PATCH", "/jobs/:job/rescaling", HttpRole::kOperator, false, RefuseRescaling,
     "503, as with Flink: a job takes another parallelism when it is restored.", nullptr,
     kOfRescaling},
    {"GET", "/jobs/:job/rescaling/:request", HttpRole::kOperator, false, RefuseRescaling,
     "503, too."},
    {"GET", "/jobs/:job/config", HttpRole::kReader, false, AnswerJobConfig,
     "The options that it was started with."},
    {"GET", "/jobs/:job/exceptions", HttpRole::kReader, false, AnswerExceptions,
     "Its last failure, as the shell prints it."},
    {"GET", "/jobs/:job/plan", HttpRole::kReader, false, AnswerPlan,
     "Vertices (chains of operators) and the edges between them."},
    {"GET", "/jobs/:job/status", HttpRole::kReader, false, AnswerStatus, "Its state."},
    {"GET", "/jobs/:job/execution-result", HttpRole::kReader, false, AnswerExecutionResult,
     "Whether it has ended, and how."},
    {"GET", "/jobs/:job/accumulators", HttpRole::kReader, false, AnswerAccumulators,
     "Always none."},
    {"GET", "/jobs/:job/checkpoints", HttpRole::kReader, false, AnswerCheckpoints,
     "Counts, the latest ones, and those that are kept; `summary` is of those."},
    {"GET", "/jobs/:job/checkpoints/config", HttpRole::kReader, false, AnswerCheckpointsConfig,
     "How it takes them."},
    {"GET", "/jobs/:job/checkpoints/details/:checkpoint", HttpRole::kReader, false,
     AnswerCheckpointDetails, "One that is kept, with the bytes that each vertex has in it."},
    {"POST", "/jobs/:job/checkpoints", HttpRole::kOperator, false, TriggerCheckpoint,
     "`{\"checkpointType\"}`: takes a checkpoint as CHECKPOINT JOB: 202 and `request-id`.", nullptr,
     kOfCheckpoint},
    {"GET", "/jobs/:job/checkpoints/:request", HttpRole::kOperator, false,
     AnswerTriggeredCheckpoint,
     "How that is getting on: `status.id`, then `operation.checkpointId` or "
     "`operation.failure-cause`."},
    {"GET", "/jobs/:job/figures", HttpRole::kReader, false, AnswerJobFigures,
     "The job as it runs: operators, edges, tasks, checkpoints ([below](#figures))."},
    {"GET", "/jobs/:job/source", HttpRole::kReader, false, AnswerJobSource,
     "Its SQL as it was `written`, its definitions and options, and the place of each operator in "
     "what was written, in bytes."},
    {"GET", "/jobs/:job/vertices/:vertex", HttpRole::kReader, false, AnswerVertex,
     "A vertex with its subtasks."},
    {"GET", "/jobs/:job/vertices/:vertex/backpressure", HttpRole::kReader, false,
     AnswerBackpressure,
     "How much of the time since the start its subtasks were busy, idle or waited for room."},
    {"GET", "/jobs/:job/vertices/:vertex/subtasktimes", HttpRole::kReader, false,
     AnswerSubtaskTimes, "Since when its subtasks have been in their states."},
    {"GET", "/jobs/:job/vertices/:vertex/watermarks", HttpRole::kReader, false, AnswerWatermarks,
     "The watermark of each subtask."},
    {"POST", "/jobs/:job/savepoints", HttpRole::kOperator, false, TriggerSavepoint,
     "`{\"target-directory\", \"cancel-job\", \"formatType\"}`: takes a savepoint as SAVEPOINT JOB "
     "or CANCEL JOB … WITH SAVEPOINT: 202 and `request-id`.",
     nullptr, kOfSavepoint},
    {"GET", "/jobs/:job/savepoints/:request", HttpRole::kOperator, false, AnswerSavepoint,
     "How that, or a stop, is getting on: `status.id` is IN_PROGRESS or COMPLETED, then "
     "`operation.location` or `operation.failure-cause`."},
    {"POST", "/jobs/:job/stop", HttpRole::kOperator, false, TriggerStop,
     "`{\"targetDirectory\", \"drain\", \"formatType\"}`: STOP JOB … WITH SAVEPOINT: 202 and "
     "`request-id`.",
     nullptr, kOfStop},
    {"POST", "/savepoint-disposal", HttpRole::kOperator, false, TriggerDisposal,
     "`{\"savepoint-path\"}`: DROP SAVEPOINT: `request-id`.", nullptr, kOfDisposal},
    {"GET", "/savepoint-disposal/:request", HttpRole::kOperator, false, AnswerDisposal,
     "How that is getting on."},
    {"GET", "/figures", HttpRole::kReader, false, AnswerFigures,
     "A line of figures about each job."},
    {"GET", "/catalog", HttpRole::kReader, false, AnswerCatalog,
     "Tables and views with their columns, functions, keywords: for completion."},
    {"POST", "/validate", HttpRole::kReader, false, AnswerValidate,
     "`{\"script\"}`: parses, binds and plans its statements, and runs none "
     "([below](#checking-and-editing)).",
     nullptr, kOfValidation},
    {"POST", "/explain-restore", HttpRole::kOperator, false, AnswerExplainRestore,
     "`{\"job\", \"script\", \"clauses\"}`: what would become of the state of every operator, "
     "as EXPLAIN RESTORE ([below](#checking-and-editing)).",
     nullptr, kOfEdit},
    {"POST", "/restore", HttpRole::kAdmin, false, TriggerRestore,
     "`{\"job\", \"script\", \"clauses\"}`: carries that out: stops the job with a savepoint, "
     "restores it as the new query, and goes back where that does not come up: 202 and "
     "`request-id`.",
     nullptr, kOfEdit},
    {"GET", "/restore/:request", HttpRole::kOperator, false, AnswerRestore,
     "How that is getting on: `status.id`, `outcome` and `steps`."},
    {"POST", "/sql", HttpRole::kReader, false, nullptr,
     "`{\"statement\", \"settings\", \"before\"}`: executes a statement ([below](#sql)), if that "
     "is for the "
     "user's role.",
     BeginSql, kOfSql},
});

std::vector<std::string_view> WordsOf(std::string_view path) {
  std::vector<std::string_view> words;
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    words.push_back(path.substr(0, path.find('/')));
    path.remove_prefix(words.back().size());
  }
  return words;
}

bool Matches(std::string_view pattern, const std::vector<std::string_view>& words,
             RouteParameters& parameters) {
  const std::vector<std::string_view> wanted = WordsOf(pattern);
  if (wanted.size() != words.size()) return false;
  parameters.clear();
  for (size_t i = 0; i < words.size(); ++i) {
    if (wanted[i].starts_with(':')) {
      parameters.emplace_back(words[i]);
    } else if (wanted[i] != words[i]) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::span<const Route> Routes() {
  return kRoutes;
}

RouteMatch FindRoute(std::string_view method, std::string_view path) {
  constexpr std::string_view kVersion = "/v1";
  if (path.starts_with("/v1/")) path.remove_prefix(kVersion.size());
  const std::string_view wanted = method == "HEAD" ? "GET" : method;
  const std::vector<std::string_view> words = WordsOf(path);
  RouteMatch match;
  for (const Route& route : kRoutes) {
    RouteParameters parameters;
    if (!Matches(route.pattern, words, parameters)) continue;
    match.other_method = true;
    if (route.method == wanted) return {&route, std::move(parameters), false};
  }
  return match;
}

std::string RoutesPage() {
  std::string page = "| method | path | role | what it answers |\n| --- | --- | --- | --- |\n";
  for (const Route& route : kRoutes)
    page += fmt::format("| {} | `{}` | {} | {} |\n", route.method, route.pattern,
                        RoleName(route.role), route.doc);
  return page;
}

}  // namespace weir::shell
