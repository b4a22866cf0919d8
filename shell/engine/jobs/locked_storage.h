// A job's checkpoint storage that the shell may look into while the coordinator writes.
#pragma once

#include <memory>

#include "runtime/checkpoint_storage.h"

namespace weir::shell {

// Thread-safe: calls wait for one another. A second storage must never be opened on the directory
// of a running job: opening removes what no complete checkpoint lists.
// A call that waits for the disk makes others wait.
std::unique_ptr<CheckpointStorage> LockStorage(std::unique_ptr<CheckpointStorage> storage);

}  // namespace weir::shell
