// Rows of state tables against columns of batches: written, read back and compared a column at a
// time, through arrays of row pointers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/state_backend.h"
#include "runtime/types/batch.h"
#include "runtime/types/row_column.h"
#include "runtime/types/row_layout.h"

namespace weir::operators {

// Which values of a batch go into which rows: row rows[i] takes physical row ids[i]. Both borrowed;
// `count` of each.
struct RowMapping {
  std::byte* const* rows;
  const uint32_t* ids;
  uint32_t count;
};

// Stores `columns` of the batch into fields 0, 1, … of the rows; what they held is replaced.
// `owner`, the rows' table, keeps the bytes of strings: a new one frees the old, NULL does not.
// REQUIRES: types of equal physical layout; no row occurs twice.
void StoreColumns(const Batch& batch, std::span<const int> columns, const RowLayout& layout,
                  const RowMapping& mapping, StringOwner& owner);

using weir::LoadColumn;

// equal[i] = 0 where a field differs from its column, NULL being equal to NULL; else it stays as it
// is. Floating-point numbers are compared by their bits.
void CompareColumns(const Batch& batch, std::span<const int> columns, const RowLayout& layout,
                    const RowMapping& mapping, uint8_t* equal);

// How a table keeps the rows of an input that has `width` columns: `key_columns`, of `key_types`,
// in its key and `columns` in its first fields. A column may be in both. All borrowed.
struct StoredInput {
  size_t width;
  std::span<const int> key_columns;
  std::span<const Type> key_types;
  std::span<const int> columns;
};
// Turns the rows of a scan back into rows of the input, as inserts. Columns that the table does not
// keep are null pointers. kCorruption for keys that cannot be decoded.
Result<Batch> InputRows(const ScannedRows& rows, const RowLayout& layout, const StoredInput& input);

// Stands for "no row" where rows are gathered by their ids.
inline constexpr uint32_t kNoRow = UINT32_MAX;

// Rows ids[0..count) of `source`; NULL for kNoRow. The column's type is `type`, of the same
// physical layout as the source's.
ColumnPtr GatherOrNull(const Column& source, const uint32_t* ids, uint32_t count, const Type& type);

}  // namespace weir::operators
