// The rows of one partition in their order, as what computes frames and calls sees them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/base/result.h"
#include "runtime/types/batch.h"

namespace weir::operators {

// Places count the rows from the first one that is there. Belongs to one task's thread.
class PartitionRows {
 public:
  virtual ~PartitionRows() = default;
  virtual size_t size() const = 0;
  // Where the rows that have the sort keys of the row at `place` begin and end.
  virtual uint32_t PeersBegin(size_t place) const = 0;
  virtual uint32_t PeersEnd(size_t place) const = 0;
  // Column `column` of the input for the places [begin, end). `batch` has a row of the partition,
  // of which what is in the key is taken.
  virtual Result<ColumnPtr> Values(const Batch& batch, int column, size_t begin,
                                   size_t end) const = 0;
};

}  // namespace weir::operators
