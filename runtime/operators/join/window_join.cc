// WindowJoin: rows of equal windows; inner, left, right, full, semi, anti.
//
// Accepts inserts on both inputs, whose rows carry their windows, and gives inserts. Each window is
// joined once, when the watermark (the clock) reaches its end; rows of windows that have fired are
// dropped and counted as late. Watermarks pass unchanged behind what they fire (Flink:
// WindowJoinOperator). State: "left" and "right", a slice a window (its end in local milliseconds),
// dropped when it fires; "progress", how far windows have fired.
#include <algorithm>
#include <utility>

#include "runtime/operators/emit.h"
#include "runtime/operators/join/join_batch.h"
#include "runtime/operators/join/join_output.h"
#include "runtime/operators/join/join_slices.h"
#include "runtime/operators/operator_list.h"
#include "runtime/operators/time/slice_assignment.h"
#include "runtime/operators/time/window_progress.h"

namespace weir::operators {
namespace {

using graph::JoinType;

class WindowJoin final : public Operator {
 public:
  explicit WindowJoin(const graph::WindowJoinSpec& spec) : spec_(spec), shape_(spec.shape) {}

  Status Open(OperatorContext& ctx) override;
  Status OnBatch(int port, Batch batch, Output& out) override;
  Status OnWatermark(Timestamp watermark, Output& out) override;
  Status OnProcessingTime(Timestamp now, Output& out) override;
  Timestamp NextProcessingTime() const override;
  Status OnBarrier(uint64_t checkpoint_id, std::vector<OperatorStateEntry>& state) override;
  Status OnEndOfInput(Output& out) override;

 private:
  JoinSlices& side(int port) { return sides_[port]; }
  bool NeedsKeyless(int port) const {
    if (port == 0) return graph::KeepsLeft(shape_.type) || shape_.type == JoinType::kAnti;
    return graph::KeepsRight(shape_.type);
  }
  // Whether rows of the side are emitted without a match.
  bool SendsAlone(int port) const {
    return NeedsKeyless(port) || (port == 0 && shape_.type == JoinType::kSemi);
  }
  Status Keep(int port);
  // The least end of a window that has rows; INT64_MAX if there is none.
  int64_t NextEnd() const;
  // The side whose rows look for matches in the other one.
  int LeadingSide(int64_t window_end) const;
  Status Fire(int64_t window_end, Output& out);
  Status FireThrough(int64_t watermark, Output& out);
  // Joins the rows of one side's slice with the other side's. `pairs`: whether pairs are emitted,
  // too.
  Status JoinSide(int port, int64_t window_end, bool pairs, Output& out);
  Status FindMatches(int64_t window_end, bool pairs, Output& out);
  Status SendAlone(Output& out);
  Status Send(Output& out);

  const graph::WindowJoinSpec& spec_;
  const graph::JoinShape& shape_;
  uint32_t batch_rows_ = kDefaultBatchRows;
  Clock* clock_ = nullptr;
  OperatorMetrics* metrics_ = nullptr;
  TimeZone zone_;
  JoinSlices sides_[2];
  JoinOutput output_;
  WindowProgress progress_;
  JoinBatch batch_;
  std::vector<int64_t> ends_;
  std::vector<int64_t> marks_;
  std::vector<std::pair<int64_t, uint32_t>> by_end_;  // rows that are not late, by window
  std::vector<uint32_t> picked_;                      // those of one window
  // Scratch of the rows that are being joined.
  MatchRun run_;
  Candidates candidates_;
  std::vector<uint8_t> passes_;
  std::vector<uint8_t> matched_;
  JoinedRows rows_;
};

Status WindowJoin::Open(OperatorContext& ctx) {
  batch_rows_ = ctx.batch_rows;
  clock_ = ctx.clock;
  metrics_ = ctx.metrics;
  if (!spec_.time_zone.empty()) zone_ = TRY(TimeZone::Find(spec_.time_zone));
  for (int port = 0; port < 2; ++port) {
    RETURN_IF_ERROR(side(port).Open(graph::SlicedStateOfSide(shape_, port), shape_.side(port),
                                    *ctx.state, ctx.node->uid));
  }
  const KeyGroupRange groups =
      KeyGroupsOfSubtask(ctx.subtask, ctx.parallelism, ctx.max_parallelism);
  progress_ = TRY(WindowProgress::Restore(ctx.restored, groups, ctx.max_parallelism));
  return output_.Open(shape_, side(0).state(), side(1).state(), ctx.node->output, *ctx.evaluation);
}

Status WindowJoin::OnBatch(int port, Batch batch, Output& out) {
  if (spec_.processing_time) RETURN_IF_ERROR(OnProcessingTime(clock_->Now(), out));
  const int column = port == 0 ? spec_.left_window_end : spec_.right_window_end;
  RETURN_IF_ERROR(LocalTimes(batch, column, zone_, ends_));
  marks_.clear();
  if (batch.late_marks != nullptr) LocalMarks(batch, zone_, marks_);
  // Rows with NULL in their key also wait for their window, which decides whether they are late.
  const std::vector<uint8_t> keep_nulls(shape_.null_safe.size(), 1);
  const bool keyless = NeedsKeyless(port);
  batch_.Take(batch, shape_.side(port).keys, keyless ? keep_nulls : shape_.null_safe);
  const Batch& keyed = batch_.keyed;
  by_end_.clear();
  for (uint32_t i = 0; i < keyed.size(); ++i) {
    const uint32_t row = keyed.RowAt(i);
    const int64_t fired = progress_.Of(batch_.hashes[row]);
    const int64_t watermark = marks_.empty() ? fired : std::max(fired, marks_[row]);
    if (!window::IsComplete(ends_[row], watermark)) by_end_.emplace_back(ends_[row], row);
  }
  const size_t late = keyed.size() - by_end_.size();
  if (metrics_ != nullptr && late > 0) metrics_->late_rows += late;
  return Keep(port);
}

// Stores the rows that are not late in the slices of their windows.
Status WindowJoin::Keep(int port) {
  // Sorting pairs keeps rows ascending within a window.
  if (!std::is_sorted(by_end_.begin(), by_end_.end())) std::sort(by_end_.begin(), by_end_.end());
  for (auto from = by_end_.begin(); from != by_end_.end();) {
    const int64_t end = from->first;
    const auto to =
        std::find_if(from, by_end_.end(), [&](const auto& row) { return row.first != end; });
    picked_.clear();
    for (; from != to; ++from) picked_.push_back(from->second);
    const auto count = static_cast<uint32_t>(picked_.size());
    const Batch& all = batch_.keyed;
    const Batch part = count == all.size() ? all : Select(all, picked_.data(), count);
    RETURN_IF_ERROR(side(port).Append(end, part, batch_.hashes));
  }
  return {};
}

int64_t WindowJoin::NextEnd() const {
  int64_t next = INT64_MAX;
  for (const JoinSlices& slices : sides_) {
    if (!slices.ends().empty()) next = std::min(next, slices.ends().front());
  }
  return next;
}

Status WindowJoin::OnWatermark(Timestamp watermark, Output& out) {
  if (!spec_.processing_time) {
    RETURN_IF_ERROR(FireThrough(window::LocalWatermark(zone_, watermark.millis), out));
  }
  return out.EmitWatermark(watermark);
}

Status WindowJoin::OnProcessingTime(Timestamp now, Output& out) {
  if (!spec_.processing_time) return {};
  return FireThrough(window::LocalWatermark(zone_, now.millis - 1), out);
}

Timestamp WindowJoin::NextProcessingTime() const {
  const int64_t next = NextEnd();
  if (!spec_.processing_time || next == INT64_MAX) return Timestamp::Max();
  return {window::TimerOf(zone_, next) + 1};
}

Status WindowJoin::OnBarrier(uint64_t, std::vector<OperatorStateEntry>& state) {
  state.push_back(progress_.Save());
  return {};
}

Status WindowJoin::OnEndOfInput(Output& out) {
  return FireThrough(INT64_MAX, out);
}

Status WindowJoin::FireThrough(int64_t watermark, Output& out) {
  const int64_t last = watermark == INT64_MAX ? watermark : watermark + 1;
  for (int64_t end = NextEnd(); end <= last && end != INT64_MAX; end = NextEnd()) {
    RETURN_IF_ERROR(Fire(end, out));
  }
  progress_.Advance(watermark);
  return {};
}

int WindowJoin::LeadingSide(int64_t window_end) const {
  if (shape_.type == JoinType::kRight) return 1;
  if (shape_.type != JoinType::kInner) return 0;
  return sides_[0].RowsOf(window_end) <= sides_[1].RowsOf(window_end) ? 0 : 1;
}

Status WindowJoin::Fire(int64_t window_end, Output& out) {
  const bool pairs = !graph::GivesLeftOnly(shape_.type);
  RETURN_IF_ERROR(JoinSide(LeadingSide(window_end), window_end, pairs, out));
  if (shape_.type == JoinType::kFull) RETURN_IF_ERROR(JoinSide(1, window_end, false, out));
  for (JoinSlices& slices : sides_) RETURN_IF_ERROR(slices.Drop(window_end));
  return {};
}

Status WindowJoin::JoinSide(int port, int64_t window_end, bool pairs, Output& out) {
  const bool may_match = side(1 - port).Has(window_end);
  if (!side(port).Has(window_end) || !(may_match || SendsAlone(port))) return {};
  const auto all = [](const std::byte*) { return true; };
  return side(port).Scan(window_end, all, [&](const Batch& batch) -> Status {
    candidates_.batch = &batch;
    candidates_.port = port;
    matched_.assign(batch.row_count, 0);
    if (may_match) RETURN_IF_ERROR(FindMatches(window_end, pairs, out));
    return SendsAlone(port) ? SendAlone(out) : Status();
  });
}

// Finds the matches of the rows in candidates_ and, if `pairs`, emits them. Rows with NULL in a key
// that is compared by = are left out, since they match nothing.
Status WindowJoin::FindMatches(int64_t window_end, bool pairs, Output& out) {
  const std::vector<int>& keys = shape_.side(candidates_.port).keys;
  batch_.Take(*candidates_.batch, keys, shape_.null_safe);
  if (batch_.keyed.empty()) return {};
  JoinSlices& other = side(1 - candidates_.port);
  RETURN_IF_ERROR(other.Probe(window_end, {&batch_.keyed, keys, batch_.hashes}));
  while (other.Next(run_)) {
    candidates_.own.clear();
    for (const uint32_t probe : run_.probes) candidates_.own.push_back(batch_.keyed.RowAt(probe));
    RETURN_IF_ERROR(output_.Load(other.layout(), run_.rows, candidates_));
    RETURN_IF_ERROR(output_.EvaluateResidual(candidates_, passes_));
    rows_.Clear();
    for (uint32_t i = 0; i < candidates_.size(); ++i) {
      if (passes_[i] == 0) continue;
      matched_[candidates_.own[i]] = 1;
      if (pairs) rows_.AddPair(RowKind::kInsert, candidates_.own[i], i);
    }
    RETURN_IF_ERROR(Send(out));
  }
  return {};
}

// Emits rows of one side alone: those without a match, or for a semi join those with one.
Status WindowJoin::SendAlone(Output& out) {
  candidates_.own.clear();
  RETURN_IF_ERROR(output_.Load(side(1 - candidates_.port).layout(), {}, candidates_));
  const uint8_t wanted = shape_.type == JoinType::kSemi ? 1 : 0;
  rows_.Clear();
  for (uint32_t row = 0; row < matched_.size(); ++row) {
    if (matched_[row] == wanted) rows_.AddOwn(RowKind::kInsert, row);
  }
  return Send(out);
}

Status WindowJoin::Send(Output& out) {
  if (rows_.size() == 0) return {};
  Batch result = output_.Build(candidates_, rows_);
  rows_.Clear();
  return EmitInPieces(std::move(result), batch_rows_, out);
}

}  // namespace

Result<OperatorPtr> MakeWindowJoin(const graph::Node& node) {
  return OperatorPtr(std::make_unique<WindowJoin>(std::get<graph::WindowJoinSpec>(node.spec)));
}

}  // namespace weir::operators
