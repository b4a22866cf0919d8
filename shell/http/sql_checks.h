// What an editor asks while somebody types.
#pragma once

#include "shell/http/rest_jobs.h"

namespace weir::shell {

// POST /validate: parses, binds and plans the statements of a script and reports what is wrong;
// runs nothing.
AnswerOfRoute AnswerValidate;
// GET /catalog: what a statement may name (tables and views with their columns, functions,
// keywords), for completion.
AnswerOfRoute AnswerCatalog;

}  // namespace weir::shell
