// Text of TIMESTAMP_LTZ in files and logs of rows, marked as an instant.
#pragma once

#include "runtime/types/batch.h"

namespace weir::connectors {

// `batch` with every TIMESTAMP_LTZ, nested ones included, as text in UTC that ends with Z
// ("2024-01-01 00:00:00Z"), since FormatCell alone would not say which zone the time is in. Other
// columns are shared. Returns `batch` itself when it has no instants.
Batch WithMarkedInstants(Batch batch);

}  // namespace weir::connectors
