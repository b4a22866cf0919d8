// The parts of the filesystem connector's sink: what it was told, its writers, its committer. Rows
// go to hidden files in progress; a checkpoint closes and syncs them; once it has completed they
// are renamed to what readers see. Readers of the directory never see a partial or later-withdrawn
// file.
//
// Names: [<partition>/].part-<job><sink>-<attempt>-<subtask>-<n>.inprogress ->
// [<partition>/]part-<job><sink>-<attempt>-<subtask>-<n>.<format>. Two sinks of a job may write one
// directory: files are named, and what a crash left is removed, sink by sink.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/clock.h"
#include "runtime/connectors/formats/format.h"
#include "runtime/connectors/partition_commit.h"
#include "runtime/file_system.h"
#include "runtime/sink.h"

namespace weir::connectors {

// Committables are text: "v1 file <in progress>\t<final>", "v1 overwrite <marker>" or "v1 watermark
// <subtask> <milliseconds>", the event time that a subtask had reached at the barrier.
inline constexpr std::string_view kCommitFile = "v1 file ";
inline constexpr std::string_view kCommitOverwrite = "v1 overwrite ";
inline constexpr std::string_view kCommitWatermark = "v1 watermark ";

struct FileSinkPlan {
  std::string table;
  std::string directory;
  std::string job;   // short id in names
  std::string sink;  // of the operator's uid
  bool overwrite = false;
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

  std::string InProgressPrefix() const;
  std::string FinalPrefix() const;
  // Whether some sink of this job made the file.
  bool IsOfThisJob(std::string_view name) const;
  // Present once the directory was emptied for this job.
  std::string Marker() const;
};

// Both borrow the plan for their lives.
Result<std::unique_ptr<SinkWriter>> MakeFileWriter(const FileSinkPlan& plan, uint32_t subtask,
                                                   uint64_t attempt);
std::unique_ptr<SinkCommitter> MakeFileCommitter(const FileSinkPlan& plan);

}  // namespace weir::connectors
