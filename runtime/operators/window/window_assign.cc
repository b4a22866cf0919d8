// WindowAssign: adds window_start, window_end and window_time to every row (bare TUMBLE, HOP,
// CUMULATE).
//
// Accepts every kind of change and passes kinds, late marks and order on. HOP and CUMULATE put a
// row out once a window that holds it, windows in Flink's order. Nothing is dropped as late.
// Watermarks pass unchanged: a window's time is not before its rows'. No state.
#include <array>
#include <utility>

#include "runtime/operators/operator_list.h"
#include "runtime/operators/time/slice_assignment.h"

namespace weir::operators {
namespace {

class WindowAssign final : public Operator {
 public:
  explicit WindowAssign(const graph::WindowAssignSpec& spec) : spec_(spec) {}

  Status Open(OperatorContext& ctx) override {
    batch_rows_ = ctx.batch_rows;
    clock_ = ctx.clock;
    const std::vector<Field>& fields = ctx.node->output.fields;
    for (size_t i = 0; i < kColumns; ++i) types_[i] = fields[fields.size() - kColumns + i].type;
    const bool local = spec_.time_column < 0 ||
                       ctx.inputs[0]->fields[static_cast<size_t>(spec_.time_column)].type.kind() ==
                           TypeKind::kTimestampLtz;
    if (local) zone_ = TRY(TimeZone::Find(ctx.evaluation->time_zone));
    return {};
  }

  Status OnBatch(int, Batch batch, Output& out) override {
    if (spec_.time_column < 0) {
      times_.assign(batch.row_count, zone_.ToLocalMillis(clock_->Now().millis));
    } else {
      RETURN_IF_ERROR(LocalTimes(batch, spec_.time_column, zone_, times_));
    }
    rows_.clear();
    windows_.clear();
    for (uint32_t i = 0; i < batch.size(); ++i) {
      const uint32_t row = batch.RowAt(i);
      window::AssignWindows(spec_.window, times_[row], of_row_);
      for (const window::Window& window : of_row_) {
        rows_.push_back(row);
        windows_.push_back(window);
        if (rows_.size() == batch_rows_) RETURN_IF_ERROR(Put(batch, out));
      }
    }
    return rows_.empty() ? Status() : Put(batch, out);
  }

 private:
  static constexpr size_t kColumns = 3;  // window_start, window_end, window_time

  // Emits and forgets the pairs of rows_ and windows_.
  Status Put(const Batch& batch, Output& out) {
    const auto count = static_cast<uint32_t>(rows_.size());
    Batch result = GatherBatch(batch, rows_.data(), count);
    std::array<MutableColumnPtr, kColumns> columns;
    for (size_t i = 0; i < kColumns; ++i) columns[i] = Column::Make(types_[i], count);
    const bool instants = types_[0].kind() == TypeKind::kTimestampLtz;
    const bool instant_time = types_[2].kind() == TypeKind::kTimestampLtz;
    for (uint32_t i = 0; i < count; ++i) {
      if (i > 0 && windows_[i] == windows_[i - 1]) {
        for (const MutableColumnPtr& column : columns) {
          column->mutable_data<int64_t>()[i] = column->data<int64_t>()[i - 1];
        }
        continue;
      }
      const window::Window shown =
          instants ? window::LocalWindowToUtc(zone_, windows_[i]) : windows_[i];
      const int64_t time =
          instant_time ? window::TimerOf(zone_, windows_[i].end) : windows_[i].end - 1;
      columns[0]->mutable_data<int64_t>()[i] = shown.start * 1000;
      columns[1]->mutable_data<int64_t>()[i] = shown.end * 1000;
      columns[2]->mutable_data<int64_t>()[i] = time * 1000;
    }
    for (MutableColumnPtr& column : columns) result.columns.push_back(std::move(column));
    result.key_hashes = nullptr;
    rows_.clear();
    windows_.clear();
    return out.Emit(std::move(result));
  }

  const graph::WindowAssignSpec& spec_;
  uint32_t batch_rows_ = kDefaultBatchRows;
  Clock* clock_ = nullptr;
  TimeZone zone_;
  std::array<Type, kColumns> types_;
  std::vector<int64_t> times_;
  std::vector<window::Window> of_row_;
  std::vector<uint32_t> rows_;
  std::vector<window::Window> windows_;
};

}  // namespace

Result<OperatorPtr> MakeWindowAssign(const graph::Node& node) {
  const auto& spec = std::get<graph::WindowAssignSpec>(node.spec);
  RETURN_IF_ERROR(window::CheckWindowSpec(spec.window).WithSpan(node.span));
  return OperatorPtr(std::make_unique<WindowAssign>(spec));
}

}  // namespace weir::operators
