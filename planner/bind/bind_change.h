// UPDATE and DELETE as queries: which rows of a table change, and what their columns become.
#pragma once

#include <vector>

#include "planner/bind/bind.h"

namespace weir::bind {

// The query over the table gives a row for each one that is to change: the columns of its PRIMARY
// KEY, and behind them those that are assigned with their new values, of the columns' types.
struct BoundChange {
  logical::Plan plan;  // one Collect root
  catalog::TablePtr table;
  std::vector<int> key;       // of the table's columns, in the order of the PRIMARY KEY
  std::vector<int> assigned;  // in the order written; empty: rows are deleted
};

// The table that a statement changes in place. E2001; E2015 for a view. `words` name the statement
// in messages.
Result<catalog::TablePtr> FindChanged(const catalog::Catalog& catalog, const ast::Name& target,
                                      std::string_view words);

// E2015 for a view, for a table without PRIMARY KEY, for a column of it that is assigned and for an
// aggregate in an assignment; E2003 for a column that does not exist or cannot be written; E2006
// where the value is of another type. Whether the table's connector can change rows is not judged.
Result<BoundChange> BindUpdate(const ast::Update& update, const catalog::Catalog& catalog,
                               const BindOptions& options);
Result<BoundChange> BindDelete(const ast::Delete& rows, const catalog::Catalog& catalog,
                               const BindOptions& options);

}  // namespace weir::bind
