// Where the values of a table's columns come from.
#pragma once

#include <string>
#include <vector>

#include "planner/logical/plan.h"
#include "planner/uid/lineage.h"

namespace weir::uid {

// Whether columns that are named after directories are told apart from values of the record, which
// versions of meanings before 3 did not do.
enum class Directories : uint8_t { kApart, kAsValues };

// Sorted lines "name TAB where", one per column of the table that `scan` reads: a metadata key, the
// name of a directory, a position in the record, or the name itself.
std::vector<std::string> ColumnPlaces(const logical::Node& scan, const Lineage& lineage,
                                      Directories directories = Directories::kApart);

}  // namespace weir::uid
