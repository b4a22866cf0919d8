// What the environment of a test asks of the fault points (runtime/fault_point.h) and of files:
//   WEIR_KILL_AT=point:n        ends the process at the n-th passage of a named point, as SIGKILL
//                               does
//   WEIR_KILL_LATER=micros      so long after that passage, from another thread
//   WEIR_KILL_AFTER=millis      ends it so long after its start
//   WEIR_DELAY_AT=point:micros  waits so long at every passage
//   WEIR_JITTER_AT=start:micros waits up to so long at the points whose names start so, each thread
//                               at a pace of its own, so that threads overtake each other by far
//   WEIR_DEFECT=name            plants a defect
//   WEIR_FAULT_LOG=file         appends the name of every point that is passed, one a line
//   WEIR_LOSE_WRITES=root       with the process go all writes below `root` that were not synced
//   WEIR_LOSE_SEED=n            some of them survive (LostWriteFileSystem)
//   WEIR_OBJECTS=root           what is below `root` is an object store (ObjectFiles); not together
//                               with WEIR_LOSE_WRITES
//   WEIR_OBJECTS_LATE=millis    so late are its lists
//   WEIR_OBJECTS_ANSWER=millis  so long takes each of its answers
#pragma once

#include "runtime/file_system.h"

namespace weir::faults {

// Sets the hooks; called once, before other threads start. The files that the engine is to use.
FileSystem& InstallFaultHooks();

}  // namespace weir::faults
