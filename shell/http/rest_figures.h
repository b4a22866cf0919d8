// Jobs as the page shows them, by paths that Flink does not have.
#pragma once

#include "shell/http/rest_jobs.h"

namespace weir::shell {

// A line of figures about each job.
AnswerOfRoute AnswerFigures;
// One job with its operators, the edges between them, and its tasks. Numbers of rows and times only
// grow while it runs: who asks twice has the rates.
AnswerOfRoute AnswerJobFigures;
// What does not change while it runs: its SQL, and where in it each operator comes from.
AnswerOfRoute AnswerJobSource;

}  // namespace weir::shell
