// A job's checkpoint storage that the shell can read while the coordinator writes.
#pragma once

#include <memory>

#include "runtime/checkpoint_storage.h"

namespace weir::shell {

// Thread-safe: calls wait for one another, even for one that waits for the disk. It is shared
// because a second storage must never be opened on the directory of a running job: opening removes
// what no complete checkpoint lists.
std::unique_ptr<CheckpointStorage> LockStorage(std::unique_ptr<CheckpointStorage> storage);

}  // namespace weir::shell
