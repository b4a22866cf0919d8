// What a job is run with, and the outside that it is connected to.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/checkpoint/decide.h"
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

// State of one start of a job that is in no checkpoint.
struct Scratch {
  std::unique_ptr<StateBackend> backend;
  // What one thing of many rows may have in memory beside it; more goes into it. 0: no limit.
  uint64_t memory_bytes = 0;
};

// Makers of everything a job does not make itself.
// BuiltinPorts gives the real ones but the backend.
// Called from the job's own thread and, for the first start, from Job::Start's.
struct JobPorts {
  // One a scan and one a sink of the graph, at each start of the job.
  std::function<Result<std::unique_ptr<Source>>(const graph::ScanSpec&)> make_source;
  std::function<Result<std::unique_ptr<Sink>>(const graph::SinkSpec&)> make_sink;
  std::function<Result<std::unique_ptr<operators::Operator>>(const graph::Node&,
                                                             operators::OperatorPorts)>
      make_operator;
  // Called once a start, with the checkpoint that it continues from (null: a fresh start). A
  // backend of an earlier start of the same job is gone by then.
  std::function<Result<std::unique_ptr<StateBackend>>(const CheckpointMetadata*)> open_backend;
  // Likewise, at each start of a job that looks rows up.
  std::function<Result<Scratch>()> open_scratch;
};
// `context` outlives the job.
// Without open_backend and open_scratch, which the shell sets.
JobPorts BuiltinPorts(const connectors::ConnectorContext& context);

// Plain values, fixed for the life of a job; restarts use the same ones.
struct JobOptions {
  // 32 hexadecimal digits, the name of its checkpoint directory.
  std::string job_id;
  std::string name;
  std::string engine_version;
  // Recorded in every checkpoint, so that the job can be restored without its script.
  std::string sql;
  std::vector<std::string> definitions;
  std::map<std::string, std::string> recorded_options;  // into the metadata
  std::string backend_name;                             // "rocksdb" or "memory"

  // The number of this start of the job, from its record: 1, 2, … in whatever process. Names of
  // output files are made from it, so no two starts may have the same. 0: nothing counts them, and
  // the clock serves.
  uint64_t start_number = 0;

  uint32_t parallelism = 0;  // 0: number of cores
  // Number of key groups. Fixed for the life of the state: a restore keeps the saved one.
  uint32_t max_parallelism = kDefaultMaxParallelism;
  uint32_t batch_rows = kDefaultBatchRows;
  uint32_t queue_capacity = 8;  // batches and control elements a channel
  checkpoint::CheckpointConfig checkpointing;
  RestartStrategy restart;

  // These outlive the job.
  Clock* clock = nullptr;
  const expr::EvaluationContext* evaluation = nullptr;
  CheckpointStorage* storage = nullptr;  // null: a job without checkpoints
  ResultListener* results = nullptr;     // for CollectSpec
  Notices* notices = nullptr;            // null: nobody hears of anything
  // Says what happened to the job, one line; any thread. Null: nobody listens.
  std::function<void(const std::string&)> say;
  JobPorts ports;
};

// More than a start of a job ever has, so that its restarts have numbers before the next start's.
inline constexpr uint64_t kRestartsAStart = 1'000'000;
// The number of the start that an attempt of a sink or operator belongs to.
constexpr uint64_t StartOfAttempt(uint64_t attempt) {
  return attempt / kRestartsAStart;
}

}  // namespace weir::task
