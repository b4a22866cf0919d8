// Which columns of a file become which columns of a table.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/connectors/formats/parquet/arrow_files.h"
#include "runtime/connectors/formats/parquet/arrow_type.h"
#include "runtime/types/schema.h"

namespace weir::connectors::parquet {

// A column, a field of one, or the element, key or value of a collection.
struct ReadNode {
  Type type;
  std::string path;    // for messages: "a.b"
  int child = -1;      // its number in the struct above; -1: the file has none, and it is NULL
  ArrowType from;      // how the file has it
  bool int96 = false;  // kTimestamp
  std::vector<ReadNode> parts = {};
};

struct ReadPlan {
  std::vector<ReadNode> columns;
  std::vector<int> leaves;  // that have to be read, ascending
  bool nanos = false;       // nanoseconds of an INT96 are read
};

// Finds columns and fields by their names, which must be the same to the letter. `int96` says for
// each leaf of `file` whether it is an INT96. kDataError E3005 for a type that is not read as the
// one declared, and for a NOT NULL column that the file does not have.
Result<ReadPlan> PlanRead(const ArrowSchema& file, const std::vector<bool>& int96,
                          std::span<const Field> wanted);

}  // namespace weir::connectors::parquet
