// Columns of a table that have other names now, as WITH STATE MAPPING ('src:orders.qty' TO
// 'src:orders.quantity') says. The planner writes what is wanted in the names of the savepoint
// (Node::renamed_fingerprint), so that both compare as if nothing had been renamed.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/checkpoint/fingerprint.h"

namespace weir::checkpoint {

// "src:orders" and "qty"; both "" where the text is no uid of a table with a column.
struct ColumnPlace {
  std::string source;
  std::string column;
};
ColumnPlace ColumnPlaceOf(std::string_view text);

// Of mappings, those that may be of columns: from, and to.
std::vector<std::pair<ColumnPlace, ColumnPlace>> ColumnMappings(
    const std::vector<std::pair<std::string, std::string>>& mappings);

// The columns that a meaning of a table that is read lists; empty for version 1.
std::vector<std::string> TableColumns(const std::vector<MeaningPart>& meaning);

}  // namespace weir::checkpoint
