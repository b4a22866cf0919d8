// Savepoints of older versions, or in native format, as this version writes canonical ones.
#pragma once

#include <cstdint>
#include <string>

#include "runtime/checkpoint_storage.h"
#include "runtime/file_system.h"
#include "state/checkpoint/savepoints.h"

namespace weir::state {

struct ConvertRequest {
  CheckpointMetadata from;       // of LoadSnapshot; it and its directory are not changed
  std::string target;            // the directory in which the new savepoint's own is created
  std::string engine_version;    // of this build, which writes it
  uint32_t max_parallelism = 0;  // key groups that rows are dealt to anew; 0: as they are
  ByteProgress progress;         // of writing the new one; dealing and reading back are not counted
  SigningKey key;                // signs the new savepoint, unless it is empty
};

// kInvalidArgument E7003 where `from` is a checkpoint or refers to files outside of it.
Status CheckConvertible(const CheckpointMetadata& from);

// Writes the same state as a savepoint in canonical format, whose metadata is of the newest
// version. It is read back, and every row is checked to lie in the key group of its key's hash;
// only then does it get its name, by one rename. The fingerprints of clauses and the schemas of
// tables stay as they were saved, since each version reads those of all before it.
// Meanwhile it takes twice the disk space of the state where rows are dealt anew or native. Memory
// does not depend on the size of the state, except for a savepoint of the memory backend. Nothing
// is left behind after a failure; what a killed process left is removed by the next conversion.
// kInvalidArgument E7003 when the target has one of that name, and as CheckConvertible says;
// kCorruption E7001 for what RESTORE would refuse, too.
Result<SavepointInfo> ConvertSavepoint(FileSystem& files, const ConvertRequest& request);

}  // namespace weir::state
