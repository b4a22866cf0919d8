// The progress line of a running job.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/task/job_snapshot.h"

namespace weir::shell {

// "sales: 1.21 M rows · 605 K rows/s · lag 5.4 s · state 38 MiB · checkpoint #12 200 ms [███░░] 60
// %, 12 s left". Lag: the wall clock minus the least watermark of the operators, while there is
// one. The bar: bounded input of known size; of files and generators, those that are less far.
// One line without an end; parts that are not known are left out.
std::string ProgressText(const task::JobSnapshot& job, int64_t now_millis);

// "savepoint of job sales: 512.0 MiB of 1.0 GiB [██████████░░░░░░░░░░] 50 %"; without total "…:
// 512.0 MiB". More done than the total counts as all.
std::string TransferText(std::string_view what, uint64_t done, uint64_t total);

// "savepoint of job sales: the barrier has passed 3 of 8 tasks", while its state is being written
// "…: writing what changed"; before and behind that "…: about to begin".
std::string WaitingText(std::string_view what, const checkpoint::CheckpointStatistics& checkpoints);

// "17 rows read, 4 late, 1 bad record skipped": what was left out of a result, or of a job's; ""
// when nothing was.
std::string LossText(const task::JobSnapshot& job);

// "Job sales has finished: 1,210,000 rows read, 4 late in 2.1 s, 576 K rows/s."; of a job that has.
// What was left out as LossText says it.
std::string FinishedText(const task::JobSnapshot& job);

}  // namespace weir::shell
