// What the shell wires: state backends and checkpoint storage.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/checkpoint_storage.h"
#include "runtime/clock.h"
#include "runtime/file_system.h"
#include "runtime/state_backend.h"
#include "state/disk/compression.h"
#include "state/files/parallel.h"
#include "state/table/memory_budget.h"

namespace weir::state {

// CheckpointMetadata::backend of a savepoint that every backend reads.
inline constexpr std::string_view kCanonicalBackend = "canonical";

struct BackendOptions {
  FileSystem* files = nullptr;  // REQUIRES: set; outlives the backend
  // <job-id>/, where shared/ and chk-N/ are. Created when absent; CheckpointStorage has the same
  // one. Empty: there are no checkpoints, ever.
  std::string checkpoint_directory;
  // Where the live database is; the backend's own, emptied when it starts and removed when it ends.
  // On the same file system as checkpoint_directory (files are hard-linked). Not for "memory".
  std::string working_directory;
  uint32_t max_parallelism = kDefaultMaxParallelism;
  // Processing time, for rows that expire; outlives the backend. Null: the machine's.
  const Clock* clock = nullptr;
  // Checkpoints will be taken. Without, rows that do not fit in memory go to the database at once.
  bool checkpointing = true;
  // The process's; share one between all jobs. Null: no limit.
  std::shared_ptr<MemoryBudget> memory;
  Compression compression = Compression::kLz4;  // not for "memory"
  // A table spills changed rows only when they are at least so many bytes.
  uint64_t least_spill_bytes = 1 << 20;

  // A checkpoint to start from, verified by CheckpointStorage::Load, and the <job-id>/ directory
  // that its file paths are relative to (empty: checkpoint_directory).
  std::optional<CheckpointMetadata> restore;
  std::string restore_directory;
  ByteProgress progress;  // of reading it; may be empty
};

// Live rows in native tables, durable ones in RocksDB.
// Fails kCorruption or kExternal when the restored files cannot be opened, kRestoreRefused when the
// checkpoint is of another backend or max_parallelism.
// Checkpoints are incremental: files that did not change are linked, not copied.
Result<std::unique_ptr<StateBackend>> MakeRocksDbBackend(BackendOptions options);
// Rows in memory only, written whole by every checkpoint. No memory limit is kept. With
// `checkpointing` the rows are there twice: as tables, and sorted as the last checkpoint has them.
Result<std::unique_ptr<StateBackend>> MakeMemoryBackend(BackendOptions options);

// The checkpoints under `directory` (<job-id>/), for the job that runs. Creates what is missing,
// writes a lost pointer anew, and removes what an earlier process left unfinished: to look only,
// use FindCheckpoints (checkpoint_directory.h). No number below `least_id` is given.
Result<std::unique_ptr<CheckpointStorage>> MakeCheckpointStorage(FileSystem& files,
                                                                 std::string directory,
                                                                 uint64_t least_id = 1);

// Drops the completed checkpoint at `path` (its chk-N directory or _metadata) of a job that does
// not run: what its metadata lists and no other one's, and the directory if that is empty then.
// Absent is success; kCorruption when the metadata cannot be read.
Status RemoveCheckpoint(FileSystem& files, const std::string& path);

// Reads and verifies one checkpoint anywhere, as CheckpointStorage::Load does, and touches nothing.
Result<CheckpointMetadata> ReadCheckpoint(FileSystem& files, const std::string& path);

}  // namespace weir::state
