// OverAggregate: OVER, for every row the calls over a frame of rows before it (graph/over_spec.h).
//
// The input has inserts only, and so has the output: each row with its results. By event time
// (Flink: RowTimeRangeUnboundedPrecedingFunction and its siblings) rows leave when the watermark
// passes their times, in the order of those, before it is forwarded; those of one time in the order
// of arrival. A row behind the watermark, or that of its own partition, is late: dropped and
// counted. So neither the size of batches nor the pace of sources shows. By the clock rows leave as
// they come.
// State: over_state.h. Partitions that no frame by time reaches any more are forgotten as the
// watermark goes on.
#include <algorithm>
#include <limits>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/graph/over_state.h"
#include "runtime/operators/emit.h"
#include "runtime/operators/key_hashes.h"
#include "runtime/operators/operator_list.h"
#include "runtime/operators/over/over_frames.h"
#include "runtime/operators/time/due_rows.h"
#include "runtime/operators/time/late_rows.h"
#include "runtime/operators/time/row_sequence.h"
#include "runtime/operators/time/slice_assignment.h"
#include "runtime/operators/time/window_progress.h"

namespace weir::operators {
namespace {

// Partitions that can be forgotten are looked for each time that a fourth of a frame's length has
// passed, but not more often than once a second of event time: each search scans the whole table.
constexpr int64_t kPartOfFrame = 4;
constexpr int64_t kLeastSweepMillis = 1000;

class OverAggregate final : public Operator {
 public:
  explicit OverAggregate(const graph::OverAggregateSpec& spec)
      : spec_(spec), by_clock_(spec.time_column < 0) {}

  Status Open(OperatorContext& ctx) override;
  Status OnBatch(int port, Batch batch, Output& out) override;
  Status OnWatermark(Timestamp watermark, Output& out) override;
  Status Flush(Output& out) override;
  Status OnBarrier(uint64_t checkpoint_id, std::vector<OperatorStateEntry>& state) override;

 private:
  // The rows of the batch that are not late, numbered in the order of arrival.
  Result<TimedRows> TakeRows(Batch batch);
  Status Fire(int64_t limit, Output& out);
  // Computes and emits sorted rows.
  Status Give(const TimedRows& rows, Output& out);
  Status GiveBlock(const TimedRows& block, Output& out);
  Status Sweep(int64_t now);
  void ReportHeld() { state_->ReportMemory(uid_, due_.held_bytes()); }

  const graph::OverAggregateSpec& spec_;
  const bool by_clock_;
  uint32_t batch_rows_ = kDefaultBatchRows;
  Clock* clock_ = nullptr;
  OperatorMetrics* metrics_ = nullptr;
  TaskState* state_ = nullptr;
  std::string uid_;
  DueRows due_;
  std::unique_ptr<OverFrames> frames_;
  WindowProgress progress_;
  int64_t sequence_ = 0;
  int64_t now_ = Timestamp::Min().millis;  // by the clock: the last time that a row was given
  std::optional<int64_t> swept_;

  std::vector<uint64_t> hashes_;  // scratch
};

Status OverAggregate::Open(OperatorContext& ctx) {
  batch_rows_ = ctx.batch_rows;
  clock_ = ctx.clock;
  metrics_ = ctx.metrics;
  state_ = ctx.state;
  uid_ = ctx.node->uid;
  const Schema& input = *ctx.inputs[0];
  if (!by_clock_) {
    RETURN_IF_ERROR(
        due_.Open({graph::StateOfOver(spec_, input).tables[0], spec_.partition,
                   graph::WaitingColumns(spec_, input), input.size(), spec_.time_column},
                  *ctx.state, ctx.node->uid));
  }
  frames_ = TRY(MakeOverFrames({spec_, input, *ctx.state, ctx.node->uid}));
  sequence_ = TRY(RestoreSequence(ctx.restored));
  const KeyGroupRange groups =
      KeyGroupsOfSubtask(ctx.subtask, ctx.parallelism, ctx.max_parallelism);
  progress_ = TRY(WindowProgress::Restore(ctx.restored, groups, ctx.max_parallelism));
  return {};
}

Result<TimedRows> OverAggregate::TakeRows(Batch batch) {
  TimedRows rows;
  rows.rows = Compact(std::move(batch));
  const uint32_t count = rows.rows.row_count;
  if (by_clock_) {
    now_ = std::max(now_, clock_->Now().millis);
    rows.times.assign(count, now_);
  } else {
    RETURN_IF_ERROR(LocalTimes(rows.rows, spec_.time_column, TimeZone::Utc(), rows.times));
    DropLate(rows, progress_, KeyHashes(rows.rows, spec_.partition, hashes_), metrics_);
  }
  rows.rows.late_marks = nullptr;
  rows.rows.key_hashes = nullptr;
  rows.sequences.resize(rows.size());
  std::iota(rows.sequences.begin(), rows.sequences.end(), sequence_);
  sequence_ += rows.size();
  return rows;
}

Status OverAggregate::OnBatch(int, Batch batch, Output& out) {
  TimedRows rows = TRY(TakeRows(std::move(batch)));
  if (rows.size() == 0) return {};
  if (by_clock_) {
    RETURN_IF_ERROR(Give(rows, out));
    return Sweep(now_);
  }
  RETURN_IF_ERROR(due_.Add(std::move(rows)));
  ReportHeld();
  return {};
}

Status OverAggregate::Fire(int64_t limit, Output& out) {
  due_.Begin(limit);
  while (const auto portion = TRY(due_.Next())) {
    ReportHeld();
    RETURN_IF_ERROR(Give(portion->rows, out));
    RETURN_IF_ERROR(state_->Tidy());
  }
  return {};
}

Status OverAggregate::Give(const TimedRows& rows, Output& out) {
  const uint32_t most = frames_->block_rows();
  const bool together = PeersTogether(spec_);
  for (uint32_t begin = 0; begin < rows.size();) {
    uint32_t end = std::min(rows.size(), begin + most);
    while (together && end < rows.size() && rows.times[end] == rows.times[end - 1]) ++end;
    if (begin == 0 && end == rows.size()) return GiveBlock(rows, out);
    std::vector<uint32_t> ids(end - begin);
    std::iota(ids.begin(), ids.end(), begin);
    RETURN_IF_ERROR(GiveBlock(Pick(rows, ids), out));
    // A large block is as many rows of state, which need not all stay in memory.
    RETURN_IF_ERROR(state_->Tidy());
    begin = end;
  }
  return {};
}

Status OverAggregate::GiveBlock(const TimedRows& block, Output& out) {
  hashes_.resize(block.size());
  HashKeys(block.rows, spec_.partition, hashes_.data());
  Batch result = block.rows;
  RETURN_IF_ERROR(frames_->Compute({block, hashes_.data()}, result.columns));
  return EmitInPieces(std::move(result), batch_rows_, out);
}

Status OverAggregate::Sweep(int64_t now) {
  if (spec_.frame.rows || !spec_.frame.preceding) return {};
  const int64_t preceding = *spec_.frame.preceding;
  int64_t since = 0;
  if (!swept_) swept_ = now;
  if (__builtin_sub_overflow(now, *swept_, &since)) since = std::numeric_limits<int64_t>::max();
  if (since < std::max(kLeastSweepMillis, preceding / kPartOfFrame)) return {};
  swept_ = now;
  int64_t first = 0;
  if (__builtin_sub_overflow(now, preceding, &first)) return {};
  return frames_->DropBefore(first);
}

Status OverAggregate::OnWatermark(Timestamp watermark, Output& out) {
  if (!by_clock_) {
    RETURN_IF_ERROR(Fire(watermark.millis, out));
    progress_.Advance(watermark.millis);
    RETURN_IF_ERROR(Sweep(watermark.millis));
  }
  return out.EmitWatermark(watermark);
}

Status OverAggregate::Flush(Output&) {
  if (by_clock_) return {};
  RETURN_IF_ERROR(due_.Store());
  ReportHeld();
  return {};
}

Status OverAggregate::OnBarrier(uint64_t, std::vector<OperatorStateEntry>& state) {
  state.push_back(SaveSequence(sequence_));
  if (!by_clock_) state.push_back(progress_.Save());
  return {};
}

}  // namespace

Result<OperatorPtr> MakeOverAggregate(const graph::Node& node) {
  return OperatorPtr(
      std::make_unique<OverAggregate>(std::get<graph::OverAggregateSpec>(node.spec)));
}

}  // namespace weir::operators
