// WindowJoin: rows of equal windows; inner, left, right, full, semi, anti.
//
// Accepts inserts on both inputs, whose rows carry their windows, and gives inserts. Each window is
// joined once, when the watermark (the clock) reaches its end; rows of windows that have fired are
// dropped and counted as late. Watermarks pass unchanged behind what they fire (Flink:
// WindowJoinOperator).
// State: "left" and "right", rows under the ends of their windows (local milliseconds), dropped
// when the window fires; "times", the keys of each window; "progress", how far windows have fired.
#include <algorithm>
#include <utility>

#include "runtime/operators/emit.h"
#include "runtime/operators/join_batch.h"
#include "runtime/operators/join_multiset.h"
#include "runtime/operators/join_output.h"
#include "runtime/operators/join_times.h"
#include "runtime/operators/operator_list.h"
#include "runtime/operators/slice_assignment.h"
#include "runtime/operators/window_progress.h"

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
  // The rows of one side that a window has for some keys.
  struct WindowRows {
    Batch batch;                 // a row a stored one
    std::vector<uint32_t> keys;  // which key each belongs to, ascending
    std::vector<int64_t> copies;
    std::vector<uint8_t> matched;
    std::vector<std::byte*> stored;  // to be erased
  };
  // Pairs of a left and a right row.
  struct Pairs {
    std::vector<uint32_t> left;
    std::vector<uint32_t> right;
  };

  MultisetSide& side(int port) { return *sides_[static_cast<size_t>(port)]; }
  bool NeedsKeyless(int port) const {
    if (port == 0) return graph::KeepsLeft(shape_.type) || shape_.type == JoinType::kAnti;
    return graph::KeepsRight(shape_.type);
  }
  // Whether no key that is compared by = is NULL in a row of the left side.
  bool KeysMatch(const Batch& left, uint32_t row) const;
  Status Fire(int64_t window_end, const DueKeys& keys, Output& out);
  Status FireThrough(int64_t watermark, Output& out);
  Result<WindowRows> Load(int port, int64_t window_end, const DueKeys& keys);
  Status Join(WindowRows& left, WindowRows& right, Output& out);
  Status JoinPairs(const Pairs& pairs, WindowRows& left, WindowRows& right, Output& out);
  Status EmitAlone(int port, const WindowRows& rows, bool matched, Output& out);
  Status Send(Output& out);

  const graph::WindowJoinSpec& spec_;
  const graph::JoinShape& shape_;
  uint32_t batch_rows_ = kDefaultBatchRows;
  Clock* clock_ = nullptr;
  OperatorMetrics* metrics_ = nullptr;
  TimeZone zone_;
  std::unique_ptr<MultisetSide> sides_[2];
  JoinTimes times_;
  JoinOutput output_;
  WindowProgress progress_;
  JoinBatch batch_;
  std::vector<int64_t> ends_;
  std::vector<int64_t> marks_;
  Candidates candidates_;
  std::vector<uint8_t> passes_;
  JoinedRows rows_;
};

Status WindowJoin::Open(OperatorContext& ctx) {
  batch_rows_ = ctx.batch_rows;
  clock_ = ctx.clock;
  metrics_ = ctx.metrics;
  if (!spec_.time_zone.empty()) zone_ = TRY(TimeZone::Find(spec_.time_zone));
  for (int port = 0; port < 2; ++port) {
    graph::JoinSideState state = graph::TimedStateOfSide(shape_, port, false);
    MapTable* table = TRY(ctx.state->OpenMap(ctx.node->uid, state.schema));
    sides_[port] =
        std::make_unique<MultisetSide>(std::move(state), shape_.side(port).schema, *table);
  }
  RETURN_IF_ERROR(times_.Open(shape_, *ctx.state, ctx.node->uid));
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
  // Rows of no key wait for their window as well: it decides whether they are late.
  const std::vector<uint8_t> keep_nulls(shape_.null_safe.size(), 1);
  const bool keyless = NeedsKeyless(port);
  batch_.Take(batch, shape_.side(port).keys, keyless ? keep_nulls : shape_.null_safe);
  const Batch& keyed = batch_.keyed;
  const BufferPtr ids = MakeBuffer<uint32_t>(keyed.size());
  uint32_t count = 0;
  uint64_t late = 0;
  for (uint32_t i = 0; i < keyed.size(); ++i) {
    const uint32_t row = keyed.RowAt(i);
    const int64_t fired = progress_.Of(batch_.hashes[row]);
    const int64_t watermark = marks_.empty() ? fired : std::max(fired, marks_[row]);
    if (window::IsComplete(ends_[row], watermark)) {
      ++late;
    } else {
      ids->as<uint32_t>()[count++] = row;
    }
  }
  if (metrics_ != nullptr && late > 0) metrics_->late_rows += late;
  if (count == 0) return {};
  Batch kept = keyed;
  kept.selection = Selection(ids, count);
  const KeyView keys{&kept, shape_.side(port).keys, batch_.hashes};
  const std::vector<int64_t> matches(count, 0);
  RETURN_IF_ERROR(side(port).ApplyAt({&kept, keys.columns, keys.hashes, nullptr, matches.data()},
                                     {ends_.data(), nullptr}));
  return times_.Note(keys, ends_.data());
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
  if (!spec_.processing_time || times_.Next() == INT64_MAX) return Timestamp::Max();
  return {window::TimerOf(zone_, times_.Next()) + 1};
}

Status WindowJoin::OnBarrier(uint64_t, std::vector<OperatorStateEntry>& state) {
  state.push_back({"progress", progress_.Serialize()});
  return {};
}

Status WindowJoin::OnEndOfInput(Output& out) {
  return FireThrough(INT64_MAX, out);
}

Status WindowJoin::FireThrough(int64_t watermark, Output& out) {
  const int64_t last = watermark == INT64_MAX ? watermark : watermark + 1;
  RETURN_IF_ERROR(
      times_.Take(last, [&](int64_t due, const DueKeys& keys) { return Fire(due, keys, out); }));
  progress_.Advance(watermark);
  return {};
}

Status WindowJoin::Fire(int64_t window_end, const DueKeys& keys, Output& out) {
  WindowRows left = TRY(Load(0, window_end, keys));
  WindowRows right = TRY(Load(1, window_end, keys));
  RETURN_IF_ERROR(Join(left, right, out));
  if (!left.stored.empty()) side(0).Erase(left.stored);
  if (!right.stored.empty()) side(1).Erase(right.stored);
  return {};
}

Result<WindowJoin::WindowRows> WindowJoin::Load(int port, int64_t window_end, const DueKeys& keys) {
  MultisetSide& own = side(port);
  const auto time_field = static_cast<size_t>(own.state().time_field);
  WindowRows rows;
  RETURN_IF_ERROR(own.Probe(keys.view()));
  MatchRun run;
  while (own.Next(run)) {
    for (size_t i = 0; i < run.rows.size(); ++i) {
      if (own.layout().Load<int64_t>(run.rows[i], time_field) != window_end) continue;
      rows.keys.push_back(run.probes[i]);
      rows.stored.push_back(run.rows[i]);
      rows.copies.push_back(own.CopiesOf(run.rows[i]));
    }
  }
  const auto count = static_cast<uint32_t>(rows.stored.size());
  rows.batch.row_count = count;
  rows.matched.assign(count, 0);
  const graph::JoinInput& input = shape_.side(port);
  rows.batch.columns.resize(input.schema.size());
  for (size_t key = 0; key < input.keys.size(); ++key) {
    const auto column = static_cast<size_t>(input.keys[key]);
    rows.batch.columns[column] = GatherColumn(*keys.batch.columns[key], rows.keys.data(), count)
                                     ->WithType(input.schema.fields[column].type);
  }
  for (size_t field = 0; field < own.state().columns.size(); ++field) {
    const auto column = static_cast<size_t>(own.state().columns[field]);
    rows.batch.columns[column] = TRY(LoadColumn(own.layout(), field, rows.stored));
  }
  return rows;
}

Status WindowJoin::Join(WindowRows& left, WindowRows& right, Output& out) {
  Pairs pairs;
  size_t begin = 0;
  for (uint32_t i = 0; i < left.keys.size(); ++i) {
    while (begin < right.keys.size() && right.keys[begin] < left.keys[i]) ++begin;
    for (size_t j = begin; j < right.keys.size() && right.keys[j] == left.keys[i]; ++j) {
      pairs.left.push_back(i);
      pairs.right.push_back(static_cast<uint32_t>(j));
      if (pairs.left.size() < batch_rows_) continue;
      RETURN_IF_ERROR(JoinPairs(pairs, left, right, out));
      pairs = {};
    }
  }
  RETURN_IF_ERROR(JoinPairs(pairs, left, right, out));
  if (shape_.type == JoinType::kSemi) return EmitAlone(0, left, true, out);
  if (NeedsKeyless(0)) RETURN_IF_ERROR(EmitAlone(0, left, false, out));
  return NeedsKeyless(1) ? EmitAlone(1, right, false, out) : Status();
}

bool WindowJoin::KeysMatch(const Batch& left, uint32_t row) const {
  for (size_t key = 0; key < shape_.null_safe.size(); ++key) {
    const auto column = static_cast<size_t>(shape_.left.keys[key]);
    if (shape_.null_safe[key] == 0 && left.columns[column]->IsNull(row)) return false;
  }
  return true;
}

Status WindowJoin::JoinPairs(const Pairs& pairs, WindowRows& left, WindowRows& right, Output& out) {
  if (pairs.left.empty()) return {};
  candidates_.batch = &left.batch;
  candidates_.port = 0;
  candidates_.own = pairs.left;
  candidates_.stored.clear();
  for (const int column : side(1).state().columns) {
    candidates_.stored.push_back(GatherColumn(*right.batch.columns[static_cast<size_t>(column)],
                                              pairs.right.data(),
                                              static_cast<uint32_t>(pairs.right.size())));
  }
  RETURN_IF_ERROR(output_.Judge(candidates_, passes_));
  rows_.Clear();
  for (uint32_t i = 0; i < candidates_.size(); ++i) {
    // NULLs of keys wait with the others, but match nothing.
    if (passes_[i] == 0 || !KeysMatch(left.batch, pairs.left[i])) continue;
    left.matched[pairs.left[i]] = 1;
    right.matched[pairs.right[i]] = 1;
    if (graph::GivesLeftOnly(shape_.type)) continue;
    const int64_t copies = left.copies[pairs.left[i]] * right.copies[pairs.right[i]];
    for (int64_t copy = 0; copy < copies; ++copy) {
      rows_.AddPair(RowKind::kInsert, pairs.left[i], i);
    }
  }
  return Send(out);
}

// Rows of one side by themselves: those that were (not) matched.
Status WindowJoin::EmitAlone(int port, const WindowRows& rows, bool matched, Output& out) {
  candidates_.batch = &rows.batch;
  candidates_.port = port;
  candidates_.own.clear();
  RETURN_IF_ERROR(output_.Load(side(1 - port).layout(), {}, candidates_));
  rows_.Clear();
  for (uint32_t i = 0; i < rows.matched.size(); ++i) {
    if ((rows.matched[i] != 0) != matched) continue;
    for (int64_t copy = 0; copy < rows.copies[i]; ++copy) rows_.AddOwn(RowKind::kInsert, i);
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
