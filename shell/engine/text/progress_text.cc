#include "shell/engine/text/progress_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "shell/engine/text/quantity.h"

namespace weir::shell {
namespace {

std::string Bar(double share) {
  constexpr int kCells = 20;
  const int full = static_cast<int>(share * kCells);
  std::string bar = "[";
  for (int i = 0; i < kCells; ++i) bar += i < full ? "█" : "░";
  return bar + "]";
}

// An empty input counts as done.
double ShareOf(uint64_t done, uint64_t total) {
  return total == 0 ? 1 : std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
}

// The least watermark of the operators that have one; Max when none has.
Timestamp LeastWatermark(const task::JobSnapshot& job) {
  Timestamp least = Timestamp::Max();
  for (const task::OperatorSnapshot& node : job.operators) {
    if (node.watermark != Timestamp::Min()) least = std::min(least, node.watermark);
  }
  return least;
}

}  // namespace

std::string ProgressText(const task::JobSnapshot& job, int64_t now_millis) {
  double rate = 0;
  uint64_t state_bytes = 0;
  for (const task::OperatorSnapshot& node : job.operators) {
    if (node.kind == "Scan") rate += node.rows_per_second;
    state_bytes += node.state_bytes;
  }
  std::string text = fmt::format("{}: {} rows · {} rows/s", job.name,
                                 CountText(static_cast<double>(job.source_rows)), CountText(rate));
  const Timestamp watermark = LeastWatermark(job);
  if (watermark != Timestamp::Max()) {
    text += " · lag " +
            DurationText(std::max(0.0, static_cast<double>(now_millis - watermark.millis) / 1000));
  }
  text += " · state " + BytesText(state_bytes);
  const checkpoint::CheckpointStatistics& checkpoints = job.checkpoints;
  if (checkpoints.completed > 0) {
    text += fmt::format(" · checkpoint #{} {} ms", checkpoints.last_completed_id,
                        checkpoints.last_duration_millis);
  }
  if (checkpoints.failed > 0) text += fmt::format(" · {} failed", checkpoints.failed);
  if (job.bytes_total == 0 && job.rows_total == 0) return text;
  const double share =
      std::min(ShareOf(job.bytes_read, job.bytes_total), ShareOf(job.rows_read, job.rows_total));
  text += fmt::format(" {} {:.0f} %", Bar(share), share * 100);
  const double seconds =
      std::max(0.001, static_cast<double>(now_millis - job.started_millis) / 1000);
  if (share > 0.01 && share < 1)
    text += fmt::format(", {} left", DurationText(seconds / share - seconds));
  return text;
}

std::string TransferText(std::string_view what, uint64_t done, uint64_t total) {
  if (total == 0) return fmt::format("{}: {}", what, BytesText(done));
  const double share = ShareOf(done, total);
  return fmt::format("{}: {} of {} {} {:.0f} %", what, BytesText(done), BytesText(total),
                     Bar(share), share * 100);
}

std::string WaitingText(std::string_view what,
                        const checkpoint::CheckpointStatistics& checkpoints) {
  if (checkpoints.tasks == 0) return fmt::format("{}: about to begin", what);
  if (checkpoints.tasks == checkpoints.tasks_passed)
    return fmt::format("{}: writing what changed", what);
  return fmt::format("{}: the barrier has passed {} of {} tasks", what, checkpoints.tasks_passed,
                     checkpoints.tasks);
}

Losses LossesOf(const task::JobSnapshot& job) {
  Losses losses;
  for (const task::OperatorSnapshot& node : job.operators) {
    losses.late_rows += node.late_rows;
    losses.skipped_records += node.skipped_records;
  }
  return losses;
}

std::string ReadText(uint64_t source_rows, const Losses& losses) {
  std::string text = Plural(source_rows, "row") + " read";
  if (losses.late_rows > 0) text += fmt::format(", {} late", losses.late_rows);
  if (losses.skipped_records > 0)
    text += ", " + Plural(losses.skipped_records, "bad record") + " skipped";
  return text;
}

std::string LossText(const task::JobSnapshot& job) {
  const Losses losses = LossesOf(job);
  return losses.late_rows == 0 && losses.skipped_records == 0 ? ""
                                                              : ReadText(job.source_rows, losses);
}

std::string FinishedText(const task::JobSnapshot& job) {
  const double seconds =
      std::max(0.001, static_cast<double>(job.ended_millis - job.started_millis) / 1000);
  return fmt::format("Job {} has finished: {} in {}, {} rows/s.", job.name,
                     ReadText(job.source_rows, LossesOf(job)), DurationText(seconds),
                     CountText(static_cast<double>(job.source_rows) / seconds));
}

}  // namespace weir::shell
