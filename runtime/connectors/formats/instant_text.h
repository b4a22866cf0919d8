// TIMESTAMP_LTZ in files and logs of rows: instants are marked as such.
#pragma once

#include "runtime/types/batch.h"

namespace weir::connectors {

// `batch` with every TIMESTAMP_LTZ, nested ones included, as its text in UTC with a Z behind it
// ("2024-01-01 00:00:00Z"): FormatCell alone would leave open which zone the time is of. Other
// columns are shared; `batch` itself when it has no instants.
Batch WithMarkedInstants(Batch batch);

}  // namespace weir::connectors
