// Threads that must not take processor time from a running job.
#pragma once

namespace weir::state {

// The calling thread, and threads that it starts from now on, give way to every other thread of the
// process (nicer by 10, see setpriority(2)); there is no way back. A job's tasks then go on while a
// savepoint of theirs is written on every core. Has no effect where the system does not allow it.
void LowerThreadPriority();

}  // namespace weir::state
