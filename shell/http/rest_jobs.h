// Jobs as Flink's paths answer them: lists, details, configuration, failures.
#pragma once

#include "shell/http/routes.h"

namespace weir::shell {

// Each answers the path that its row of the table of routes has (routes.cc).
using AnswerOfRoute = Result<HttpResponse>(HttpPorts& ports, const HttpRequest& request,
                                           const RouteParameters& parameters);

// What does not change while the process lives.
AnswerOfRoute AnswerConfig;
// Counts of jobs.
AnswerOfRoute AnswerOverview;
// Ids and states.
AnswerOfRoute AnswerJobs;
// A line about each job.
AnswerOfRoute AnswerJobsOverview;
// One job with its vertices and their plan.
AnswerOfRoute AnswerJob;
// Its options.
AnswerOfRoute AnswerJobConfig;
// Its failures.
AnswerOfRoute AnswerExceptions;
// Its vertices and their edges.
AnswerOfRoute AnswerPlan;
// Its state.
AnswerOfRoute AnswerStatus;
// Whether it has ended, and how.
AnswerOfRoute AnswerExecutionResult;
// Always none: what Flink's programs count by themselves.
AnswerOfRoute AnswerAccumulators;

}  // namespace weir::shell
