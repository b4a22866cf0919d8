// Sinks that promise nothing, of tables that may have been written exactly once before.
#pragma once

#include <memory>

#include "runtime/sink.h"

namespace weir::connectors::epochs {

// A committer that keeps what a checkpoint has promised of the same table, by `former`, which is of
// a sink that delivers exactly once; it is not asked where nothing was promised.
std::unique_ptr<SinkCommitter> KeepFormerPromises(std::unique_ptr<SinkCommitter> former);

}  // namespace weir::connectors::epochs
