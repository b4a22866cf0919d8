// SortLimit: ORDER BY, LIMIT and OFFSET over bounded input, and LIMIT 0 over any. Runs in one
// subtask.
//
// Accepts every kind of change, in any order; emits inserts at the end of the input, sorted,
// rows that compare equal in order of first arrival. Watermarks are held back until then. State:
// "rows", every distinct row with its count and when it came first; erased at count 0. Over a Top-N
// there are no more of them than ranks, save in savepoints of before it was there.
// Rows are sorted in memory, or on disk if they do not fit (row_sort.h). A failure or a crash
// meanwhile loses nothing: the state stays as it is until all is emitted, and after.
#include <algorithm>
#include <numeric>
#include <span>
#include <utility>

#include "runtime/operators/emit.h"
#include "runtime/operators/operator_list.h"
#include "runtime/operators/rank/row_sort.h"

namespace weir::operators {
namespace {

constexpr size_t kCount = 0;
constexpr size_t kFirst = 1;

class SortLimit final : public Operator {
 public:
  explicit SortLimit(const graph::SortLimitSpec& spec) : spec_(spec) {}

  Status Open(OperatorContext& ctx) override;
  Status OnBatch(int port, Batch batch, Output& out) override;
  Status OnWatermark(Timestamp, Output&) override { return {}; }
  Status OnEndOfInput(Output& out) override;

 private:
  Status FindSequence();
  Status DropRowsBehindLast();
  Status Find(const Batch& batch);
  // Visits the table's rows in order, with their counts, some at a time; `visit` may change the
  // table.
  Status VisitSorted(const RowSort::Visitor& visit);
  // Emits each row as often as its count says, without the copies that OFFSET skips and those
  // behind the limit. False: the limit is reached.
  Result<bool> EmitRows(Batch rows, std::span<const int64_t> counts, Output& out);

  const graph::SortLimitSpec& spec_;
  uint32_t batch_rows_ = kDefaultBatchRows;
  std::vector<Type> types_;
  std::vector<int> columns_;
  std::function<std::unique_ptr<RecordSorter>()> make_sorter_;
  ValueTable* table_ = nullptr;
  int64_t sequence_ = 0;
  // At the end: copies of rows that are still to be skipped, and then to be emitted.
  int64_t to_skip_ = 0;
  int64_t left_ = 0;

  std::vector<uint64_t> hashes_;
  std::vector<std::byte*> rows_;
  std::vector<uint8_t> created_;
  std::vector<std::byte*> dead_;
};

Status SortLimit::Open(OperatorContext& ctx) {
  batch_rows_ = ctx.batch_rows;
  make_sorter_ = ctx.make_sorter;
  types_ = ctx.inputs[0]->types();
  columns_.resize(types_.size());
  std::iota(columns_.begin(), columns_.end(), 0);
  const OperatorStateSchema schema = graph::StateOf(ctx.node->spec, *ctx.inputs[0]);
  table_ = TRY(ctx.state->OpenValue(ctx.node->uid, schema.tables[0]));
  if (spec_.limit == 0 && ctx.enough) ctx.enough();
  if (table_->row_count() == 0) return {};
  RETURN_IF_ERROR(FindSequence());
  const auto last = static_cast<uint64_t>(spec_.offset + spec_.limit);
  return spec_.below_is_top && table_->row_count() > last ? DropRowsBehindLast() : Status();
}

Status SortLimit::DropRowsBehindLast() {
  int64_t before = 0;
  return VisitSorted([&](const Batch& rows, std::span<const int64_t> counts) -> Result<bool> {
    std::vector<uint32_t> behind;
    for (uint32_t row = 0; row < rows.row_count; ++row) {
      if (before >= spec_.offset + spec_.limit) behind.push_back(row);
      before += counts[row];
    }
    if (behind.empty()) return true;
    RETURN_IF_ERROR(Find(GatherBatch(rows, behind.data(), static_cast<uint32_t>(behind.size()))));
    table_->Erase(rows_);
    return true;
  });
}

// Continues numbering behind the rows that were restored.
Status SortLimit::FindSequence() {
  return table_->Scan([&](const ScannedRows& run) -> Status {
    for (std::byte* row : run.rows) {
      sequence_ = std::max(sequence_, table_->layout().Load<int64_t>(row, kFirst) + 1);
    }
    return {};
  });
}

// Finds the stored rows for those of the batch, in its order, and creates new ones.
Status SortLimit::Find(const Batch& batch) {
  hashes_.resize(batch.row_count);
  HashKeys(batch, columns_, hashes_.data());
  rows_.resize(batch.size());
  created_.assign(batch.size(), 0);
  return table_->FindOrCreate({&batch, columns_, hashes_.data()}, rows_.data(), created_.data());
}

Status SortLimit::OnBatch(int, Batch batch, Output&) {
  if (spec_.limit == 0) return {};
  RETURN_IF_ERROR(Find(batch));
  const RowLayout& layout = table_->layout();
  for (uint32_t i = 0; i < batch.size(); ++i) {
    if (created_[i] != 0) layout.Store<int64_t>(rows_[i], kFirst, sequence_++);
    const int64_t sign = IsAddition(batch.kind(batch.RowAt(i))) ? 1 : -1;
    layout.Store<int64_t>(rows_[i], kCount, layout.Load<int64_t>(rows_[i], kCount) + sign);
  }
  if (batch.row_kinds == nullptr) return {};
  dead_.clear();
  for (std::byte* row : rows_) {
    if (layout.Load<int64_t>(row, kCount) == 0) dead_.push_back(row);
  }
  if (!dead_.empty()) table_->Erase(dead_);
  return {};
}

Status SortLimit::OnEndOfInput(Output& out) {
  to_skip_ = spec_.offset;
  left_ = spec_.limit < 0 ? INT64_MAX : spec_.limit;
  RETURN_IF_ERROR(VisitSorted([&](Batch rows, std::span<const int64_t> counts) {
    return EmitRows(std::move(rows), counts, out);
  }));
  return out.EmitWatermark(Timestamp::Max());
}

Status SortLimit::VisitSorted(const RowSort::Visitor& visit) {
  const RowLayout& layout = table_->layout();
  RowSort sort(spec_.keys, types_, make_sorter_ ? make_sorter_() : nullptr);
  RETURN_IF_ERROR(table_->Scan([&](const ScannedRows& run) -> Status {
    for (size_t i = 0; i < run.rows.size(); ++i) {
      const int64_t count = layout.Load<int64_t>(run.rows[i], kCount);
      if (count <= 0) continue;
      RETURN_IF_ERROR(sort.Add(run.keys[i], count, layout.Load<int64_t>(run.rows[i], kFirst)));
    }
    return {};
  }));
  return sort.Visit(batch_rows_, visit);
}

Result<bool> SortLimit::EmitRows(Batch rows, std::span<const int64_t> counts, Output& out) {
  const bool once = std::ranges::all_of(counts, [](int64_t count) { return count == 1; });
  if (once && to_skip_ == 0 && left_ >= rows.row_count) {
    left_ -= rows.row_count;
    RETURN_IF_ERROR(out.Emit(std::move(rows)));
    return left_ > 0;
  }
  std::vector<uint32_t> ids;
  const auto emit = [&]() -> Status {
    if (ids.empty()) return {};
    Batch copies = GatherBatch(rows, ids.data(), static_cast<uint32_t>(ids.size()));
    ids.clear();
    return out.Emit(std::move(copies));
  };
  for (uint32_t row = 0; row < rows.row_count; ++row) {
    const int64_t skipped = std::min(to_skip_, counts[row]);
    to_skip_ -= skipped;
    const int64_t copies = std::min(left_, counts[row] - skipped);
    left_ -= copies;
    for (int64_t copy = 0; copy < copies; ++copy) {
      ids.push_back(row);
      if (ids.size() == batch_rows_) RETURN_IF_ERROR(emit());
    }
  }
  RETURN_IF_ERROR(emit());
  return left_ > 0;
}

}  // namespace

Result<OperatorPtr> MakeSortLimit(const graph::Node& node) {
  return OperatorPtr(std::make_unique<SortLimit>(std::get<graph::SortLimitSpec>(node.spec)));
}

}  // namespace weir::operators
