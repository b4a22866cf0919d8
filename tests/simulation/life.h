// One life of the simulated process: the engine opens a data directory, goes on with the job, is
// used as planned, and ends or loses its power.
#pragma once

#include <cstdint>
#include <string>

#include "tests/simulation/scenario.h"

namespace weir::simulation {

enum class LifeEnd : int {
  kFinished = 0,  // the job's input ended, and everything is committed
  kFailed = 1,    // a statement or the job failed
  kPowerFailed = 99,
  kDeadlock = 98,
  kOverTime = 97,
};

struct LifeSetup {
  const Scenario* scenario = nullptr;
  size_t number = 0;
  std::string directory;  // holds input/, root/ (whose unsynced writes are lost), and the log
  std::string defect;     // planted; "" for none
  int64_t start_nanos = 0;
};

// What the directory's file `log` tells the next life and whoever judges, a line each:
//   trace <hash> <steps> <virtual nanoseconds>    at the end of a life, also of one without power
//   said <what>                                   the engine answered that this was done
//   path <directory>                              a job was stopped with this savepoint, and was
//                                                 not restored since; "-" when it was
//   did <what>                                    of the protocol (protocol_log.h)
//   error <text>
// Ends the process with a LifeEnd.
[[noreturn]] void Live(const LifeSetup& setup);

}  // namespace weir::simulation
