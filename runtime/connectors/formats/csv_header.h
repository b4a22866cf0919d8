// The names of columns that the first line of a CSV file gives.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "runtime/connectors/formats/field_parser.h"

namespace weir::connectors {

// One for each field, without blanks around it. An empty one is "column<i>", i from 0, as where
// there is no header; of equal ones the first keeps its name, and the others are "<name>_1",
// "<name>_2", … as in DuckDB.
std::vector<std::string> NamesInHeader(std::span<const FieldSlice> fields);

}  // namespace weir::connectors
