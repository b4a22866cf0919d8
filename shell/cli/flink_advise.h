// weir flink advise: what the jobs of a query file would need on a cluster of Flink, from a run of
// each here.
#pragma once

#include "runtime/base/status.h"
#include "shell/cli/command_line.h"
#include "shell/cli/translated_script.h"
#include "shell/engine/engine.h"
#include "shell/output/script.h"

namespace weir::shell {

// Whether the values of the options of advise are what they are to be. kInvalidArgument E6001.
Status CheckAdviceLine(const CommandLine& line);

// Runs each job of the script for its figures (trial_run.h), and shows for each what its operators
// took, and what it would need here and there; remarks go to standard error. Errors are printed.
// The exit code. The session plans (StatementContext::plans).
int RunFlinkAdvice(const CommandLine& line, LocalSession& session, TranslatedScript& script,
                   const ScriptOptions& output);

}  // namespace weir::shell
