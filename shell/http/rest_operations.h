// What changes jobs, by Flink's paths.
#pragma once

#include "shell/http/rest_jobs.h"

namespace weir::shell {

// Takes a savepoint, after which the job goes on or is cancelled; answers the id to ask with.
AnswerOfRoute TriggerSavepoint;
// Takes a checkpoint; answers the id to ask with.
AnswerOfRoute TriggerCheckpoint;
// How that is getting on.
AnswerOfRoute AnswerTriggeredCheckpoint;
// Stops the job with a savepoint; answers the id to ask with.
AnswerOfRoute TriggerStop;
// How a savepoint, or a stop with one, is getting on.
AnswerOfRoute AnswerSavepoint;
// Ends the job at once.
AnswerOfRoute CancelJob;
// Removes a savepoint by its path; answers the id to ask with.
AnswerOfRoute TriggerDisposal;
// How that is getting on.
AnswerOfRoute AnswerDisposal;

}  // namespace weir::shell
