// Which columns can be written as Parquet.
#pragma once

#include "runtime/base/status.h"
#include "runtime/types/schema.h"

namespace weir::connectors::parquet {

// kUnsupported E1002 for a column of a type that Parquet has not.
Status CheckWritable(const Schema& columns);

}  // namespace weir::connectors::parquet
