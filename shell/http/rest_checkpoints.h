// The checkpoints of a job as Flink's paths answer them.
#pragma once

#include "shell/http/rest_jobs.h"

namespace weir::shell {

// Counts, the latest ones, and those that are kept.
AnswerOfRoute AnswerCheckpoints;
// How the job takes them.
AnswerOfRoute AnswerCheckpointsConfig;
// One that is kept, with what its vertices have in it.
AnswerOfRoute AnswerCheckpointDetails;

}  // namespace weir::shell
