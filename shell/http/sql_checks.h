// What an editor asks while somebody types.
#pragma once

#include "shell/http/rest_jobs.h"

namespace weir::shell {

// Reports what is wrong with a script.
AnswerOfRoute AnswerValidate;
// What a statement may name: tables and views with their columns, functions, keywords.
AnswerOfRoute AnswerCatalog;

}  // namespace weir::shell
