// The command line of `weir`.
#pragma once

namespace weir::shell {

// Parses the arguments and runs what they ask for; the process's exit code (script.h).
int Main(int argc, char** argv);

}  // namespace weir::shell
