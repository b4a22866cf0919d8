#include "runtime/operators/time/late_rows.h"

#include <algorithm>
#include <vector>

namespace weir::operators {

void DropLate(TimedRows& rows, const WindowProgress& progress, const uint64_t* hashes,
              OperatorMetrics* metrics) {
  std::vector<uint32_t> in_time;
  for (uint32_t row = 0; row < rows.size(); ++row) {
    const int64_t passed = std::max(progress.Of(hashes[row]), rows.rows.late_mark(row).millis);
    if (rows.times[row] > passed) in_time.push_back(row);
  }
  const auto late = static_cast<uint32_t>(rows.size() - in_time.size());
  if (late == 0) return;
  if (metrics != nullptr) metrics->late_rows += late;
  rows.sequences.resize(rows.size());
  rows = Pick(rows, in_time);
}

}  // namespace weir::operators
