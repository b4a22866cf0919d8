// What a session begins with, from the command line, conf files and the environment.
#pragma once

#include <string>
#include <vector>

#include "conf/settings.h"
#include "runtime/base/result.h"
#include "shell/cli/command_line.h"
#include "shell/client/remote_session.h"
#include "shell/engine/engine.h"
#include "shell/output/script.h"

namespace weir::shell {

// The line with every path as one of this machine, where a file: URL may have been given, and with
// the data directory that the environment says. E1002 for a URL of elsewhere.
Result<CommandLine> WithLocalPaths(CommandLine line);

// Settings from the shipped options, a conf file and -D; reports those without effect.
Result<conf::Settings> LoadSettings(const CommandLine& line);

// From --format, and from whether standard output and error are terminals.
Result<ScriptOptions> OutputOptions(const CommandLine& line);

// Prints a message, without its end of line, on standard error unless -q says that none is wanted.
void Say(const CommandLine& line, const std::string& message);

// How jobs are watched: with a line each minute if a script runs without a terminal.
WatchOptions WatchFor(const CommandLine& line, bool scripted);

// REQUIRES: the watch outlives the session.
RemoteOptions RemoteFor(const CommandLine& line, const conf::Settings& settings, bool scripted,
                        JobWatch& watch);

// An engine in this process. REQUIRES: files and watch outlive it.
EngineOptions EngineFor(const RemoteOptions& remote, FileSystem& files, JobWatch& watch);

}  // namespace weir::shell
