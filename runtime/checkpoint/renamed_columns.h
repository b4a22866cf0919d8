// Columns of a table that were renamed, as WITH STATE MAPPING ('src:orders.qty' TO
// 'src:orders.quantity') says. The planner also writes the wanted meaning with the names of the
// savepoint (Node::renamed_fingerprint), so that both can be compared as if nothing had been
// renamed.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/checkpoint/fingerprint.h"

namespace weir::checkpoint {

// A column of a table that is read: "src:orders" and "qty". Both are "" for a text that is no such
// thing.
struct ColumnPlace {
  std::string source;
  std::string column;
};
ColumnPlace ColumnPlaceOf(std::string_view text);

// The mappings, from and to, that may be about columns.
std::vector<std::pair<ColumnPlace, ColumnPlace>> ColumnMappings(
    const std::vector<std::pair<std::string, std::string>>& mappings);

// The columns that the meaning of a source table lists; empty for version 1.
std::vector<std::string> TableColumns(const std::vector<MeaningPart>& meaning);

}  // namespace weir::checkpoint
