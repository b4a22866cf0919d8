// State backends and checkpoint storage, as the shell creates them.
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
#include "state/checkpoint/checkpoint_directory.h"
#include "state/disk/compression.h"
#include "state/files/parallel.h"
#include "state/table/memory_budget.h"

namespace weir::state {

// CheckpointMetadata::backend of a savepoint that any backend can read.
inline constexpr std::string_view kCanonicalBackend = "canonical";

struct BackendOptions {
  FileSystem* files = nullptr;  // REQUIRES: set; outlives the backend
  // <job-id>/, which contains shared/ and chk-N/ and is created when absent; CheckpointStorage must
  // have the same one. Empty: there will never be checkpoints.
  std::string checkpoint_directory;
  // Where the live database is. It belongs to the backend, which empties it at the start and
  // removes it at the end. Files are hard-linked where both are on one file system, else copied.
  // Not for "memory".
  std::string working_directory;
  uint32_t max_parallelism = kDefaultMaxParallelism;
  // Processing time, by which rows expire; outlives the backend. Null: the machine's.
  const Clock* clock = nullptr;
  // Whether checkpoints will be taken. If not, rows that do not fit in memory go straight into the
  // database.
  bool checkpointing = true;
  // Whether checkpoints share the tables that did not change. If not, each has copies of its own,
  // and damage to a file is damage to one of them. Not for "memory", whose are always whole.
  bool incremental = true;
  // The memory limit of the process, which all jobs share. Null: no limit.
  std::shared_ptr<MemoryBudget> memory;
  Compression compression = Compression::kLz4;  // not for "memory"
  // A table spills changed rows only when they take at least this many bytes.
  uint64_t least_spill_bytes = 1 << 20;

  // The checkpoint to start from, verified by CheckpointStorage::Load, and the <job-id>/ directory
  // that its file paths are relative to (empty: checkpoint_directory).
  std::optional<CheckpointMetadata> restore;
  std::string restore_directory;
  ByteProgress progress;  // of reading it; may be empty
};

// Keeps live rows in native tables and durable ones in RocksDB. Files of incremental checkpoints
// are linked, not copied. kCorruption or kExternal when the restored files cannot be opened,
// kRestoreRefused when the checkpoint is of another backend or max_parallelism.
Result<std::unique_ptr<StateBackend>> MakeRocksDbBackend(BackendOptions options);
// Keeps rows in memory only, and writes all of them at every checkpoint. Does not obey a memory
// limit. With `checkpointing`, rows are in memory twice: as tables, and sorted as in the last
// checkpoint.
Result<std::unique_ptr<StateBackend>> MakeMemoryBackend(BackendOptions options);

// The checkpoints under `directory` (<job-id>/) for a running job. Creates what is missing,
// rewrites a pointer that is lost or older than `known.published`, and removes checkpoints that do
// not count and what an earlier process left unfinished; to look without changes, use
// FindCheckpoints (checkpoint_directory.h). Files of at most `inline_bytes` bytes are kept in the
// metadata; 0: none are.
Result<std::unique_ptr<CheckpointStorage>> MakeCheckpointStorage(FileSystem& files,
                                                                 std::string directory,
                                                                 const KnownNumbers& known = {},
                                                                 uint64_t inline_bytes = 0);

// Drops the completed checkpoint at `path` (its chk-N directory or _metadata) of a job that is not
// running: the files that only its metadata lists, and the directory if that is then empty.
// Succeeds when it is absent; kCorruption when the metadata cannot be read.
Status RemoveCheckpoint(FileSystem& files, const std::string& path);

// Reads and verifies a checkpoint anywhere, as CheckpointStorage::Load does, and changes nothing.
Result<CheckpointMetadata> ReadCheckpoint(FileSystem& files, const std::string& path);

}  // namespace weir::state
