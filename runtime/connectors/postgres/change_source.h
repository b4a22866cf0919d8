// The changes of a table of PostgreSQL, as a source.
#pragma once

#include <memory>

#include "runtime/connectors/postgres/change_scan.h"
#include "runtime/source.h"

namespace weir::connectors::postgres {

// Unbounded, and of one split: a log has one order. What a slot keeps is let go when so many more
// checkpoints (`delay`) are complete as go beyond it; up to then a job can go on from an older one.
Result<std::unique_ptr<Source>> MakeChangeSource(ChangeScan scan, int64_t delay);

}  // namespace weir::connectors::postgres
