// Makes arrays in Arrow's C data interface of columns.
#pragma once

#include "runtime/base/result.h"
#include "runtime/connectors/formats/parquet/arrow_files.h"
#include "runtime/types/batch.h"
#include "runtime/types/schema.h"
#include "runtime/types/time_zone.h"

namespace weir::connectors::parquet {

// How times are written.
struct WrittenTimes {
  bool int96 = true;  // instants, to nanoseconds; else 64 bits with `digits`
  int digits = 6;     // behind the second: 3, 6 or 9
  TimeZone zone;      // of the local times that become instants
};

// kUnsupported E1002 for a column of a type that Parquet has not.
Status CheckWritable(const Schema& columns);
// The columns as the children of a struct. The caller releases it.
void MakeArrowSchema(const Schema& columns, const WrittenTimes& times, ArrowSchema* out);
// The selected rows of a batch of such columns. kDataError E3001 for a value that the file cannot
// have: NULL as the key of a map, and a time that nanoseconds of 64 bits do not reach.
Status MakeArrowBatch(const Schema& columns, const WrittenTimes& times, const Batch& batch,
                      ArrowArray* out);

}  // namespace weir::connectors::parquet
