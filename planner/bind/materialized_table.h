// CREATE MATERIALIZED TABLE: the table that it is to others, and what keeps it fresh.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "planner/ast/alteration.h"
#include "planner/ast/definition.h"
#include "planner/catalog/catalog.h"
#include "planner/catalog/table_definition.h"
#include "runtime/base/result.h"

namespace weir::bind {

// The CREATE TABLE with the same name, columns, keys and options.
ast::CreateTable PlainTable(const ast::CreateMaterializedTable& create);

// The milliseconds of FRESHNESS. E2015 at its place unless it is an interval of days to seconds
// that is longer than nothing.
Result<int64_t> FreshnessMillis(const ast::Expr& freshness);

// What becomes of the state when a query takes the place of another one (START_MODE).
enum class StartWay : uint8_t {
  kKeepState,   // nothing is said: what cannot keep its state stays as it is
  kKeepIfFits,  // RESUME_OR_FROM_BEGINNING
  kAnew,        // FROM_BEGINNING
};
// E1002 for the modes that choose a place in the sources; E2015 for words that are none of Flink's.
Result<StartWay> StartWayOf(const std::optional<ast::StartMode>& mode);

// Puts the columns of the query in front of the declared keys and watermarks. Columns that are
// declared, too, have their declared types, and must be the query's, in its order: E2009. E1002 for
// columns that are computed, metadata or names alone.
Status AddQueryColumns(const std::vector<ast::TableElement>& of_query,
                       ast::CreateMaterializedTable& create);

// The columns of a table whose query is another one now: those that it has, and behind them new
// ones, which are nullable, as rows from before have no values for them. Types stay; whether the
// query's fit is for its INSERT to say. E2009 at `place` where a column is gone or has another
// name.
Status Evolve(const std::vector<ast::TableElement>& of_query, SourceSpan place,
              ast::CreateMaterializedTable& create);

// Binds a statement that says its columns, FRESHNESS and REFRESH_MODE. Names in the query resolve
// where the catalog is; it is not bound. The errors are those of BindCreateTable and
// FreshnessMillis.
Result<catalog::TablePtr> BindMaterializedTable(const ast::CreateMaterializedTable& create,
                                                const catalog::Catalog& catalog);

}  // namespace weir::bind
