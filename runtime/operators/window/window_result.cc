#include "runtime/operators/window/window_result.h"

#include "runtime/types/key_encoding.h"
#include "runtime/window/window_arithmetic.h"

namespace weir::operators {

WindowResult::WindowResult(const graph::WindowAggregateSpec& spec, const Schema& input,
                           const Schema& output, const TimeZone& zone)
    : window_(spec.window), zone_(zone) {
  for (const int key : spec.keys) key_types_.push_back(input.fields[static_cast<size_t>(key)].type);
  size_t column = spec.keys.size() + spec.calls.size();
  const auto add = [&](bool wanted, WindowColumn which) {
    if (!wanted) return;
    WEIR_CHECK_LT(column, output.size());
    window_columns_.emplace_back(which, output.fields[column++].type);
  };
  add(spec.emit_start, WindowColumn::kStart);
  add(spec.emit_end, WindowColumn::kEnd);
  add(spec.emit_time, WindowColumn::kTime);
}

Result<Batch> WindowResult::Make(const AggregateSet& set, int64_t window_end,
                                 std::span<const std::string_view> keys,
                                 std::span<std::byte* const> rows) const {
  Batch batch;
  batch.row_count = static_cast<uint32_t>(rows.size());
  if (!key_types_.empty()) {
    for (ColumnPtr& column : TRY(DecodeKeys(keys, key_types_))) {
      batch.columns.push_back(std::move(column));
    }
  }
  RETURN_IF_ERROR(set.AppendResults(rows, batch.columns));
  for (const auto& [which, type] : window_columns_) {
    if (which == WindowColumn::kStart && window_.kind == window::WindowKind::kSession) {
      // Sessions with the same end can have different starts, which are the last of the keys.
      batch.columns.push_back(batch.columns[key_types_.size() - 1]->WithType(type));
      continue;
    }
    batch.columns.push_back(ConstantTime(type, MicrosOf(which, type, window_end), batch.row_count));
  }
  return batch;
}

int64_t WindowResult::MicrosOf(WindowColumn which, const Type& type, int64_t window_end) const {
  const bool session = window_.kind == window::WindowKind::kSession;
  const window::Window local{session ? window_end : window::WindowStart(window_, window_end),
                             window_end};
  const bool instant = type.kind() == TypeKind::kTimestampLtz;
  const window::Window shown = instant ? window::LocalWindowToUtc(zone_, local) : local;
  switch (which) {
    case WindowColumn::kStart:
      return shown.start * 1000;
    case WindowColumn::kEnd:
      return shown.end * 1000;
    // The time at which the watermark fires the window, so that output is not behind the watermark
    // that is forwarded.
    case WindowColumn::kTime:
      return (instant ? window::TimerOf(zone_, window_end) : window_end - 1) * 1000;
  }
  WEIR_UNREACHABLE();
}

ColumnPtr ConstantTime(const Type& type, int64_t micros, uint32_t rows) {
  MutableColumnPtr column = Column::Make(type, rows, true);
  column->mutable_data<int64_t>()[0] = micros;
  return column;
}

}  // namespace weir::operators
