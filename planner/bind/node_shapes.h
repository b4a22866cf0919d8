// Small changes to the columns of a bound node: names, types, subsets.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "planner/logical/rewrite.h"
#include "runtime/base/result.h"

namespace weir::bind {

// A column reference for each column.
std::vector<expr::ExprPtr> References(const std::vector<logical::Column>& columns);

// The same rows under other column names; `node` itself if the names are the same. REQUIRES: as
// many names as columns.
logical::NodePtr Renamed(const logical::NodePtr& node, const std::vector<std::string>& names);

// The first `count` columns; the node itself if it has no more. REQUIRES: it has at least this
// many.
logical::NodePtr FirstColumns(const logical::NodePtr& node, size_t count);

// The first column that assignment cannot convert to its type; a bare NULL goes to any. REQUIRES:
// as many types as columns.
std::optional<size_t> FirstMisfit(const logical::Node& node, const std::vector<Type>& types);

// Casts the columns implicitly to `types` (see expr::Coerce), inside the node's own expressions if
// it has some, so that bare NULLs get a type. Names stay. E2006 with the span of the column's
// expression. REQUIRES: as many types as columns.
Result<logical::NodePtr> WithTypes(const logical::NodePtr& node, const std::vector<Type>& types,
                                   bool assignment);

// The place of a column: its expression in a SELECT list or VALUES, else the node's origin.
SourceSpan SpanOfColumn(const logical::Node& node, size_t column);

}  // namespace weir::bind
