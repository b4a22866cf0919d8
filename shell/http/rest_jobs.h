// Jobs as Flink's paths answer them: lists, details, configuration, failures.
#pragma once

#include "shell/http/routes.h"

namespace weir::shell {

// What answers a request of one route. The paths are in the table of routes (routes.cc); the paths
// below are those of the table.
using AnswerOfRoute = Result<HttpResponse>(HttpPorts& ports, const HttpRequest& request,
                                           const RouteParameters& parameters);

// GET /config: what does not change while the process lives.
AnswerOfRoute AnswerConfig;
// GET /overview: how many jobs are in each state.
AnswerOfRoute AnswerOverview;
// GET /jobs: ids and states of all jobs.
AnswerOfRoute AnswerJobs;
// GET /jobs/overview: the same with names, times and numbers of tasks.
AnswerOfRoute AnswerJobsOverview;
// GET /jobs/:job: one job with its vertices and their plan.
AnswerOfRoute AnswerJob;
// GET /jobs/:job/config: the options that the job was started with.
AnswerOfRoute AnswerJobConfig;
// GET /jobs/:job/exceptions: the job's last failure, as the shell prints it.
AnswerOfRoute AnswerExceptions;
// GET /jobs/:job/plan: its vertices (chains of operators) and the edges between them.
AnswerOfRoute AnswerPlan;
// GET /jobs/:job/status: the job's state.
AnswerOfRoute AnswerStatus;
// GET /jobs/:job/execution-result: whether the job has ended, and how.
AnswerOfRoute AnswerExecutionResult;
// GET /jobs/:job/accumulators: always none. Flink's are counted by the program of a job.
AnswerOfRoute AnswerAccumulators;

}  // namespace weir::shell
