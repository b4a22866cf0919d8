// The parts of the filesystem connector's sink: its plan, its writers and its committer. Rows are
// written to hidden in-progress files; a checkpoint closes and syncs them, and when it has
// completed they are renamed to their visible names. Readers of the directory therefore never see a
// file that is partial or withdrawn later.
// Names: [<partition>/].part-<job><sink>-<attempt>-<subtask>-<n>.inprogress ->
// [<partition>/]part-<job><sink>-<attempt>-<subtask>-<n>.<format>. Two sinks of a job may write to
// one directory, so names contain the sink, and each sink removes only its own leftovers of a
// crash.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/clock.h"
#include "runtime/connectors/filesystem/file_removal.h"
#include "runtime/connectors/filesystem/partition_commit.h"
#include "runtime/connectors/filesystem/promised_file.h"
#include "runtime/connectors/formats/format.h"
#include "runtime/file_system.h"
#include "runtime/sink.h"

namespace weir::connectors {

// What the writers and the committer of a sink share.
struct FileSinkProgress {
  // What was in the directory before the job's first files has been removed, and later barriers
  // need not ask for it.
  std::atomic<bool> emptied = false;
  // How many files this start took over from a savepoint; they are named as files of its subtask 0.
  std::atomic<uint64_t> adopted = 0;
};

struct FileSinkPlan {
  std::string table;
  std::string directory;
  std::string job_id;
  std::string job_name;
  std::string job;   // short id in names
  std::string sink;  // short id in names, made of the operator's uid
  bool overwrite = false;
  bool replaces_table = false;  // the option 'sink.overwrite'
  FilesToRemove replaced;       // of INSERT OVERWRITE
  bool accept_missing = true;   // the option 'sink.missing-committed'
  uint64_t roll_bytes = 0;
  int64_t roll_millis = 0;      // a file is closed when it is older
  int64_t inactive_millis = 0;  // a file is closed when it got no rows for so long
  int64_t check_millis = 0;     // how often files without new rows are checked
  Schema schema;                // of the rows
  std::vector<std::string> partition_keys;
  std::vector<int> partition_columns;  // of `schema`
  std::vector<int> data_columns;       // the others, which files hold
  std::string default_partition;
  PartitionCommitPlan commit;
  const Format* format = nullptr;
  FormatSpec format_spec;
  FileSystem* files = nullptr;
  Clock* clock = nullptr;

  // The table's directory as an absolute path.
  std::string Place() const;
  std::string InProgressPrefix() const;
  std::string FinalPrefix() const;
  // Whether INSERT OVERWRITE empties the table's directory, even if no rows come. Of a table with
  // partitions those are replaced that get rows, and the others stay, as in Flink, unless its
  // option says that the table is meant.
  bool ReplacesAll() const { return overwrite && (partition_keys.empty() || replaces_table); }
};

// The part of the promised output that a start has found.
struct FoundOutput {
  FilePromises promises;                // of a checkpoint
  std::vector<const OutputRows*> rows;  // of a savepoint, to be written by this start; borrowed
  MissingOutput missing;
};

// Finds the output that a start continues from. Promised files are searched in the directory that
// the checkpoint names, then in the table's. Rows that a savepoint holds are to be written, unless
// their own job has committed them to the same table, where they are visible already. Changes
// nothing. E7001 for output that cannot be believed, E7005 for missing files that are not accepted.
Result<FoundOutput> FindOutput(const FileSinkPlan& plan, const SavedOutput& saved);

// All of these borrow the plan, which outlives what they return.
Result<std::unique_ptr<SinkWriter>> MakeFileWriter(const FileSinkPlan& plan,
                                                   FileSinkProgress& progress, uint32_t subtask,
                                                   uint64_t attempt);
std::unique_ptr<SinkCommitter> MakeFileCommitter(const FileSinkPlan& plan,
                                                 FileSinkProgress& progress);

// Turns the rows that a savepoint holds into in-progress files of this start, which are durable
// when it returns, and returns the committables that promise them.
Result<std::vector<std::string>> AdoptRows(const FileSinkPlan& plan, const SavedOutput& saved,
                                           std::span<const OutputRows* const> rows,
                                           uint64_t attempt);

}  // namespace weir::connectors
