// Runs a job from its SQL, as the shell does, with sources that a benchmark makes.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/connectors/registry.h"
#include "runtime/task/job.h"

namespace weir::bench {

struct JobSetup {
  std::string sql;  // CREATE TABLEs and CREATE VIEWs, then INSERTs
  uint32_t parallelism = 1;
  uint32_t batch_rows = kDefaultBatchRows;
  int64_t checkpoint_millis = 0;  // 0: none but manual ones
  checkpoint::CheckpointMode mode = checkpoint::CheckpointMode::kExactlyOnce;
  bool unaligned = false;  // whether barriers overtake rows
  // Under which checkpoints and the database live: empty for a job that keeps neither beyond its
  // run.
  std::string directory;
  std::string backend = "rocksdb";             // or "memory"
  uint64_t memory_limit = uint64_t{12} << 30;  // of state, in bytes
  std::optional<CheckpointMetadata> from;      // verified; what the job continues
  // Makes the sources; the connectors of the tables make those for which it is null or returns
  // null.
  std::function<Result<std::unique_ptr<Source>>(const graph::ScanSpec&)> make_source;
  // The same for sinks.
  std::function<Result<std::unique_ptr<Sink>>(const graph::SinkSpec&)> make_sink;
};

// A running job and what it hangs on. Failures end the program with their message: a benchmark has
// no use for half a result.
class RunningJob {
 public:
  explicit RunningJob(JobSetup setup);
  ~RunningJob();
  task::Job& job() { return *job_; }
  // Waits for the end of bounded input. Returns the rows that reached the sinks.
  uint64_t Finish();
  // The checkpoints that are kept, oldest first.
  std::vector<CheckpointInfo> Checkpoints();
  // What the job's operators know of themselves.
  task::JobSnapshot Snapshot() const { return job_->Snapshot(); }
  // The sum of rows that the job's operators of this kind took in.
  uint64_t RowsInto(std::string_view kind) const;

 private:
  graph::JobGraph Plan();
  task::JobOptions Options();

  JobSetup setup_;
  expr::EvaluationContext evaluation_;
  connectors::ConnectorContext connectors_;
  std::unique_ptr<CheckpointStorage> storage_;
  std::unique_ptr<task::Job> job_;
};

// Ends the program unless `status` is OK.
void Require(const Status& status, const char* what);
template <typename T>
T Require(Result<T> result, const char* what) {
  Require(result.status(), what);
  return std::move(result).value();
}

}  // namespace weir::bench
