#include "runtime/operators/rank/stored_result.h"

#include <algorithm>
#include <utility>

#include "runtime/operators/emit.h"
#include "runtime/operators/stored_rows.h"
#include "runtime/types/key_encoding.h"

namespace weir::operators {
namespace {

// The rows of a run as a batch of copies, since emitting the batch may write to other tables, which
// may push these rows to disk.
Result<Batch> RowsOf(const ScannedRows& run, const RankedLayout& layout, const RowLayout& table,
                     std::span<const Type> key_types) {
  const std::vector<ColumnPtr> keys = TRY(DecodeKeys(run.keys, key_types));
  Batch batch;
  batch.row_count = static_cast<uint32_t>(run.rows.size());
  for (size_t column = 0; column < layout.types.size(); ++column) {
    const auto index = static_cast<int>(column);
    const auto field = std::find(layout.kept.begin(), layout.kept.end(), index);
    const auto key = std::find(layout.keys.begin(), layout.keys.end(), index);
    const ColumnPtr values =
        field != layout.kept.end()
            ? TRY(LoadColumn(table, static_cast<size_t>(field - layout.kept.begin()), run.rows))
            : keys[static_cast<size_t>(key - layout.keys.begin())];
    batch.columns.push_back(values->WithType(layout.types[column]));
  }
  return batch;
}

}  // namespace

Status EmitStoredRows(ValueTable& table, const RankedLayout& layout, uint32_t batch_rows,
                      Output& out) {
  std::vector<Type> key_types;
  for (const int key : layout.keys) key_types.push_back(layout.types[static_cast<size_t>(key)]);
  return table.Scan([&](const ScannedRows& run) -> Status {
    return EmitInPieces(TRY(RowsOf(run, layout, table.layout(), key_types)), batch_rows, out);
  });
}

}  // namespace weir::operators
