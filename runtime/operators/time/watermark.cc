// Watermark: input and output any changelog, order kept. State: none of its own; the times of
// partitions are part of the source's splits in a checkpoint.
#include "runtime/operators/time/watermark.h"

#include <algorithm>

#include "runtime/expr/function.h"
#include "runtime/operators/time/partition_times.h"

namespace weir::operators {
namespace {

constexpr int64_t kMicrosPerMilli = 1000;

constexpr int64_t FloorMillis(int64_t micros) {
  const int64_t quotient = micros / kMicrosPerMilli;
  return quotient - (micros % kMicrosPerMilli < 0 ? 1 : 0);
}

// Reads a TIMESTAMP column, constant or not, as milliseconds.
class Millis {
 public:
  explicit Millis(const Column& column)
      : micros_(column.data<int64_t>()),
        validity_(column.validity()),
        stride_(column.is_constant() ? 0 : 1) {}

  int64_t at(size_t row) const { return FloorMillis(micros_[row * stride_]); }
  bool is_null(size_t row) const {
    return validity_ != nullptr && !GetBit(validity_, row * stride_);
  }
  bool has_nulls() const { return validity_ != nullptr; }
  // REQUIRES: rows > 0 and no NULL.
  int64_t Least(uint32_t rows) const {
    return FloorMillis(Fold(rows, [](int64_t a, int64_t b) { return std::min(a, b); }));
  }
  int64_t Greatest(uint32_t rows) const { return FloorMillis(GreatestMicros(rows)); }
  // A row that has the greatest time; usually near the end.
  uint32_t PlaceOfGreatest(uint32_t rows) const {
    if (stride_ == 0) return 0;
    const int64_t greatest = GreatestMicros(rows);
    uint32_t row = rows - 1;
    while (micros_[row] != greatest) --row;
    return row;
  }

 private:
  int64_t GreatestMicros(uint32_t rows) const {
    return Fold(rows, [](int64_t a, int64_t b) { return std::max(a, b); });
  }
  template <typename F>
  int64_t Fold(uint32_t rows, F f) const {
    int64_t result = micros_[0];
    if (stride_ == 0) return result;
    for (uint32_t row = 1; row < rows; ++row) result = f(result, micros_[row]);
    return result;
  }

  const int64_t* micros_;
  const uint64_t* validity_;
  size_t stride_;
};

// Whether a watermark may have fired what a row of this time belongs to. Windows end after their
// rows, but a session may end at exactly the time of a row that would have prolonged it.
constexpr bool IsBehind(int64_t rowtime, int64_t watermark) {
  return rowtime - 1 <= watermark;
}

// Whether the last of some rows has the greatest watermark. That holds if the expression is the
// rowtime, possibly plus or minus a constant span of days or shorter.
bool RisesWithTime(const expr::Expr& watermark, int rowtime) {
  const auto is_rowtime = [rowtime](const expr::Expr& e) {
    return e.kind == expr::ExprKind::kColumn && e.column == rowtime;
  };
  if (watermark.kind != expr::ExprKind::kCall) return is_rowtime(watermark);
  if (watermark.args.size() != 2 || !is_rowtime(*watermark.args[0])) return false;
  const std::string_view name = watermark.function->name;
  const expr::Expr& span = *watermark.args[1];
  return (name == "-" || name == "+") && span.kind == expr::ExprKind::kLiteral &&
         span.type.kind() == TypeKind::kIntervalDayTime;
}

// The watermark that a row promises; a NULL promises nothing.
inline int64_t PromiseAt(const Millis& watermarks, uint32_t row) {
  return watermarks.is_null(row) ? Timestamp::Min().millis : watermarks.at(row);
}

class Watermark final : public Operator {
 public:
  explicit Watermark(const graph::WatermarkSpec& spec) : spec_(spec) {}

  Status Open(OperatorContext& ctx) override {
    evaluator_ = TRY(expr::MakeEvaluator({spec_.watermark}, *ctx.evaluation));
    times_ = ctx.partitions;
    if (times_ == nullptr) {
      own_times_.Add({});
      times_ = &own_times_;
    }
    times_->Use(spec_.idle_timeout_millis);
    const graph::LateMarks marks = ctx.node->late_marks;
    marks_all_ = marks == graph::LateMarks::kEveryRow ||
                 (marks == graph::LateMarks::kLateRows && !ctx.node->changelog.append_only());
    rises_ = RisesWithTime(*spec_.watermark, spec_.rowtime_column);
    rowtime_name_ = ctx.inputs.at(0)->fields.at(static_cast<size_t>(spec_.rowtime_column)).name;
    return {};
  }

  Status OnBatch(int, Batch batch, Output& out) override {
    // Deselected rows advance time too, but an evaluator computes only selected ones.
    Selection selected = std::exchange(batch.selection, Selection());
    RETURN_IF_ERROR(MoveTime(batch));
    batch.selection = std::move(selected);
    if (!batch.empty()) RETURN_IF_ERROR(out.Emit(std::move(batch)));
    return EmitCombined(out);
  }

  Status OnWatermark(weir::Timestamp watermark, Output& out) override {
    if (watermark != Timestamp::Max()) return EmitCombined(out);
    times_->End();
    return out.EmitWatermark(watermark);
  }

 private:
  // The time that the partition has reached.
  int64_t reached() const { return times_->at(times_->current()).watermark.millis; }

  // The common case: no row is behind even the greatest watermark of the batch, `greatest`.
  // Otherwise returns false and changes nothing.
  bool MoveAtOnce(const Millis& rowtimes, uint32_t rows, int64_t greatest) {
    const int64_t promised = std::max(reached(), greatest);
    if (IsBehind(rowtimes.Least(rows), promised)) return false;
    times_->Advance(Timestamp{promised});
    return true;
  }
  // As MoveAtOnce, but evaluates the watermark for the row with the greatest time only. False where
  // that is not enough to know.
  Result<bool> MoveByLast(const Batch& batch) {
    const Millis rowtimes(*batch.columns[static_cast<size_t>(spec_.rowtime_column)]);
    if (!rises_ || marks_all_ || rowtimes.has_nulls()) return false;
    const uint32_t last = rowtimes.PlaceOfGreatest(batch.row_count);
    const BufferPtr id = MakeBuffer<uint32_t>(1);
    *id->as<uint32_t>() = last;
    Batch one = batch;
    one.selection = Selection(id, 1);
    watermarks_.clear();
    RETURN_IF_ERROR(evaluator_->Evaluate(one, watermarks_));
    return MoveAtOnce(rowtimes, batch.row_count, PromiseAt(Millis(*watermarks_[0]), last));
  }

  Status MoveTime(Batch& batch) {
    if (TRY(MoveByLast(batch))) return {};
    watermarks_.clear();
    RETURN_IF_ERROR(evaluator_->Evaluate(batch, watermarks_));
    const Millis rowtimes(*batch.columns[static_cast<size_t>(spec_.rowtime_column)]);
    const Millis watermarks(*watermarks_[0]);
    RETURN_IF_ERROR(RefuseNulls(rowtimes, batch));
    const bool at_once = !watermarks.has_nulls() && !marks_all_;
    if (at_once && MoveAtOnce(rowtimes, batch.row_count, watermarks.Greatest(batch.row_count))) {
      return {};
    }
    const int64_t before = reached();
    int64_t moved = before;
    bool behind = false;
    for (uint32_t row = 0; row < batch.row_count; ++row) {
      behind |= IsBehind(rowtimes.at(row), moved);
      moved = std::max(moved, PromiseAt(watermarks, row));
    }
    if (behind || marks_all_) MarkRows(rowtimes, watermarks, before, batch);
    times_->Advance(Timestamp{moved});
    return {};
  }

  void MarkRows(const Millis& rowtimes, const Millis& watermarks, int64_t reached,
                Batch& batch) const {
    batch.late_marks = MakeBuffer<int64_t>(batch.row_count);
    int64_t* marks = batch.late_marks->as<int64_t>();
    for (uint32_t row = 0; row < batch.row_count; ++row) {
      const bool marked = marks_all_ || IsBehind(rowtimes.at(row), reached);
      marks[row] = marked ? reached : Timestamp::Min().millis;
      reached = std::max(reached, PromiseAt(watermarks, row));
    }
  }

  // kDataError for a row without a time. A deletion may have none, since all that is known of it
  // may be its key.
  Status RefuseNulls(const Millis& rowtimes, const Batch& batch) const {
    if (!rowtimes.has_nulls()) return {};
    for (uint32_t row = 0; row < batch.row_count; ++row) {
      if (!rowtimes.is_null(row) || batch.kind(row) == RowKind::kDelete) continue;
      return Status::DataError(
                 "a row has NULL in its rowtime column, so it has no place in time: column " +
                 rowtime_name_)
          .WithId("E3001")
          .WithHint("give it a value with COALESCE in a computed column that the WATERMARK is FOR");
    }
    return {};
  }

  Status EmitCombined(Output& out) {
    const Timestamp combined = times_->Combined();
    if (combined <= emitted_) return {};
    emitted_ = combined;
    return out.EmitWatermark(combined);
  }

  const graph::WatermarkSpec& spec_;
  std::unique_ptr<expr::Evaluator> evaluator_;
  PartitionTimes own_times_;
  PartitionTimes* times_ = nullptr;
  bool marks_all_ = false;
  bool rises_ = false;
  std::string rowtime_name_;
  PoolVector<ColumnPtr> watermarks_;
  Timestamp emitted_ = Timestamp::Min();
};

}  // namespace

std::unique_ptr<Operator> MakeWatermark(const graph::WatermarkSpec& spec) {
  return std::make_unique<Watermark>(spec);
}

}  // namespace weir::operators
