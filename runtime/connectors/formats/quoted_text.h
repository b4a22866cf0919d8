// Quotes texts in files of changes, so that they are read back as they were.
#pragma once

#include "runtime/types/batch.h"

namespace weir::connectors {

// `batch` with every CHAR and VARCHAR, nested ones included, in the form that ParseCell reads back:
// bare where that is unambiguous, otherwise 'quoted', with line ends as U&'quoted\000a'. Other
// columns are shared. Returns `batch` itself when it has no texts.
Batch WithQuotedTexts(Batch batch);

}  // namespace weir::connectors
