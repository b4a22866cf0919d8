// The options that a job runs with, and its connections to the outside.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/checkpoint/barrier.h"
#include "runtime/checkpoint/decide.h"
#include "runtime/checkpoint/history.h"
#include "runtime/checkpoint_storage.h"
#include "runtime/expr/evaluator.h"
#include "runtime/notices.h"
#include "runtime/operators/operator.h"
#include "runtime/result_listener.h"
#include "runtime/sink.h"
#include "runtime/source.h"
#include "runtime/task/restart.h"

namespace weir::operators {
struct OperatorPorts;  // factory.h
}
namespace weir::connectors {
struct ConnectorContext;  // registry.h
}

namespace weir::task {

// State of one start of a job that is part of no checkpoint, such as a lookup table on disk.
struct Scratch {
  std::unique_ptr<StateBackend> backend;
  // How much memory one lookup table may take before it uses this state; 0: no limit.
  uint64_t memory_bytes = 0;
};

// Creates everything that a job does not create itself; BuiltinPorts returns the real ones, apart
// from the backend. Called from the job's own thread and, for the first start, from Job::Start's.
// make_source and open_scratch are also called from threads that read tables again, several at a
// time, and make_sorter from the threads of tasks.
struct JobPorts {
  // Called for each scan and each sink of the graph, at each start of the job.
  std::function<Result<std::unique_ptr<Source>>(const graph::ScanSpec&)> make_source;
  std::function<Result<std::unique_ptr<Sink>>(const graph::SinkSpec&)> make_sink;
  std::function<Result<std::unique_ptr<operators::Operator>>(const graph::Node&,
                                                             operators::OperatorPorts)>
      make_operator;
  // Called once a start, with the checkpoint that it continues from (null: a fresh start). Backends
  // of earlier starts are destroyed by then.
  std::function<Result<std::unique_ptr<StateBackend>>(const CheckpointMetadata*)> open_backend;
  // The bytes of rows in flight, as a file of a checkpoint of this job; and those of the file that
  // the checkpoint lists, verified. Needed for unaligned checkpoints only.
  checkpoint::WriteChannels write_channels;
  std::function<Result<std::string>(const CheckpointMetadata&, const StateFile&)> read_channels;
  // Called each time that the table of a lookup is read. `name` differs for readings whose scratch
  // state exists at the same time.
  std::function<Result<Scratch>(const std::string& name)> open_scratch;
  // Called for operators that sort, by their tasks; `name` as above. Null: they sort in memory.
  std::function<std::unique_ptr<RecordSorter>(const std::string& name)> make_sorter;
};
// `context` outlives the job. open_backend, open_scratch and make_sorter are left empty; the shell
// sets them.
JobPorts BuiltinPorts(const connectors::ConnectorContext& context);

// Plain values that stay the same for the life of a job, including its restarts.
struct JobOptions {
  // The name of its checkpoint directory: 32 hexadecimal digits.
  std::string job_id;
  std::string name;
  std::string engine_version;
  // Recorded in every checkpoint, so that the job can be restored without its script.
  std::string sql;
  std::vector<std::string> definitions;
  std::map<std::string, std::string> recorded_options;  // into the metadata
  std::map<std::string, std::string> modules;           // as well
  std::string backend_name;                             // "rocksdb" or "memory"

  // The number of this start of the job from its record, 1, 2, …, counted across processes. Names
  // of output files are made from it, so no two starts may have the same. 0: nothing counts them
  // and the clock is used.
  uint64_t start_number = 0;

  uint32_t parallelism = 0;  // 0: number of cores
  // Number of key groups. Fixed for the life of the state: a restore keeps the saved one.
  uint32_t max_parallelism = kDefaultMaxParallelism;
  uint32_t batch_rows = kDefaultBatchRows;
  uint32_t queue_capacity = 8;  // batches and control elements in a channel
  int nice = 0;                 // of its threads, above that of the process (WithNiceThreads)
  checkpoint::CheckpointConfig checkpointing;
  RestartStrategy restart;

  // These outlive the job.
  Clock* clock = nullptr;
  const expr::EvaluationContext* evaluation = nullptr;
  CheckpointStorage* storage = nullptr;  // null: a job without checkpoints
  ResultListener* results = nullptr;     // for CollectSpec
  Notices* notices = nullptr;            // null: nobody is told of anything
  // Called at a restart where the newest checkpoint, which is at `path`, turns out damaged: gives
  // an older one that the job may go on from, verified, and has said and noted by then that newer
  // ones are passed over; else the refusal, with which the job fails. From a thread of the job.
  // Null: it fails with `damage`.
  std::function<Result<CheckpointMetadata>(const std::string& path, const Status& damage)>
      fall_back;
  // Called, from any thread, with one line about something that happened to the job. Null: nobody
  // listens.
  std::function<void(const std::string&)> say;
  // Called from a thread of the job with each checkpoint or savepoint that is complete or was given
  // up. Null: nobody listens.
  std::function<void(const checkpoint::EndedCheckpoint&)> note_checkpoint;
  // Called once by a thread of the job when none of its tasks runs any more and none will, before
  // anyone can see that it has ended. Null: nobody listens.
  std::function<void()> ended;
  JobPorts ports;
};

// More restarts than a start of a job ever has, so that their numbers never reach those of the next
// start.
inline constexpr uint64_t kRestartsAStart = 1'000'000;
// The number of the start that an attempt of a sink or operator belongs to.
constexpr uint64_t StartOfAttempt(uint64_t attempt) {
  return attempt / kRestartsAStart;
}

}  // namespace weir::task
