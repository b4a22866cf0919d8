// Savepoints: self-contained directories that can be moved, copied and restored elsewhere
// (FORMAT.md). They are made from a checkpoint, belong to no chain of checkpoints, and are read by
// the same call as those.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "runtime/checkpoint_storage.h"
#include "runtime/file_system.h"
#include "state/files/parallel.h"
#include "state/files/signature.h"

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
  SigningKey key = {};  // to sign it with, if any
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
// bytes verified. With a key it must be signed with that, whatever it is. kNotFound E7004 when
// there is none, kCorruption E7001 naming the first bad file.
Result<CheckpointMetadata> LoadSnapshot(FileSystem& files, const std::string& path,
                                        const ByteProgress& progress = {},
                                        const SigningKey& key = {});
// The same without looking at the other files.
Result<CheckpointMetadata> ReadSnapshotMetadata(FileSystem& files, const std::string& path,
                                                const SigningKey& key = {});

// What stays where a savepoint was removed, for it is no part of it.
struct SavepointRemains {
  bool directory = false;          // its own
  std::vector<std::string> names;  // in that, directories with a slash at the end
};

// Removes a savepoint: its metadata, the files that this lists, and the directories that are empty
// then. What is there besides stays, and is said by `remains`, if that is not null.
// kInvalidArgument when the path is a checkpoint of a job; `key` as for LoadSnapshot.
Status RemoveSavepoint(FileSystem& files, const std::string& path,
                       SavepointRemains* remains = nullptr, const SigningKey& key = {});

}  // namespace weir::state
