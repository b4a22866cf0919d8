// 'errors.table': the bad records of the tables that a job reads go into tables of their own.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "planner/bind/query_binder.h"
#include "planner/catalog/catalog.h"
#include "planner/logical/plan.h"
#include "runtime/base/result.h"

namespace weir::bind {

// Adds a sink for each scan of the plan whose table has 'errors.table', once for scans with equal
// options. What lookups read is left alone: its bad records are left out and counted. A name
// without a database means one of the table's own. Errors point at the table in the query: E2001
// where there is no such table, E2015 where it cannot be written or is the table itself, E2006
// where its columns do not fit.
Status AddErrorSinks(QueryBinder& binder, const catalog::Catalog& catalog, logical::Plan& plan);

// Makes the rows that go into a table: a column for each of `schema`, in its order.
using MakeRows = std::function<Result<logical::NodePtr>(const catalog::TableDefinition& table,
                                                        const Schema& schema)>;
// bind_insert.cc: a sink of such rows. `scope` becomes part of its uid.
Result<logical::NodePtr> BindInsertOfRows(QueryBinder& binder, const catalog::Catalog& catalog,
                                          const ast::Name& target, const MakeRows& make,
                                          const QueryScope& scope);

}  // namespace weir::bind
