// SIGINT and SIGTERM: the first asks the engine to end what it does, and is remembered; the second of a
// kind ends the process at once.
#pragma once

namespace weir::shell {

class Engine;

// Routes both signals to `engine` until it is called with null. One engine a process.
void RouteSignals(Engine* engine);
// The signal that came since the last call, or 0.
int TakeSignal();

}  // namespace weir::shell
