// Savepoints: self-contained directories that can be moved, copied and restored elsewhere
// (FORMAT.md). They are made from a checkpoint, are not part of the chain of checkpoints, and are
// read by the same functions.
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
  // A verified checkpoint, or one that was just taken; its files are relative to `directory`.
  CheckpointMetadata from;
  std::string target;  // the directory in which the savepoint's own directory is created
  SavepointFormat format = SavepointFormat::kCanonical;
  // Called with the number of the checkpoint's bytes that are written out and their total, one call
  // at a time, on any thread; may be null. Canonical rows come to fewer or more bytes than the
  // backend's files, so there the fraction of rows counts.
  ByteProgress progress;
  // The savepoint is removed soon and never read back, so it may share files with the job's sinks.
  bool passing = false;
  SigningKey key = {};  // signs the savepoint, unless it is empty
  // Files of at most so many bytes are kept in the metadata; 0: none are. Output is a file always.
  uint64_t inline_bytes = 0;
};

// The path is absolute if `target` was.
struct SavepointInfo {
  std::string path;    // the savepoint's directory
  uint64_t bytes = 0;  // of all its files except the metadata
  CheckpointMetadata metadata;
};

// "savepoint-3f2a91-12": the first six digits of the job's id, and the checkpoint's number. Jobs
// whose ids begin alike may get the same name; WriteSavepoint refuses the second one.
std::string SavepointName(const CheckpointMetadata& metadata);

// Creates a savepoint, which is durable and complete when this returns; after a failure nothing is
// left behind. The checkpoint is not changed. kInvalidArgument E7003 when there is one of that
// name.
Result<SavepointInfo> WriteSavepoint(FileSystem& files, const SavepointRequest& request);

// Removes what savepoints of this job with numbers below `below` that were killed have left in
// `target`; what cannot be removed stays. REQUIRES: none of them is being written.
void RemoveUnfinished(FileSystem& files, const std::string& target, const std::string& job_id,
                      uint64_t below);

// Gives a complete savepoint in `from`, which is nobody else's, the name `to`: by a rename or,
// where files cannot be renamed (runtime/put_in_place.h), file by file and its metadata last,
// without which it is no savepoint. What of an earlier attempt is in `to` is replaced. Durable once
// the parents are synced.
Status PutSavepointInPlace(FileSystem& files, const SavepointInfo& written, const std::string& from,
                           const std::string& to);

// The directory of a snapshot that a path to it or to its _metadata names.
std::string DirectoryNamed(const std::string& path);
// A savepoint or retained checkpoint by its directory or the path of its _metadata. Verifies size
// and checksum of every file, several at a time, and sets `directory`. `progress` is told of the
// bytes verified. With a key it must be signed with that, whatever it is. kNotFound E7004 when
// there is none, kCorruption E7001 naming the first bad file.
Result<CheckpointMetadata> LoadSnapshot(FileSystem& files, const std::string& path,
                                        const ByteProgress& progress = {},
                                        const SigningKey& key = {});
// The same without reading the other files.
Result<CheckpointMetadata> ReadSnapshotMetadata(FileSystem& files, const std::string& path,
                                                const SigningKey& key = {});

// Files that are no part of a removed savepoint, and were left in its place.
struct SavepointRemains {
  bool directory = false;          // its own directory
  std::vector<std::string> names;  // the contents of that, directories with a slash at the end
};

// Removes a savepoint: its metadata, the files that the metadata lists, and directories that are
// then empty. Anything else stays and is reported in `remains`, if that is not null. The metadata
// goes first: what a failure leaves is no savepoint any more, and is not found by a second call
// (E7004). kInvalidArgument when the path is a checkpoint of a job; `key` as for LoadSnapshot.
Status RemoveSavepoint(FileSystem& files, const std::string& path,
                       SavepointRemains* remains = nullptr, const SigningKey& key = {});

}  // namespace weir::state
