// Port: whoever takes the result of a SELECT (the shell, a test).
#pragma once

#include "runtime/base/status.h"
#include "runtime/types/batch.h"

namespace weir {

// Called by the one task that collects the result; a call may block, which slows the query down. A
// failure (kCancelled when nobody wants more rows) ends the job. Outlives the job.
class ResultListener {
 public:
  virtual ~ResultListener() = default;
  // `batch` is not empty; it may be kept.
  virtual Status OnBatch(const Batch& batch) = 0;
  // No later row is older than this; lets the shell show why a window is not complete yet.
  virtual Status OnWatermark(Timestamp watermark) = 0;
};

}  // namespace weir
