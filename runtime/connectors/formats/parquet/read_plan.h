// Which columns of a file become which columns of a table.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "runtime/abi/weir/arrow.h"
#include "runtime/arrow/column_reader.h"
#include "runtime/base/result.h"
#include "runtime/types/schema.h"

namespace weir::connectors::parquet {

struct ReadPlan {
  std::vector<arrow::ReadNode> columns;
  std::vector<int> leaves;  // that have to be read, ascending
  bool nanos = false;       // nanoseconds of an INT96 are read
};

// Finds columns and fields by their names, which must be the same to the letter. `int96` says for
// each leaf of `file` whether it is an INT96. kDataError E3005 for a type that is not read as the
// one declared, and for a NOT NULL column that the file does not have.
Result<ReadPlan> PlanRead(const ArrowSchema& file, const std::vector<bool>& int96,
                          std::span<const Field> wanted);

}  // namespace weir::connectors::parquet
