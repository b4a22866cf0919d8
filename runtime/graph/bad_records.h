// What a scan says of records that it cannot decode (the table option 'errors.table').
#pragma once

#include <cstddef>
#include <string_view>

#include "runtime/graph/connector_descriptor.h"
#include "runtime/types/schema.h"

namespace weir::graph {

// A table that takes the bad records of the table that has this option. A scan leaves them out
// then, as with '<format>.ignore-parse-errors', and a job writes them there.
inline constexpr std::string_view kErrorsTable = "errors.table";

// The columns of a bad record:
//   raw     BYTES   the record as it is, without the line end behind it
//   place   STRING  where it is: "file '/in/a.csv', line 7, byte 120"
//   column  STRING  the column at fault; NULL: the record as a whole
//   message STRING  what is wrong; never NULL
Schema BadRecordColumns();
// Where `message` is among them.
inline constexpr size_t kBadRecordMessage = 3;

}  // namespace weir::graph
