// SortLimit: ORDER BY, LIMIT and OFFSET over bounded input, and LIMIT 0 over any. Runs in one
// subtask.
//
// Accepts every kind of change, in any order; emits inserts at the end of the input, sorted,
// rows that compare equal in order of first arrival. Watermarks are held back until then. State:
// "rows", every distinct row with its count and when it came first; erased at count 0. Over a Top-N
// there are no more of them than ranks, save in savepoints of before it was there.
#include <algorithm>
#include <numeric>
#include <utility>

#include "runtime/operators/emit.h"
#include "runtime/operators/operator_list.h"

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
  // The table's rows in memory, to be sorted.
  struct Contents {
    Batch batch;  // one row per distinct row
    std::vector<int64_t> counts;
    std::vector<int64_t> firsts;
    // Canonical bytes of the sort keys of all rows, one run per row.
    std::string key_bytes;
    std::vector<size_t> key_ends;
  };

  Status FindSequence();
  Status DropRowsBehindLast();
  Status Find(const Batch& batch);
  Status Load(Contents& contents);
  void EncodeSortKeys(Contents& contents) const;
  std::vector<uint32_t> Sorted(Contents& contents) const;
  bool Less(const Contents& contents, uint32_t a, uint32_t b) const;
  Status EmitSorted(const Contents& contents, const std::vector<uint32_t>& order, Output& out);

  const graph::SortLimitSpec& spec_;
  uint32_t batch_rows_ = kDefaultBatchRows;
  std::vector<Type> types_;
  std::vector<int> columns_;
  ValueTable* table_ = nullptr;
  int64_t sequence_ = 0;

  std::vector<uint64_t> hashes_;
  std::vector<std::byte*> rows_;
  std::vector<uint8_t> created_;
  std::vector<std::byte*> dead_;
};

Status SortLimit::Open(OperatorContext& ctx) {
  batch_rows_ = ctx.batch_rows;
  types_ = ctx.inputs[0]->types();
  for (const Type& type : types_) {
    RETURN_IF_ERROR(CheckKeyType(type).WithContext("ORDER BY and LIMIT"));
  }
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
  Contents contents;
  RETURN_IF_ERROR(Load(contents));
  int64_t before = 0;
  std::vector<uint32_t> behind;
  for (const uint32_t row : Sorted(contents)) {
    if (before >= spec_.offset + spec_.limit) behind.push_back(row);
    before += contents.counts[row];
  }
  for (size_t begin = 0; begin < behind.size(); begin += batch_rows_) {
    const size_t count = std::min<size_t>(batch_rows_, behind.size() - begin);
    RETURN_IF_ERROR(
        Find(GatherBatch(contents.batch, behind.data() + begin, static_cast<uint32_t>(count))));
    table_->Erase(rows_);
  }
  return {};
}

// Rows from before a restore precede all that follow.
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
  Contents contents;
  RETURN_IF_ERROR(Load(contents));
  RETURN_IF_ERROR(EmitSorted(contents, Sorted(contents), out));
  return out.EmitWatermark(Timestamp::Max());
}

Status SortLimit::Load(Contents& contents) {
  const RowLayout& layout = table_->layout();
  std::string bytes;
  std::vector<size_t> ends;
  RETURN_IF_ERROR(table_->Scan([&](const ScannedRows& run) -> Status {
    for (size_t i = 0; i < run.rows.size(); ++i) {
      const int64_t count = layout.Load<int64_t>(run.rows[i], kCount);
      if (count <= 0) continue;
      bytes.append(run.keys[i]);
      ends.push_back(bytes.size());
      contents.counts.push_back(count);
      contents.firsts.push_back(layout.Load<int64_t>(run.rows[i], kFirst));
    }
    return {};
  }));
  std::vector<std::string_view> keys;
  keys.reserve(ends.size());
  size_t begin = 0;
  for (const size_t end : ends) {
    keys.push_back(std::string_view(bytes).substr(begin, end - begin));
    begin = end;
  }
  for (ColumnPtr& column : TRY(DecodeKeys(keys, types_))) {
    contents.batch.columns.push_back(std::move(column));
  }
  contents.batch.row_count = static_cast<uint32_t>(keys.size());
  return {};
}

void SortLimit::EncodeSortKeys(Contents& contents) const {
  std::string& bytes = contents.key_bytes;
  for (uint32_t row = 0; row < contents.batch.row_count; ++row) {
    for (const graph::SortKey& key : spec_.keys) {
      const Column& column = *contents.batch.columns[static_cast<size_t>(key.column)];
      const bool null = column.IsNull(row);
      bytes.push_back(null == key.nulls_first ? '\0' : '\1');
      if (null) continue;
      const size_t begin = bytes.size();
      AppendKeyValue(column, row, bytes);
      if (!key.descending) continue;
      // No encoded value is a prefix of another one, so inverting all bytes reverses the order.
      for (size_t i = begin; i < bytes.size(); ++i) bytes[i] = static_cast<char>(~bytes[i]);
    }
    contents.key_ends.push_back(bytes.size());
  }
}

std::vector<uint32_t> SortLimit::Sorted(Contents& contents) const {
  EncodeSortKeys(contents);
  std::vector<uint32_t> order(contents.counts.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(),
            [&](uint32_t a, uint32_t b) { return Less(contents, a, b); });
  return order;
}

bool SortLimit::Less(const Contents& contents, uint32_t a, uint32_t b) const {
  const auto key = [&](uint32_t row) {
    const size_t begin = row == 0 ? 0 : contents.key_ends[row - 1];
    return std::string_view(contents.key_bytes).substr(begin, contents.key_ends[row] - begin);
  };
  const int order = key(a).compare(key(b));
  return order != 0 ? order < 0 : contents.firsts[a] < contents.firsts[b];
}

Status SortLimit::EmitSorted(const Contents& contents, const std::vector<uint32_t>& order,
                             Output& out) {
  int64_t to_skip = spec_.offset;
  int64_t left = spec_.limit < 0 ? INT64_MAX : spec_.limit;
  std::vector<uint32_t> ids;
  for (const uint32_t row : order) {
    for (int64_t copy = 0; copy < contents.counts[row] && left > 0; ++copy) {
      if (to_skip > 0) {
        --to_skip;
        continue;
      }
      --left;
      ids.push_back(row);
      if (ids.size() < batch_rows_ && left > 0) continue;
      RETURN_IF_ERROR(
          out.Emit(GatherBatch(contents.batch, ids.data(), static_cast<uint32_t>(ids.size()))));
      ids.clear();
    }
    if (left == 0) return {};
  }
  if (ids.empty()) return {};
  return out.Emit(GatherBatch(contents.batch, ids.data(), static_cast<uint32_t>(ids.size())));
}

}  // namespace

Result<OperatorPtr> MakeSortLimit(const graph::Node& node) {
  return OperatorPtr(std::make_unique<SortLimit>(std::get<graph::SortLimitSpec>(node.spec)));
}

}  // namespace weir::operators
