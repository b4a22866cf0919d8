// weir server: a process that has a data directory open around the clock.
#pragma once

#include "runtime/base/result.h"
#include "runtime/file_system.h"
#include "shell/cli/command_line.h"

namespace weir::shell {

// Takes the data directory, starts the jobs again that ran when the process before it ended, and
// serves others until a signal comes; then stops all jobs with a last checkpoint, and returns the
// exit code: kExitOk, kExitTimeout behind --timeout, kExitJobFailed when a job got no last
// checkpoint. Says what happens as a log on standard error, and to the service manager that asks. A
// job that cannot be started again is FAILED, and the others run. Ends the process itself, with
// kExitJobFailed, when stopping takes longer than 'server.stop-timeout': those jobs go on from the
// checkpoint before. Errors: E4003 where another process has the directory, what is wrong with
// options.
Result<int> Serve(const CommandLine& line, FileSystem& files);

}  // namespace weir::shell
