// Reads what is in a directory of checkpoints (FORMAT.md, `<job-id>/`), and changes nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/checkpoint/recovery.h"
#include "runtime/checkpoint_storage.h"
#include "runtime/file_system.h"

namespace weir::state {

inline constexpr std::string_view kPointerMagic = "weir-latest 1";
inline constexpr std::string_view kNextIdMagic = "weir-next-id 1";

// What the caller knows about a job's checkpoints besides their directory.
struct KnownNumbers {
  uint64_t least_id = 1;             // that may be given out
  uint64_t published = 0;            // a checkpoint that was completed, here or elsewhere; 0: none
  checkpoint::VoidedNumbers voided;  // of checkpoints that do not count
};

// The paths "<directory>/chk-12" and that of its _metadata.
std::string CheckpointPath(std::string_view directory, uint64_t id);
std::string MetadataPath(std::string_view directory, uint64_t id);

// Numbers of the chk-N directories, ascending.
Result<std::vector<uint64_t>> CheckpointNumbers(FileSystem& files, const std::string& directory);

// Reads LATEST or NEXT-ID. A malformed file is a fact and not a failure; kExternal when it cannot
// be read.
Result<checkpoint::NumberFileFacts> ReadNumber(FileSystem& files, const std::string& path,
                                               std::string_view magic);
// The same below a directory that may belong to somebody else; anything but a small regular file
// counts as malformed.
Result<checkpoint::NumberFileFacts> ReadNumber(HeldDirectory& directory, const std::string& name,
                                               std::string_view magic);

// Of these numbers, which CheckpointNumbers gave, the completed checkpoints, ascending: those with
// metadata, up to the pointer. Metadata is put in place when everything that it lists is durable,
// so without a pointer that counts all of them are complete. The checkpoint that the pointer names
// may be missing. A list of a directory may be late, without what was made a moment ago (in an
// object store): the newest ones, down to one that is in the list, are looked for by their names.
Result<std::vector<uint64_t>> CompletedNumbers(FileSystem& files, const std::string& directory,
                                               const checkpoint::NumberFileFacts& latest,
                                               std::vector<uint64_t> listed);

// A start that finds the newest checkpoint damaged, and goes on from an older one, notes that in
// its directory: chk-N/passed-over, with the damage. The checkpoint is kept for whoever wants to
// know what happened to it, and counts no more, neither as one to go on from nor for retention.
Status NotePassedOver(FileSystem& files, const std::string& checkpoint, std::string_view damage);
// The damage that was noted; nothing of a checkpoint that was not passed over. `checkpoint` is the
// chk-N directory.
Result<std::optional<std::string>> ReadPassedOver(FileSystem& files, const std::string& checkpoint);

// What a checkpoint's metadata says, or in `damage` why it cannot be used: metadata that cannot be
// decoded, or files that are missing or have another size. kNotFound when it has no metadata.
Result<CheckpointInfo> InfoOf(FileSystem& files, const std::string& directory, uint64_t id);

// Everything that a decision about a start needs to know. An absent directory is a fact and not a
// failure.
struct CheckpointsFound {
  checkpoint::CheckpointPlace place;
  std::vector<CheckpointInfo> checkpoints;  // completed, oldest first
};
CheckpointsFound FindCheckpoints(FileSystem& files, const std::string& directory,
                                 const KnownNumbers& known = {});

// LATEST, as it counts: not if it names a checkpoint that does not.
Result<checkpoint::NumberFileFacts> ReadPointer(FileSystem& files, const std::string& directory,
                                                const checkpoint::VoidedNumbers& voided);

// Whether the pointer is older than `published`, which is in the directory.
Result<bool> IsOutdated(FileSystem& files, const std::string& directory,
                        const checkpoint::NumberFileFacts& latest, uint64_t published);

}  // namespace weir::state
