// Lowers the priority of threads that must not take processor time from a running job.
#pragma once

namespace weir::state {

// The calling thread, and threads that it starts from now on, give way to all other threads of the
// process (nicer by 10, see setpriority(2)). This cannot be undone. A job's tasks thus go on while
// a savepoint is written on every core. Has no effect where the system does not permit it.
void LowerThreadPriority();

}  // namespace weir::state
