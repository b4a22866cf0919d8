// Brings a snapshot to where those can read it who cannot ask an object store.
#pragma once

#include <string>

#include "runtime/checkpoint_storage.h"
#include "runtime/file_system.h"

namespace weir::state {

// Copies what `from` lists, each file verified, and its metadata, which lies at `path`, below the
// directory `to`, which is created. Returns the path of the copy, by which it can be read like the
// original. What a failure leaves is the caller's to remove.
Result<std::string> CopySnapshot(FileSystem& files, const CheckpointMetadata& from,
                                 const std::string& path, const std::string& to);

}  // namespace weir::state
