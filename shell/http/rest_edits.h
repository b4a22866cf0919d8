// Editing a running query, by paths of ours.
#pragma once

#include "shell/http/rest_jobs.h"

namespace weir::shell {

// POST /explain-restore: what would become of the state of every operator.
AnswerOfRoute AnswerExplainRestore;
// POST /restore: begins the edit of a job, and answers the id to ask with.
AnswerOfRoute TriggerRestore;
// GET /restore/:request: how that edit is getting on.
AnswerOfRoute AnswerRestore;

}  // namespace weir::shell
