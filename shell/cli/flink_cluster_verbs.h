// weir flink plan, run, restore, list, savepoint, stop and cancel: jobs on a cluster of Flink,
// through its SQL Gateway.
#pragma once

#include "conf/settings.h"
#include "runtime/file_system.h"
#include "shell/cli/command_line.h"
#include "shell/cli/translated_script.h"
#include "shell/engine/engine.h"
#include "shell/output/script.h"

namespace weir::shell {

// Whether the line is about a query file: translate, plan, run, restore, explain-restore or advise.
bool IsFlinkScript(const CommandLine& line);

// What an action needs is there, and nothing else. kInvalidArgument E6001.
Status CheckFlinkLine(const CommandLine& line);

// plan, run and restore: the exit code. Errors are printed.
int RunFlinkScript(const CommandLine& line, LocalSession& session, TranslatedScript& script,
                   const ScriptOptions& output);

// The other actions.
Status RunFlinkAction(const CommandLine& line, const conf::Settings& settings,
                      const RenderOptions& render);

}  // namespace weir::shell
