// What changes jobs, by Flink's paths.
#pragma once

#include "shell/http/rest_jobs.h"

namespace weir::shell {

// POST /jobs/:job/savepoints: takes a savepoint, after which the job goes on or is cancelled;
// answers the id to ask with.
AnswerOfRoute TriggerSavepoint;
// POST /jobs/:job/checkpoints: takes a checkpoint; answers the id to ask with.
AnswerOfRoute TriggerCheckpoint;
// GET /jobs/:job/checkpoints/:request: how that checkpoint is getting on.
AnswerOfRoute AnswerTriggeredCheckpoint;
// 503: a job goes on with another parallelism when it is restored.
AnswerOfRoute RefuseRescaling;
// POST /jobs/:job/stop: stops the job with a savepoint; answers the id to ask with.
AnswerOfRoute TriggerStop;
// GET /jobs/:job/savepoints/:request: how a savepoint, or a stop with one, is getting on.
AnswerOfRoute AnswerSavepoint;
// PATCH /jobs/:job?mode=cancel: ends the job at once; 409 where it has ended.
AnswerOfRoute CancelJob;
// POST /savepoint-disposal: removes a savepoint by its path; answers the id to ask with.
AnswerOfRoute TriggerDisposal;
// GET /savepoint-disposal/:request: how that removal is getting on.
AnswerOfRoute AnswerDisposal;

}  // namespace weir::shell
