#include "runtime/operators/rank/ranked_rows.h"

#include <algorithm>

#include "runtime/operators/emit.h"

namespace weir::operators {

Result<ColumnPtr> RankedRows::Load(int column, std::span<std::byte* const> rows,
                                   std::span<const uint32_t> key_rows) const {
  const auto field = std::find(layout_.kept.begin(), layout_.kept.end(), column);
  if (field != layout_.kept.end()) {
    return LoadColumn(*table_, static_cast<size_t>(field - layout_.kept.begin()), rows);
  }
  return GatherColumn(*batch_->columns[static_cast<size_t>(column)], key_rows.data(),
                      static_cast<uint32_t>(key_rows.size()));
}

Result<ColumnPtr> RankedRows::StoredColumn(int column) const {
  return Load(column, stored_, key_rows_);
}

Result<Batch> RankedRows::StoredBatch() const {
  Batch rows;
  rows.row_count = stored_count();
  for (size_t column = 0; column < layout_.types.size() && rows.row_count > 0; ++column) {
    const ColumnPtr values = TRY(StoredColumn(static_cast<int>(column)));
    rows.columns.push_back(values->WithType(layout_.types[column]));
  }
  return rows;
}

Result<Batch> RankedRows::Gather(std::span<const RankChange> changes, bool output_rank) const {
  const auto count = static_cast<uint32_t>(changes.size());
  // Stored rows first, then those of the batch; `ids` brings them into order.
  std::vector<std::byte*> rows;
  std::vector<uint32_t> key_rows;
  std::vector<uint32_t> batch_rows;
  std::vector<uint32_t> ids(count);
  for (const RankChange& change : changes) {
    if (!IsStored(change.id)) continue;
    rows.push_back(stored_[change.id]);
    key_rows.push_back(key_rows_[change.id]);
  }
  uint32_t next_stored = 0;
  for (uint32_t i = 0; i < count; ++i) {
    if (IsStored(changes[i].id)) {
      ids[i] = next_stored++;
      continue;
    }
    ids[i] = static_cast<uint32_t>(rows.size() + batch_rows.size());
    batch_rows.push_back(BatchRow(changes[i].id));
  }
  Batch fresh;
  fresh.row_count = static_cast<uint32_t>(batch_rows.size());
  Batch old;
  old.row_count = static_cast<uint32_t>(rows.size());
  for (size_t column = 0; column < layout_.types.size(); ++column) {
    if (!batch_rows.empty()) {
      fresh.columns.push_back(
          GatherColumn(*batch_->columns[column], batch_rows.data(), fresh.row_count));
    }
    if (rows.empty()) continue;
    const ColumnPtr stored = TRY(Load(static_cast<int>(column), rows, key_rows));
    old.columns.push_back(stored->WithType(layout_.types[column]));
  }
  Batch result;
  if (rows.empty()) {
    result = std::move(fresh);
  } else if (batch_rows.empty()) {
    result = std::move(old);
  } else {
    result = GatherBatch(Concatenate(old, fresh), ids.data(), count);
  }
  if (output_rank) {
    const MutableColumnPtr ranks = Column::Make(Type::BigInt().WithNullable(false), count);
    for (uint32_t i = 0; i < count; ++i) ranks->mutable_data<int64_t>()[i] = changes[i].rank;
    result.columns.push_back(ranks);
  }
  const bool inserts = std::all_of(changes.begin(), changes.end(), [](const RankChange& change) {
    return change.kind == RowKind::kInsert;
  });
  if (inserts) return result;
  result.row_kinds = KindsOf(changes, &RankChange::kind);
  return result;
}

}  // namespace weir::operators
