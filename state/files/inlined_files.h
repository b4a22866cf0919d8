// The files of a checkpoint, wherever their bytes are: on disk, or, of small ones, in its metadata
// ('execution.checkpointing.data-inline-threshold', Flink's "Checkpointing" documentation), so that
// a small checkpoint is one file.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "runtime/checkpoint_storage.h"
#include "runtime/file_system.h"

namespace weir::state {

// The most bytes of files that the metadata of one checkpoint holds: metadata is read whole.
inline constexpr uint64_t kMostInlinedBytes = 16 << 20;

// Holds `directory`, in which the files of a checkpoint are. What is in `inlined` is opened from
// there, whatever the directory has under that path, and cannot be linked. `inlined` is borrowed.
Result<std::unique_ptr<HeldDirectory>> HoldFiles(FileSystem& files, const std::string& directory,
                                                 const InlinedFiles& inlined);

// Takes the verified contents of files below `directory` into the metadata that lists them: of
// those with at most `longest` bytes each, and `most` together. Output of sinks stays where it is.
// kCorruption E7001 for a file that is not as it was written.
Status InlineFiles(FileSystem& files, const std::string& directory, uint64_t longest, uint64_t most,
                   CheckpointMetadata& metadata);

}  // namespace weir::state
