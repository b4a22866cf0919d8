// The options of a job, checked and converted.
#pragma once

#include <memory>

#include "conf/settings.h"
#include "runtime/base/result.h"
#include "runtime/task/job_options.h"
#include "state/checkpoint/backends.h"
#include "state/table/memory_budget.h"

namespace weir::shell {

// How a job takes checkpoints. E6001 or E6002, naming the keys.
Result<checkpoint::CheckpointConfig> CheckpointConfigOf(const conf::Settings& settings);
// When and how often a failed job is restarted. A job without checkpoints would begin anew when it
// is restarted, so it is restarted only if a strategy was asked for, as in Flink. E6001, naming the
// key.
Result<task::RestartStrategy> RestartStrategyOf(const conf::Settings& settings, bool in_server);
// The value of 'parallelism.default', or the number of cores where that is 0.
uint32_t ParallelismOf(const conf::Settings& settings);
// Files of at most so many bytes are kept in the metadata of checkpoints and savepoints. E6001.
Result<uint64_t> InlineBytesOf(const conf::Settings& settings);
state::Compression CompressionOf(const conf::Settings& settings);
// The nice value of a job's threads that stands for its 'job.cpu.share'.
int NiceOf(const conf::Settings& settings);
// What the state of a job may take: 'job.memory.limit' within what the process has, if it is set.
std::shared_ptr<state::MemoryBudget> BudgetOf(const conf::Settings& settings,
                                              std::shared_ptr<state::MemoryBudget> process);

}  // namespace weir::shell
