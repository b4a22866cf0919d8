// Reads and verifies the file _metadata of a checkpoint or savepoint.
#pragma once

#include <string>

#include "runtime/checkpoint_storage.h"
#include "runtime/file_system.h"
#include "state/files/signature.h"

namespace weir::state {

// Reads a checkpoint's metadata from a path below `directory`. kNotFound when it is absent;
// kCorruption E7001 when it is malformed or, with a key, not signed with it. The signature covers
// every file, as the metadata lists their hashes.
Result<CheckpointMetadata> ReadMetadata(HeldDirectory& directory, const std::string& path,
                                        const SigningKey& key = {});

// kCorruption E7001 when the metadata in the directory chk-N belongs to another checkpoint: an
// older one put in its place would verify as well.
Status CheckNumber(const std::string& directory, const CheckpointMetadata& metadata);

}  // namespace weir::state
