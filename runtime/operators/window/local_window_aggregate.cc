// LocalWindowAggregate: the half of a window aggregate before the exchange (WindowAggregateSpec,
// kLocal).
//
// Accepts every kind of change when the spec says that the input retracts (partial results are
// signed), else inserts. Gives inserts: graph::PartialSchema, one row per key and slice that was
// seen since the last flush. Decides here what is late, by the rows' late marks, which end here;
// rows without a window left are dropped and counted. It flushes before every watermark and
// barrier, when it has grown large, and a moment after its first row; watermarks pass unchanged. No
// state.
#include <algorithm>
#include <utility>

#include "runtime/operators/aggregate/aggregate_set.h"
#include "runtime/operators/aggregate/partial_table.h"
#include "runtime/operators/emit.h"
#include "runtime/operators/operator_list.h"
#include "runtime/operators/time/slice_assignment.h"

namespace weir::operators {
namespace {

class LocalWindowAggregate final : public Operator {
 public:
  explicit LocalWindowAggregate(const graph::WindowAggregateSpec& spec)
      : spec_(spec), assignment_(spec.window, graph::KeepsWholeWindows(spec)) {}

  Status Open(OperatorContext& ctx) override;
  Status OnBatch(int port, Batch batch, Output& out) override;
  Status OnWatermark(Timestamp watermark, Output& out) override;
  Status OnProcessingTime(Timestamp now, Output& out) override;
  Timestamp NextProcessingTime() const override { return deadline_; }
  bool HoldsRows() const override { return table_->size() != 0; }
  Status OnEndOfInput(Output& out) override { return Flush(out); }
  Status Flush(Output& out) override;

 private:
  Status Assign(const Batch& batch);
  Status FoldPiece(const Batch& batch, const SliceAssignment::Piece& piece);

  const graph::WindowAggregateSpec& spec_;
  uint32_t batch_rows_ = kDefaultBatchRows;
  Clock* clock_ = nullptr;
  OperatorMetrics* metrics_ = nullptr;
  Timestamp deadline_ = Timestamp::Max();
  TimeZone zone_;
  RowLayout layout_;
  std::unique_ptr<PartialTable> table_;
  AggregateSet set_;
  std::vector<Type> key_types_;

  SliceAssignment assignment_;
  std::vector<int64_t> times_;
  std::vector<int64_t> slice_ends_;
  std::vector<int64_t> marks_;
  std::vector<uint64_t> hashes_;
  std::vector<std::byte*> rows_;
  std::vector<uint8_t> created_;
  std::vector<int8_t> sign_scratch_;
};

Status LocalWindowAggregate::Open(OperatorContext& ctx) {
  batch_rows_ = ctx.batch_rows;
  clock_ = ctx.clock;
  metrics_ = ctx.metrics;
  if (!spec_.time_zone.empty()) zone_ = TRY(TimeZone::Find(spec_.time_zone));
  // Keys, the fields of a group, the slice.
  std::vector<Type> types = graph::PartialSchema(ctx.node->spec, *ctx.inputs[0]).types();
  const auto keys = static_cast<ptrdiff_t>(spec_.keys.size());
  key_types_.assign(types.begin(), types.begin() + keys);
  layout_ = RowLayout({types.begin() + keys, types.end() - 1});
  table_ = std::make_unique<PartialTable>(layout_);
  set_ = TRY(AggregateSet::Make(spec_.calls, spec_.input_retracts, layout_));
  return {};
}

Status LocalWindowAggregate::OnBatch(int, Batch batch, Output& out) {
  if (table_->size() == 0 && clock_ != nullptr) {
    deadline_ = {clock_->Now().millis + PartialTable::kMaxDelayMillis};
  }
  RETURN_IF_ERROR(Assign(batch));
  hashes_.resize(batch.row_count);
  HashKeys(batch, spec_.keys, hashes_.data());
  for (const SliceAssignment::Piece& piece : assignment_.Pieces()) {
    RETURN_IF_ERROR(FoldPiece(batch, piece));
  }
  if (metrics_ != nullptr && assignment_.late_rows() > 0) {
    metrics_->late_rows += assignment_.late_rows();
  }
  return table_->full() ? Flush(out) : Status();
}

Status LocalWindowAggregate::Assign(const Batch& batch) {
  assignment_.Clear();
  const bool marked = batch.late_marks != nullptr;
  if (!marked && assignment_.AddWhole(batch, spec_.time_column, zone_, Timestamp::Min().millis))
    return {};
  RETURN_IF_ERROR(LocalTimes(batch, spec_.time_column, zone_, times_));
  slice_ends_.resize(batch.row_count);
  window::SliceEnds(spec_.window, times_, slice_ends_.data());
  if (!marked) {
    ForEachRow(batch, [&](uint32_t row) {
      assignment_.Add(row, slice_ends_[row], Timestamp::Min().millis);
    });
    return {};
  }
  LocalMarks(batch, zone_, marks_);
  ForEachRow(batch, [&](uint32_t row) { assignment_.Add(row, slice_ends_[row], marks_[row]); });
  return {};
}

Status LocalWindowAggregate::FoldPiece(const Batch& batch, const SliceAssignment::Piece& piece) {
  const auto count = static_cast<uint32_t>(piece.rows.size());
  const Batch part = count == batch.size() ? batch : Select(batch, piece.rows.data(), count);
  rows_.resize(count);
  created_.assign(count, 0);
  table_->FindOrCreate({&part, spec_.keys, hashes_.data()}, piece.id, rows_.data(),
                       created_.data());
  set_.InitializeCreated(rows_.data(), created_.data(), count);
  const int8_t* signs = spec_.input_retracts ? SignsOf(part, sign_scratch_) : nullptr;
  return set_.Update(part, rows_.data(), signs, *table_);
}

Status LocalWindowAggregate::OnWatermark(Timestamp watermark, Output& out) {
  RETURN_IF_ERROR(Flush(out));
  return out.EmitWatermark(watermark);
}

Status LocalWindowAggregate::OnProcessingTime(Timestamp now, Output& out) {
  return now >= deadline_ ? Flush(out) : Status();
}

Status LocalWindowAggregate::Flush(Output& out) {
  deadline_ = Timestamp::Max();
  for (size_t begin = 0; begin < table_->size(); begin += batch_rows_) {
    const size_t count = std::min<size_t>(batch_rows_, table_->size() - begin);
    Batch batch;
    batch.row_count = static_cast<uint32_t>(count);
    RETURN_IF_ERROR(table_->AppendKeys(begin, count, key_types_, batch.columns));
    set_.AppendFields(table_->rows().subspan(begin, count), true, batch.columns);
    MutableColumnPtr ids = Column::Make(Type::BigInt().WithNullable(false), batch.row_count);
    for (size_t i = 0; i < count; ++i) ids->mutable_data<int64_t>()[i] = table_->id(begin + i);
    batch.columns.push_back(std::move(ids));
    RETURN_IF_ERROR(out.Emit(std::move(batch)));
  }
  table_->Clear();
  return {};
}

}  // namespace

Result<OperatorPtr> MakeLocalWindowAggregate(const graph::Node& node) {
  const auto& spec = std::get<graph::WindowAggregateSpec>(node.spec);
  if (!graph::MaySplit(spec.calls, spec.input_retracts) || spec.window.processing_time ||
      spec.window.kind == window::WindowKind::kSession) {
    return Status::Internal("this window aggregate cannot be split: " + node.uid);
  }
  RETURN_IF_ERROR(window::CheckAggregationSpec(spec.window).WithSpan(node.span));
  return OperatorPtr(std::make_unique<LocalWindowAggregate>(spec));
}

}  // namespace weir::operators
