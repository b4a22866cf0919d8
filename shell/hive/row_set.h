// Encodes rows as HiveServer2 sends them: a TRowSet, which has a list of values for each column.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "runtime/types/batch.h"
#include "runtime/types/time_zone.h"
#include "runtime/types/type.h"

namespace weir::shell {

// Rows [begin, end) among the selected rows of a batch.
struct RowRange {
  const Batch* batch = nullptr;
  uint32_t begin = 0;
  uint32_t end = 0;
};

struct RowSetForm {
  std::span<const Type> types;  // of the columns of every batch
  const TimeZone& zone;         // for TIMESTAMP_LTZ
  bool with_op = false;         // a column of +I, -U, +U and -D before the others
  int64_t start_offset = 0;     // the number of the first row
};

// Appends the struct TRowSet in Thrift's binary protocol. A NULL is sent as 0 or "", with its bit
// set. Integers and DOUBLE are sent as numbers, FLOAT as a DOUBLE, which TRowSet has alone, BYTES
// as they are, and everything else as text (Value::ToString).
void AppendRowSet(std::span<const RowRange> ranges, const RowSetForm& form, std::string& out);

}  // namespace weir::shell
