#include "runtime/operators/flow/as_upserts.h"

#include <algorithm>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "runtime/types/key_encoding.h"

namespace weir::operators {
namespace {

bool HasOldRows(const Batch& batch) {
  bool has = false;
  ForEachRow(batch, [&](uint32_t row) { has |= batch.kind(row) == RowKind::kUpdateBefore; });
  return has;
}

// The rows that are no old ones, in order.
std::vector<uint32_t> OtherRows(const Batch& batch) {
  std::vector<uint32_t> rows;
  ForEachRow(batch, [&](uint32_t row) {
    if (batch.kind(row) != RowKind::kUpdateBefore) rows.push_back(row);
  });
  return rows;
}

// The same and, in order with them, the old rows whose keys no later row has.
std::vector<uint32_t> RowsThatDecide(const Batch& batch, const std::vector<int>& key) {
  std::vector<ColumnPtr> columns;
  for (const int column : key) columns.push_back(batch.columns[static_cast<size_t>(column)]);
  std::vector<uint32_t> rows;
  std::unordered_set<std::string> later;
  std::string bytes;
  for (uint32_t i = batch.size(); i-- > 0;) {
    const uint32_t row = batch.RowAt(i);
    bytes.clear();
    AppendKey(columns, row, bytes);
    const bool last = later.insert(bytes).second;
    if (last || batch.kind(row) != RowKind::kUpdateBefore) rows.push_back(row);
  }
  std::reverse(rows.begin(), rows.end());
  return rows;
}

}  // namespace

Batch AsUpserts(Batch batch, const graph::SinkSpec& sink) {
  if (!HasOldRows(batch)) return batch;
  const bool skips = sink.old_rows == graph::OldRows::kSkipped;
  const std::vector<uint32_t> rows =
      skips ? OtherRows(batch) : RowsThatDecide(batch, sink.primary_key);
  const auto count = static_cast<uint32_t>(rows.size());
  const BufferPtr ids = MakeBuffer<uint32_t>(count);
  std::copy(rows.begin(), rows.end(), ids->as<uint32_t>());
  const BufferPtr kinds = MakeBuffer<uint8_t>(batch.row_count);
  std::copy_n(batch.row_kinds->as<uint8_t>(), batch.row_count, kinds->as<uint8_t>());
  for (const uint32_t row : rows) {
    if (batch.kind(row) == RowKind::kUpdateBefore)
      kinds->as<uint8_t>()[row] = static_cast<uint8_t>(RowKind::kDelete);
  }
  batch.selection = Selection(ids, count);
  batch.row_kinds = kinds;
  return batch;
}

}  // namespace weir::operators
