// Jobs as the page shows them, by paths that Flink does not have.
#pragma once

#include "shell/http/rest_jobs.h"

namespace weir::shell {

// GET /figures: a line of figures about each job.
AnswerOfRoute AnswerFigures;
// GET /jobs/:job/figures: one job with its operators, the edges between them, and its tasks.
// Numbers of rows and times only grow while it runs, so that a client that asks twice can compute
// rates.
AnswerOfRoute AnswerJobFigures;
// GET /jobs/:job/source: what does not change while the job runs: its SQL, and the place in it that
// each operator comes from.
AnswerOfRoute AnswerJobSource;

}  // namespace weir::shell
