// The checkpoints of a job as Flink's paths answer them.
#pragma once

#include "shell/http/rest_jobs.h"

namespace weir::shell {

// GET /jobs/:job/checkpoints: counts, the latest checkpoints, and those that are kept.
AnswerOfRoute AnswerCheckpoints;
// GET /jobs/:job/checkpoints/config: how the job takes checkpoints.
AnswerOfRoute AnswerCheckpointsConfig;
// GET /jobs/:job/checkpoints/details/:checkpoint: one that is kept, with the bytes that each vertex
// has in it.
AnswerOfRoute AnswerCheckpointDetails;

}  // namespace weir::shell
