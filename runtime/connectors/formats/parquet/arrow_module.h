// Finds the module that reads and writes files of Parquet.
#pragma once

#include "runtime/base/result.h"
#include "runtime/connectors/formats/parquet/arrow_files.h"

namespace weir::connectors::parquet {

// The module lies beside the program or, as installed, in ../lib/weir. It is loaded once, by the
// first table that needs it, as it is large: a weir without such tables has nothing of it in
// memory. kUnsupported E1002 where there is none, or one of another version.
Result<const ArrowFiles*> LoadArrowFiles();

}  // namespace weir::connectors::parquet
