// SIGINT, SIGTERM, SIGHUP and the end of --timeout (SIGALRM): the first asks the engine to end what
// it does, and is remembered; the second of a kind ends the process at once.
#pragma once

#include <cstdint>

namespace weir::shell {

class Engine;

// Routes these signals to `engine` until it is called with null. One engine a process.
// The handler only stores numbers and calls Engine::RequestCancel, which is safe there.
void RouteSignals(Engine* engine);
// The signal that came since the last call, or 0.
int TakeSignal();
// The same without forgetting it.
int PendingSignal();
// Has SIGALRM come once, `millis` from now.
void RaiseAlarmAfter(int64_t millis);
// The exit code of a process that such a signal ended: 130, 143, 129, 124.
int ExitCodeOfSignal(int signal);

}  // namespace weir::shell
