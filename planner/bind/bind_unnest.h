// UNNEST in FROM: rows with each of the values of a collection.
#pragma once

#include "planner/ast/table_ref.h"
#include "planner/bind/query_scope.h"
#include "planner/bind/relation.h"
#include "runtime/base/result.h"

namespace weir::bind {

// The rows of `left`, each once for every value of the collection that `unnest` makes of its
// columns, and with the value behind them: a column, two of a MAP, those of a ROW's fields; then
// its number, WITH ORDINALITY. `keeps_empty`: rows without values come once, with NULLs (LEFT
// JOIN). `reference` is what `unnest` belongs to, whose alias names the columns. E2006 for what is
// no collection, E2004 for an alias that `left` has, too.
Result<Relation> BindUnnest(const ast::Unnest& unnest, const ast::TableRef& reference,
                            const Relation& left, bool keeps_empty, const QueryScope& scope);

}  // namespace weir::bind
