// Checks whether the contents of a checkpoint's metadata are possible. A checksum proves that bytes
// are as somebody wrote them, but not who wrote them, so nothing in a savepoint from elsewhere is
// used before this check.
#pragma once

#include "runtime/base/status.h"
#include "runtime/checkpoint_storage.h"
#include "state/metadata_types.h"

namespace weir::state {

// kCorruption E7001.
Status MalformedMetadata(std::string_view why);

// kCorruption E7001 for the first number that is out of range, version, kind or backend that is
// unknown, or path of a file that does not lie below the checkpoint's directory.
Status CheckMetadata(const wire::Metadata& metadata);

// kCorruption E7001 for the first kind of operator that is unknown. For snapshots that are to be
// restored.
Status CheckOperatorKinds(const CheckpointMetadata& metadata);

}  // namespace weir::state
