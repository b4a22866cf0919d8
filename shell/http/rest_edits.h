// Editing a running query, by paths of ours.
#pragma once

#include "shell/http/rest_jobs.h"

namespace weir::shell {

// What would become of the state of every operator.
AnswerOfRoute AnswerExplainRestore;
// Begins the edit; answers the id to ask with.
AnswerOfRoute TriggerRestore;
// How it is getting on.
AnswerOfRoute AnswerRestore;

}  // namespace weir::shell
