#include "shell/hive/hive_operation.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/clock.h"
#include "runtime/types/column_builder.h"
#include "shell/hive/row_set.h"

namespace weir::shell {
namespace {

// How often a wait checks whether the client has left.
constexpr std::chrono::milliseconds kPollInterval{200};
// AddRows waits while this much has not been fetched, and one Fetch returns no more than the last.
constexpr uint64_t kMostWaitingRows = 1 << 16;
constexpr uint64_t kMostWaitingBytes = 16 << 20;
constexpr uint64_t kMostFetchedBytes = 8 << 20;

size_t BytesOf(const Batch& batch) {
  size_t bytes = 0;
  for (const ColumnPtr& column : batch.columns) bytes += column->MemoryBytes();
  return bytes;
}

// How many rows of the batch fit into `bytes`, by their average size; at least one.
uint32_t RowsWithin(const Batch& batch, uint64_t bytes) {
  const uint64_t row_bytes = std::max<uint64_t>(1, BytesOf(batch) / std::max(1U, batch.row_count));
  const uint64_t rows = std::max<uint64_t>(1, batch.size());
  return static_cast<uint32_t>(std::clamp<uint64_t>(bytes / row_bytes, 1, rows));
}

// A cell whose type is not its column's becomes text in a column of text, and NULL in any other.
void AppendCell(const Value& cell, ColumnBuilder& builder) {
  if (cell.is_null() || cell.type().physical() == builder.type().physical())
    return builder.AppendValue(cell);
  if (builder.type().physical() != PhysicalType::kString) return builder.AppendNull();
  builder.AppendString(cell.ToString());
}

Batch BatchOf(const ResultTable& table, const std::vector<Type>& types) {
  Batch batch;
  batch.row_count = static_cast<uint32_t>(table.rows.size());
  for (size_t column = 0; column < types.size(); ++column) {
    ColumnBuilder builder(types[column], batch.row_count);
    for (const std::vector<Value>& row : table.rows) {
      const Value& cell = row[column];
      AppendCell(cell, builder);
    }
    batch.columns.push_back(builder.Finish());
  }
  return batch;
}

}  // namespace

void HiveOperation::Begin(std::vector<ResultColumn> columns, TimeZone zone, bool with_op) {
  const MutexLock lock(mutex_);
  types_.clear();
  for (const ResultColumn& column : columns) types_.push_back(column.type);
  if (with_op) columns.insert(columns.begin(), {"op", Type::String()});
  columns_ = std::move(columns);
  zone_ = std::move(zone);
  with_op_ = with_op;
  changed_.notify_all();
}

Status HiveOperation::AddRows(const Batch& batch) {
  MutexLock lock(mutex_);
  changed_.wait(lock, [this]() WEIR_REQUIRES(mutex_) {
    return cancelled_ || (waiting_rows_ < kMostWaitingRows && waiting_bytes_ < kMostWaitingBytes);
  });
  if (cancelled_) return Cancelled();
  waiting_rows_ += batch.size();
  waiting_bytes_ += BytesOf(batch);
  batches_.push_back(batch);
  changed_.notify_all();
  return {};
}

void HiveOperation::SetTable(const ResultTable& table) {
  Begin(table.columns, TimeZone::Utc(), false);
  const MutexLock lock(mutex_);
  keeps_rows_ = true;
  if (!table.rows.empty()) batches_.push_back(BatchOf(table, types_));
  changed_.notify_all();
}

void HiveOperation::End(const Status& status) {
  const MutexLock lock(mutex_);
  ended_ = true;
  status_ = status;
  cancel_statement_ = nullptr;
  changed_.notify_all();
}

Status HiveOperation::Cancelled() const {
  const std::string why =
      timed_out_ ? fmt::format(": it has taken longer than {} s", limit_->count()) : "";
  return Status::Cancelled("the statement was cancelled" + why).WithId("E8001");
}

void HiveOperation::Limit(std::chrono::seconds longest) {
  const MutexLock lock(mutex_);
  limit_ = longest;
  late_nanos_ = Clock::System().MonotonicNanos() + std::chrono::nanoseconds(longest).count();
}

bool HiveOperation::IsLate() const {
  const bool waited_for = !ended_ && !cancelled_ && !columns_;
  return limit_ && waited_for && Clock::System().MonotonicNanos() >= late_nanos_;
}

HiveProgress HiveOperation::Progress() const {
  HiveProgress progress;
  progress.ended = ended_;
  progress.has_rows = columns_.has_value();
  if (cancelled_) {
    progress.state = timed_out_ ? HiveState::kTimedOut : HiveState::kCancelled;
    progress.failure = Cancelled();
  } else if (ended_ && !status_.ok()) {
    progress.state = HiveState::kFailed;
    progress.failure = status_;
  } else if (ended_ || columns_) {
    progress.state = HiveState::kFinished;
  }
  return progress;
}

HiveProgress HiveOperation::Await(std::chrono::milliseconds longest, const Left& left) {
  MutexLock lock(mutex_);
  for (auto waited = std::chrono::milliseconds(0); waited < longest; waited += kPollInterval) {
    const bool done = changed_.wait_for(
        lock, std::min(kPollInterval, longest - waited),
        [this]() WEIR_REQUIRES(mutex_) { return ended_ || cancelled_ || columns_.has_value(); });
    if (done || left()) break;
    if (IsLate()) {
      timed_out_ = true;
      CancelNow();
    }
  }
  return Progress();
}

Status HiveOperation::Rewind() {
  if (taken_ > 0 && !keeps_rows_) {
    return Status::InvalidArgument(
        "rows that were fetched are gone: only the next ones can be had");
  }
  next_batch_ = 0;
  next_row_ = 0;
  taken_ = 0;
  return {};
}

void HiveOperation::Take(uint64_t most_rows, HiveRows& rows) {
  std::vector<RowRange> ranges;
  uint64_t bytes = 0;
  while (rows.count < most_rows && bytes < kMostFetchedBytes && next_batch_ < batches_.size()) {
    const Batch& batch = batches_[next_batch_];
    const uint64_t room =
        std::min<uint64_t>(most_rows - rows.count, RowsWithin(batch, kMostFetchedBytes - bytes));
    const auto end = static_cast<uint32_t>(std::min<uint64_t>(batch.size(), next_row_ + room));
    ranges.push_back({&batch, next_row_, end});
    rows.count += end - next_row_;
    bytes += BytesOf(batch) / std::max(1U, batch.size()) * (end - next_row_);
    next_row_ = end == batch.size() ? 0 : end;
    if (next_row_ == 0) ++next_batch_;
  }
  AppendRowSet(ranges,
               {.types = types_,
                .zone = zone_,
                .with_op = with_op_,
                .start_offset = static_cast<int64_t>(taken_)},
               rows.row_set);
  taken_ += rows.count;
  if (keeps_rows_) return;
  for (; next_batch_ > 0; --next_batch_) {
    waiting_rows_ -= batches_.front().size();
    waiting_bytes_ -= BytesOf(batches_.front());
    batches_.pop_front();
  }
  changed_.notify_all();
}

Result<HiveRows> HiveOperation::Fetch(uint64_t most_rows, bool first, const Left& left) {
  MutexLock lock(mutex_);
  if (first) RETURN_IF_ERROR(Rewind());
  const auto ready = [this]() WEIR_REQUIRES(mutex_) {
    return cancelled_ || ended_ || next_batch_ < batches_.size();
  };
  while (!changed_.wait_for(lock, kPollInterval, ready)) {
    if (left()) return Cancelled();
  }
  if (cancelled_) return Cancelled();
  // Rows that came before a failure are delivered first.
  if (next_batch_ >= batches_.size() && !status_.ok()) return status_;
  if (!columns_) return Status::InvalidArgument("the statement has no rows");
  HiveRows rows;
  Take(std::max<uint64_t>(1, most_rows), rows);
  return rows;
}

Result<std::vector<ResultColumn>> HiveOperation::Columns() const {
  const MutexLock lock(mutex_);
  if (!columns_) return Status::InvalidArgument("the statement has no rows");
  return *columns_;
}

void HiveOperation::Cancel() {
  const MutexLock lock(mutex_);
  // There is nothing left to cancel: the operation stays as it ended.
  if (ended_ && !keeps_rows_ && next_batch_ >= batches_.size()) return;
  CancelNow();
}

void HiveOperation::CancelNow() {
  cancelled_ = true;
  if (cancel_statement_) cancel_statement_();
  batches_.clear();
  next_batch_ = 0;
  changed_.notify_all();
}

void HiveView::Begin(const ResultTable& header, bool bounded) {
  const bool folds = updates_ && !options_.changelog;
  if (!folds) return operation_.Begin(header.columns, options_.zone, options_.changelog);
  if (!bounded) {
    refusal_ =
        Status::InvalidSql("rows of this SELECT change after they were given, and it has no end")
            .WithId("E2011")
            .WithHint(
                "SET 'sql-client.execution.result-mode' = 'changelog' gives the "
                "changes, with a column 'op' before the others");
    return;
  }
  table_.emplace(options_.most_rows, options_.zone);
  table_->Begin(header, bounded);
}

Status HiveView::OnBatch(const Batch& batch) {
  RETURN_IF_ERROR(refusal_);
  RETURN_IF_ERROR(table_ ? table_->OnBatch(batch) : operation_.AddRows(batch));
  const MutexLock lock(mutex_);
  changes_ += batch.size();
  return {};
}

std::optional<ResultTable> HiveView::End() {
  return table_ ? table_->End() : std::nullopt;
}

uint64_t HiveView::row_count() const {
  const MutexLock lock(mutex_);
  return changes_;
}

}  // namespace weir::shell
