// Texts in files of changes: what is written bare is read back as it was.
#pragma once

#include "runtime/types/batch.h"

namespace weir::connectors {

// `batch` with every CHAR and VARCHAR, nested ones included, in the form that ParseCell reads back:
// bare where that is unambiguous, else 'quoted', with line ends as U&'quoted\000a'. Other columns
// are shared; `batch` itself when it has no texts.
Batch WithQuotedTexts(Batch batch);

}  // namespace weir::connectors
