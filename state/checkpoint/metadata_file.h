// The file _metadata of a checkpoint or savepoint, read and believed.
#pragma once

#include <string>

#include "runtime/checkpoint_storage.h"
#include "runtime/file_system.h"
#include "state/files/signature.h"

namespace weir::state {

// A checkpoint's metadata by the path of the file below `directory`. kNotFound when it is absent,
// kCorruption E7001 when it is none or, with a key, not signed with that: metadata, and with it
// every file.
Result<CheckpointMetadata> ReadMetadata(HeldDirectory& directory, const std::string& path,
                                        const SigningKey& key = {});

// kCorruption E7001 when metadata in a checkpoint's directory, chk-N, is of another checkpoint: an
// older one that was put in its place is whole, too.
Status CheckNumber(const std::string& directory, const CheckpointMetadata& metadata);

}  // namespace weir::state
