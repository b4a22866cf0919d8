// Columns of batches from rows of state tables.
#pragma once

#include <cstddef>
#include <span>

#include "runtime/base/result.h"
#include "runtime/types/column.h"
#include "runtime/types/row_layout.h"

namespace weir {

// The values of field `field` of the rows, copied: the column lives on when the rows change. A
// stored NULL is NULL whatever the field's type says. kCorruption where nested bytes are malformed.
Result<ColumnPtr> LoadColumn(const RowLayout& layout, size_t field,
                             std::span<std::byte* const> rows);

}  // namespace weir
