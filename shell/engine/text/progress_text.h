// The progress line of a running job.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/task/job_snapshot.h"

namespace weir::shell {

// "sales: 1.21 M rows · 605 K rows/s · lag 5.4 s · state 38 MiB · checkpoint #12 200 ms [███░░] 60
// %, 12 s left". The lag is the wall clock minus the least watermark of the operators, if there is
// one. The bar is shown for bounded input of known size; of files and generators, those that are
// less far count. One line without a line end; unknown parts are left out.
std::string ProgressText(const task::JobSnapshot& job, int64_t now_millis);

// "savepoint of job sales: 512.0 MiB of 1.0 GiB [██████████░░░░░░░░░░] 50 %", or "…: 512.0 MiB"
// without a total. If more is done than the total says, it counts as done.
std::string TransferText(std::string_view what, uint64_t done, uint64_t total);

// "savepoint of job sales: the barrier has passed 3 of 8 tasks"; "…: writing what changed" while
// the state is written; "…: about to begin" before and after that.
std::string WaitingText(std::string_view what, const checkpoint::CheckpointStatistics& checkpoints);

// What a job has left out since its first start.
struct Losses {
  uint64_t late_rows = 0;
  uint64_t skipped_records = 0;

  bool operator==(const Losses&) const = default;
};
// The sum over the operators of the job.
Losses LossesOf(const task::JobSnapshot& job);

// "17 rows read, 4 late, 1 bad record skipped".
std::string ReadText(uint64_t source_rows, const Losses& losses);

// The same of what a result or a job has left out; "" when that is nothing.
std::string LossText(const task::JobSnapshot& job);

// For a finished job: "Job sales has finished: 1,210,000 rows read, 4 late in 2.1 s, 576 K
// rows/s.", with losses as in ReadText.
std::string FinishedText(const task::JobSnapshot& job);

}  // namespace weir::shell
