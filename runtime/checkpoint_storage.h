// Port: completed checkpoints on durable storage: what a checkpoint consists of, and how it is
// published, listed, verified and dropped. Layout and bytes: state/FORMAT.md.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/sink.h"
#include "runtime/source.h"
#include "runtime/state_backend.h"
#include "runtime/types/state_schema.h"

namespace weir {

// One partition of a source at the barrier; its position is behind the last row that belongs to the
// checkpoint.
struct SplitCheckpoint {
  Split split;
  int64_t watermark_millis = 0;  // of this partition; Timestamp::Min() when none yet
  bool idle = false;
};

// Opaque operator state of one subtask. Only the same kind of operator reads it again; its bytes
// carry a version of their own.
struct SubtaskState {
  uint32_t subtask = 0;
  std::string name;
  std::string bytes;
};

// Everything of one operator except its keyed rows, which are in the state files under its uid. A
// restore finds it by `uid` or one of `also` and decides by `kind` and `schema` whether it fits.
struct OperatorCheckpoint {
  std::string uid;
  // Uids of equal sub-plans that were merged into this one.
  std::vector<std::string> also;
  std::string kind;  // OperatorKindName
  bool uid_stable = true;
  std::string fingerprint;  // of the clause's meaning (not of what is upstream)
  OperatorStateSchema schema;
  uint64_t rows = 0;  // keyed rows, all subtasks
  uint64_t bytes = 0;
  // The smallest watermark of the operator's subtasks: up to there its windows have fired.
  int64_t watermark_millis = 0;
  std::vector<SplitCheckpoint> splits;  // sources only
  std::vector<SubtaskState> operator_state;
  std::vector<std::string> committables;  // sinks: pre-committed by this checkpoint's barrier
  // Sinks of savepoints, instead of committables: rows that were not committed.
  std::vector<OutputRows> output;
  std::string place;                 // Sink::Place
  std::vector<std::string> origins;  // ids of the jobs whose output this one continues
  // How many files of a sink the starts of the job did not find and took to be committed.
  uint64_t accepted_files = 0;
  uint64_t accepted_rows = 0;
  // The state names of VAR and STDDEV calls whose sums are inexact, as an older version rounded
  // them.
  std::vector<std::string> inexact;
  // Rows of its state may have expired under a time-to-live that its tables no longer have.
  bool forgot = false;
};

// Whether the file is output that a savepoint holds because it was not committed, and so no state.
inline bool IsOutput(const StateFile& file) {
  return file.path.starts_with("output/");
}

// The name of the file, in the chk-N directory, that holds an unaligned checkpoint's rows in flight
// (checkpoint/channel_state.h).
inline constexpr std::string_view kChannelFile = "channels.bin";
inline bool IsChannelState(const StateFile& file) {
  return file.path.starts_with("chk-") && file.path.ends_with("/channels.bin");
}
// Whether the file was written by the state backend, not by a sink or for rows in flight.
inline bool IsOfBackend(const StateFile& file) {
  return !IsOutput(file) && !IsChannelState(file);
}

// A savepoint belongs to the user: no retention ever deletes it.
enum class CheckpointKind : uint8_t { kCheckpoint, kSavepoint };

// A table of keyed state, "uid/table", that continues under another name or in several copies.
struct StateMove {
  std::string from;
  std::string to;
  std::vector<std::pair<std::string, std::string>> fields = {};  // values whose names have changed
  // Rows last written before this time (ms since 1970) had expired, and what goes on would not see
  // it: they are dropped. 0: none.
  int64_t expired_before = 0;
  friend bool operator==(const StateMove&, const StateMove&) = default;
};

// For a restore with another max_parallelism: rows are dealt to key groups anew as they are loaded.
struct KeyGroupDeal {
  struct Table {
    StateLayout layout = StateLayout::kValue;
    bool sliced = false;
  };
  uint32_t from = 0;                    // key groups that the files' rows lie in
  std::map<std::string, Table> tables;  // by "uid/table", as saved
};

// A path through the graph, by uids, on which the producer's result so far is sent before any other
// row.
struct SeededWay {
  std::string from;
  std::string to;
  friend bool operator==(const SeededWay&, const SeededWay&) = default;
};

// Contents of files of a checkpoint that are kept in its metadata, by their paths. Shared, so that
// metadata can be copied.
using InlinedFiles = std::map<std::string, std::shared_ptr<const std::string>>;

// The version of how output is promised. In version 1 committables were paths anywhere, and
// savepoints had committables too; since version 2 savepoints hold the uncommitted rows themselves.
inline constexpr uint32_t kMetadataVersion = 2;

// Exactly what _metadata holds, except for its framing (state/metadata.thrift). Paths of `files`
// are relative to the job's directory, so that it can be moved as a whole.
struct CheckpointMetadata {
  uint32_t format_version = kMetadataVersion;
  std::string engine_version;
  std::string job_id;
  std::string job_name;
  uint64_t checkpoint_id = 0;
  CheckpointKind kind = CheckpointKind::kCheckpoint;
  // Wall clock, for people to read; but what had expired is what had by complete_millis
  // (StateMove::expired_before).
  int64_t trigger_millis = 0;
  int64_t complete_millis = 0;
  std::string sql;                             // the statement that the job runs
  std::vector<std::string> definitions;        // CREATE statements it depends on, in order
  std::map<std::string, std::string> options;  // those that affect results or layout
  // By name of a function in another language: the hash of the file that it was read from.
  std::map<std::string, std::string> modules;
  std::string backend;  // "rocksdb" or "memory"
  uint32_t key_encoding_version = kKeyEncodingVersion;
  // As in the job that wrote it. A restore may choose another parallelism, and from canonical rows
  // another max_parallelism (checkpoint/deal_anew.h).
  uint32_t parallelism = 1;
  uint32_t max_parallelism = kDefaultMaxParallelism;
  std::vector<OperatorCheckpoint> operators;
  std::vector<StateFile> files;
  // Files that need not be on disk (state/files/inlined_files.h). They are read like all others,
  // but their paths are not those of the file system.
  InlinedFiles inlined;

  // For a checkpoint that is being restored into a changed job (runtime/checkpoint/restore_plan.h);
  // not persisted.
  std::string directory;  // that `files` are in; "": the job's own
  // Tables that are not the `from` of a move are dropped. Unset: all tables stay as they are.
  std::optional<std::vector<StateMove>> moves;
  // Set where max_parallelism is not that of the files; not persisted.
  std::optional<KeyGroupDeal> deal;
  // New readers of results that already exist. Not persisted: the first checkpoint's barrier comes
  // behind the rows that these readers are sent.
  std::vector<SeededWay> seeds;
};

// The part of a checkpoint that concerns one sink. Borrows both arguments.
inline SavedOutput SavedOutputOf(const CheckpointMetadata& metadata, const OperatorCheckpoint& op) {
  return {.job_id = metadata.job_id,
          .checkpoint = metadata.checkpoint_id,
          .place = op.place,
          .origins = op.origins,
          .committables = op.committables,
          .rows = op.output,
          .directory = metadata.directory};
}

// One line of SHOW CHECKPOINTS. Made from _metadata without reading the files.
struct CheckpointInfo {
  uint64_t checkpoint_id = 0;
  CheckpointKind kind = CheckpointKind::kCheckpoint;
  int64_t trigger_millis = 0;
  int64_t complete_millis = 0;
  uint64_t bytes = 0;            // of all its files
  uint64_t new_bytes = 0;        // written by this checkpoint alone
  uint64_t in_flight_bytes = 0;  // of its rows in flight, if it is unaligned
  std::string path;
  std::string damage;  // why it cannot be used, as far as that shows without reading its files
  bool passed_over = false;  // a start has found it damaged and gone on from an older one
};

// The checkpoints of one job, in its directory <job-id>/{shared, taskowned, chk-N}. Used by one
// thread at a time (the coordinator's).
// Everything is written, synced, renamed, and the directory synced, in this order, so that the
// newest published checkpoint is complete after a crash at any moment (Pillai et al., "All File
// Systems Are Not Created Equal", OSDI 2014). Failures: kExternal for the file system, kCorruption
// E7001 for bytes that do not verify, kNotFound E7004 for a checkpoint that is not there.
class CheckpointStorage {
 public:
  virtual ~CheckpointStorage() = default;
  // Creates chk-<id>/ for files that belong to this checkpoint alone. REQUIRES: `checkpoint_id`
  // came from NextCheckpointId and was not prepared before.
  virtual Status Prepare(uint64_t checkpoint_id) = 0;
  // Writes _metadata and then the durable pointer to it. Every state file is durable by now. Only
  // after success may anyone be told that the checkpoint is complete. Sets `uncertain` when it is
  // unknown whether the pointer was written; then no file of the checkpoint may be deleted.
  virtual Status Publish(const CheckpointMetadata& metadata, bool& uncertain) = 0;
  // The completed checkpoints, oldest first; damaged ones too, but for those that were passed over.
  virtual Result<std::vector<CheckpointInfo>> List() = 0;
  // Reads a checkpoint, and every byte of every file that it lists in order to verify sizes and
  // checksums. kCorruption names the first bad file. `path` is a chk-N directory or its _metadata.
  virtual Result<CheckpointMetadata> Load(const std::string& path) = 0;
  // Drops all but the `retained` newest completed ones, and what was passed over; and files nothing
  // refers to any more: first the pointer, then _metadata, then data, so that a crash in between
  // leaves no checkpoint that looks complete. Never deletes a file of a checkpoint in `in_flight`;
  // while there is one, the newest completed one stays.
  virtual Status Retain(size_t retained, const std::vector<uint64_t>& in_flight) = 0;
  // Removes what an aborted checkpoint left behind.
  virtual Status Abort(uint64_t checkpoint_id) = 0;
  // The next free id: durable and monotone over restarts.
  virtual Result<uint64_t> NextCheckpointId() = 0;
};

}  // namespace weir
