// A sink over a database that writes each row once. What a subtask gets between two barriers (an
// epoch) goes into a log, which the checkpoint promises. When the checkpoint is complete, one
// transaction locks the subtask's marker, a row of a table of ours, writes the epoch's rows, and
// sets the marker to the checkpoint's number. After a crash the marker says whether that happened;
// if not, it is done again from the log. The lock comes first, so that a transaction of an older
// process, or one whose COMMIT was under way when that process died, is over before the marker is
// read: no two transactions write one epoch.
#pragma once

#include <memory>

#include "runtime/connectors/epochs/promised_epochs.h"
#include "runtime/connectors/jdbc/server.h"
#include "runtime/sink.h"

namespace weir::connectors::jdbc {

struct ExactlyOnceTable {
  WritePlan write;
  epochs::EpochPlan promised;
  std::shared_ptr<const Server> server;
};

std::unique_ptr<Sink> MakeExactlyOnceTable(ExactlyOnceTable plan);

}  // namespace weir::connectors::jdbc
