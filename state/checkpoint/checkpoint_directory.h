// What is in a directory of checkpoints (FORMAT.md, `<job-id>/`), looked at without changing it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/checkpoint/recovery.h"
#include "runtime/checkpoint_storage.h"
#include "runtime/file_system.h"

namespace weir::state {

inline constexpr std::string_view kPointerMagic = "weir-latest 1";
inline constexpr std::string_view kNextIdMagic = "weir-next-id 1";

// "<directory>/chk-12" and its _metadata.
std::string CheckpointPath(std::string_view directory, uint64_t id);
std::string MetadataPath(std::string_view directory, uint64_t id);

// Numbers of the chk-N directories, ascending.
Result<std::vector<uint64_t>> CheckpointNumbers(FileSystem& files, const std::string& directory);

// LATEST or NEXT-ID. Fails only when it cannot be read at all: kExternal.
Result<checkpoint::NumberFileFacts> ReadNumber(FileSystem& files, const std::string& path,
                                               std::string_view magic);
// The same below a directory that may be somebody else's: what is no small file there is broken.
Result<checkpoint::NumberFileFacts> ReadNumber(HeldDirectory& directory, const std::string& name,
                                               std::string_view magic);

// Numbers of the completed checkpoints, ascending: those with metadata, up to the pointer. Metadata
// is renamed into place once all that it lists is durable, so that without a pointer that can be
// read each of them is whole. What the pointer names may be missing.
Result<std::vector<uint64_t>> CompletedNumbers(FileSystem& files, const std::string& directory,
                                               const checkpoint::NumberFileFacts& latest);

// What a checkpoint's metadata says, or why it cannot be used (`damage`): metadata that does not
// decode, files that are missing or of another size. kNotFound when it has no metadata.
Result<CheckpointInfo> InfoOf(FileSystem& files, const std::string& directory, uint64_t id);

// Everything that a decision needs to know. Absent directories are said, not failed for.
struct CheckpointsFound {
  checkpoint::CheckpointPlace place;
  std::vector<CheckpointInfo> checkpoints;  // completed, oldest first
};
CheckpointsFound FindCheckpoints(FileSystem& files, const std::string& directory);

}  // namespace weir::state
