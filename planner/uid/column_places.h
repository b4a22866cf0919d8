// Where the values of a table's columns come from, and as what they are read.
#pragma once

#include <string>
#include <vector>

#include "planner/logical/plan.h"
#include "planner/uid/lineage.h"

namespace weir::uid {

// The words of which version of meanings: version 2 took columns that are named after directories
// for values of the record; versions before 5 did not know of headers that name columns.
enum class PlaceWords : uint8_t { kVersion2, kVersion4, kCurrent };

// Sorted lines "name TAB where", one per column of the table that `scan` reads: a metadata key, the
// name of a directory, a position in the record, or the name itself.
std::vector<std::string> ColumnPlaces(const logical::Node& scan, const Lineage& lineage,
                                      PlaceWords words = PlaceWords::kCurrent);

// Sorted lines "name TAB type", one per column, whether or not it may be NULL.
std::vector<std::string> ColumnTypes(const logical::Node& scan, const Lineage& lineage);

// Whether a table with these options leaves its bad records out. Then it depends on every column,
// also on one that nobody reads, which records are bad.
bool LeavesOutBadRecords(const graph::TableOptions& contents);

// Sorted "name type", with NOT NULL, of those columns that are no metadata.
std::vector<std::string> ColumnsOfRecords(const logical::Node& scan, const Lineage& lineage);

}  // namespace weir::uid
