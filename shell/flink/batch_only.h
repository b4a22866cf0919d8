// What Flink SQL has in batch mode only.
#pragma once

#include <optional>
#include <string>

#include "planner/ast/statement.h"
#include "planner/catalog/catalog.h"

namespace weir::shell::flink {

struct BatchOnly {
  std::string what;   // "NTILE", "OVER in a descending order"
  SourceSpan span;    // where it was written
  bool fits = false;  // whether batch mode takes what the query reads: inserts only, and it ends
};

// The first such thing in a query, as Flink 2.3 says when it is asked: the sort of a whole result
// by something else than time, and OVER but for one window a SELECT, in the ascending order of one
// column, that ends at the current row and, unless it is a time, begins with the partition. Nothing
// for a query that cannot be bound by itself.
std::optional<BatchOnly> FindBatchOnly(const ast::Query& query, const catalog::Catalog& catalog);

}  // namespace weir::shell::flink
