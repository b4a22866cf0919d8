// Savepoints: self-contained directories that can be moved, copied and restored elsewhere
// (FORMAT.md). They are made from a checkpoint, belong to no chain of checkpoints, and are read by
// the same call as those.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "runtime/checkpoint_storage.h"
#include "runtime/file_system.h"
#include "state/parallel.h"

namespace weir::state {

enum class SavepointFormat : uint8_t {
  kCanonical,  // rows, whatever backend and parallelism wrote them: any backend reads them
  kNative,     // the files of the backend, linked where possible: for the same backend
};

struct SavepointRequest {
  // Verified, or of a checkpoint just taken; `directory` says what its files are relative to.
  CheckpointMetadata from;
  std::string target;  // the savepoint's directory is made in it
  SavepointFormat format = SavepointFormat::kCanonical;
  // Called with how many of the checkpoint's bytes are written out and how many there are, one call
  // at a time, on any thread; may be null. Of canonical rows, which come to fewer or more bytes
  // than the backend's files, the rows' share counts.
  ByteProgress progress;
  // It lives shortly, so that it may share files with the job's sinks; it is never read back.
  bool passing = false;
};

// The path is absolute where `target` was.
struct SavepointInfo {
  std::string path;    // the savepoint's directory
  uint64_t bytes = 0;  // of all its files but the metadata
  CheckpointMetadata metadata;
};

// "savepoint-3f2a91-12": the first six digits of the job's id, and the checkpoint's number.
std::string SavepointName(const CheckpointMetadata& metadata);

// Durable and complete when it returns; after a failure nothing is left behind. Changes nothing of
// the checkpoint. kInvalidArgument E7003 when the directory exists.
// Written under its final name, _metadata last: a directory without it is no savepoint.
Result<SavepointInfo> WriteSavepoint(FileSystem& files, const SavepointRequest& request);

// A savepoint or retained checkpoint by its directory or the path of its _metadata. Verifies size
// and checksum of every file, several at a time, and sets `directory`. `progress` hears of the
// bytes verified. kNotFound E7004 when there is none, kCorruption E7001 naming the first bad file.
Result<CheckpointMetadata> LoadSnapshot(FileSystem& files, const std::string& path,
                                        const ByteProgress& progress = {});
// The same without looking at the other files.
Result<CheckpointMetadata> ReadSnapshotMetadata(FileSystem& files, const std::string& path);

// Removes a savepoint, first its metadata. kInvalidArgument when the path is a checkpoint of a job.
Status RemoveSavepoint(FileSystem& files, const std::string& path);

}  // namespace weir::state
