// The parts of the filesystem connector's sink: what it was told, its writers, its committer. Rows
// go to hidden files in progress; a checkpoint closes and syncs them; once it has completed they
// are renamed to what readers see. Readers of the directory never see a partial or later-withdrawn
// file.
//
// Names: [<partition>/].part-<job><sink>-<attempt>-<subtask>-<n>.inprogress ->
// [<partition>/]part-<job><sink>-<attempt>-<subtask>-<n>.<format>. Two sinks of a job may write one
// directory: files are named, and what a crash left is removed, sink by sink.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/clock.h"
#include "runtime/connectors/filesystem/partition_commit.h"
#include "runtime/connectors/filesystem/promised_file.h"
#include "runtime/connectors/formats/format.h"
#include "runtime/file_system.h"
#include "runtime/sink.h"

namespace weir::connectors {

// What a sink's writers and its committer tell each other.
struct FileSinkProgress {
  // What was there before the job's first files is gone, and nobody has to ask for it.
  std::atomic<bool> emptied = false;
  // Files that this start took over from a savepoint, under names of its subtask 0.
  std::atomic<uint64_t> adopted = 0;
};

struct FileSinkPlan {
  std::string table;
  std::string directory;
  std::string job_id;
  std::string job_name;
  std::string job;   // short id in names
  std::string sink;  // of the operator's uid
  bool overwrite = false;
  bool accept_missing = true;  // 'sink.missing-committed'
  uint64_t roll_bytes = 0;
  int64_t roll_millis = 0;      // a file that is older is closed
  int64_t inactive_millis = 0;  // so is one that got no rows for so long
  int64_t check_millis = 0;     // how often files that get no rows are looked at
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

  // Absolute.
  std::string Place() const;
  std::string InProgressPrefix() const;
  std::string FinalPrefix() const;
  // Whether some sink of this job made the file.
  bool IsOfThisJob(std::string_view name) const;
  // Present once the directory was emptied for this job.
  std::string Marker() const;
};

// What became of the output that a start goes on from.
struct FoundOutput {
  FilePromises promises;                // of a checkpoint
  std::vector<const OutputRows*> rows;  // of a savepoint, that are to be written; borrowed
  MissingOutput missing;
};

// E7001 for output that is not to be believed, E7005 for missing files that are not accepted.
// Changes nothing. Promised files are looked for in the directory that the checkpoint says, then in
// the table's. Rows that a savepoint holds are to be written unless their own job has committed
// them into the same table, where they are visible.
Result<FoundOutput> FindOutput(const FileSinkPlan& plan, const SavedOutput& saved);

// All borrow the plan for their lives.
Result<std::unique_ptr<SinkWriter>> MakeFileWriter(const FileSinkPlan& plan,
                                                   FileSinkProgress& progress, uint32_t subtask,
                                                   uint64_t attempt);
std::unique_ptr<SinkCommitter> MakeFileCommitter(const FileSinkPlan& plan,
                                                 FileSinkProgress& progress);

// The rows that a savepoint holds become files in progress of this start, durable when it returns;
// the committables that promise them.
Result<std::vector<std::string>> AdoptRows(const FileSinkPlan& plan, const SavedOutput& saved,
                                           std::span<const OutputRows* const> rows,
                                           uint64_t attempt);

}  // namespace weir::connectors
