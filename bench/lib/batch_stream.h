// Input that a benchmark makes once and replays.
#pragma once

#include <cstddef>

#include "runtime/types/batch.h"

namespace weir::bench {

// Batches of kDefaultBatchRows dense rows or fewer, numbered. Read-only once made: any thread.
class BatchStream {
 public:
  virtual ~BatchStream() = default;
  virtual size_t batch_count() const = 0;
  // The i-th batch: all columns of the table.
  virtual Batch At(size_t i) const = 0;
};

}  // namespace weir::bench
