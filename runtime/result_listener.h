// Port: whoever takes the result of a SELECT (the shell, a test).
#pragma once

#include "runtime/base/status.h"
#include "runtime/types/batch.h"

namespace weir {

// Called by the one task that collects the result; a call may block to slow the query down. A
// failure (kCancelled when nobody wants more) ends the job.
// Outlives the job.
class ResultListener {
 public:
  virtual ~ResultListener() = default;
  // `batch` is not empty; it may be kept.
  virtual Status OnBatch(const Batch& batch) = 0;
  // No later row is older; for showing why a window stays silent.
  virtual Status OnWatermark(Timestamp watermark) = 0;
};

}  // namespace weir
