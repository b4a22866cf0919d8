// Whether what a checkpoint's metadata says can be: a checksum says that bytes are as somebody
// wrote them, not who, so that nothing of a savepoint from elsewhere is believed before this.
#pragma once

#include "runtime/base/status.h"
#include "runtime/checkpoint_storage.h"
#include "state/metadata_types.h"

namespace weir::state {

// kCorruption E7001, naming the first number out of its range, or version, kind or backend that is
// not known, or path of a file that does not lie below the checkpoint's directory.
Status CheckMetadata(const wire::Metadata& metadata);

// kCorruption E7001, naming the first kind of operator that is not known: of a snapshot that is to
// be restored.
Status CheckOperatorKinds(const CheckpointMetadata& metadata);

}  // namespace weir::state
