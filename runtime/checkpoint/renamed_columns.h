// Columns of a table that have other names now, as WITH STATE MAPPING ('src:orders.qty' TO
// 'src:orders.quantity') says: what was saved is read under the new ones.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/checkpoint/fingerprint.h"
#include "runtime/checkpoint/union_names.h"

namespace weir::checkpoint {

// "src:orders" and "qty"; both "" where the text is no uid of a table with a column.
struct ColumnPlace {
  std::string source;
  std::string column;
};
ColumnPlace ColumnPlaceOf(std::string_view text);

// An expression, or the name of an accumulator, with columns renamed, all at once. Text in quotes,
// names of functions and fields of a ROW stay.
std::string WithColumnsRenamed(std::string_view text, const Renames& columns);

// A meaning with columns renamed in what tables are made of and in expressions; names of options,
// of tables and of the columns that an operator keeps stay.
std::vector<MeaningPart> WithColumnsRenamed(std::vector<MeaningPart> meaning,
                                            const Renames& columns);

// The columns that a meaning of a table that is read lists; empty for version 1.
std::vector<std::string> TableColumns(const std::vector<MeaningPart>& meaning);

}  // namespace weir::checkpoint
