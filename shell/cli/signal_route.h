// Signals, and --timeout, which is one, for the time that a session executes statements.
#pragma once

#include <string>

#include "runtime/base/status.h"
#include "shell/output/job_watch.h"
#include "shell/output/signals.h"

namespace weir::shell {

// Routes signals to a session while this lives; what they ask to print is printed by the watch.
// Both outlive it.
class SignalRoute {
 public:
  SignalRoute(EngineSession& engine, JobWatch& watch);
  ~SignalRoute();
  SignalRoute(const SignalRoute&) = delete;
  SignalRoute& operator=(const SignalRoute&) = delete;
};

// Has SIGALRM come after this time ("90", "5 min"); "": never. kInvalidArgument for anything else.
Status StartTimeout(const std::string& timeout);

}  // namespace weir::shell
