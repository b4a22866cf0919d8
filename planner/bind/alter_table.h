// ALTER TABLE as the CREATE TABLE that the table would have been made with.
#pragma once

#include "planner/ast/alteration.h"
#include "planner/ast/definition.h"
#include "runtime/base/result.h"

namespace weir::bind {

// `table` with the change of `alter`: options, comment, columns, PRIMARY KEY or WATERMARK. What may
// be added, modified and dropped is Flink's; an error (E2003 for what is not there, E2009) points
// into `alter`. What else would be wrong with the result, such as a computed column that reads one
// that is gone, its BindCreateTable says. Spans of what stays are of the table's own text.
// E1002 for partitions, distributions and fields of rows.
// REQUIRES: `table` has neither LIKE nor AS; the action is none of RENAME TO, AS and those of
// materialized tables.
Result<ast::CreateTable> Altered(const ast::CreateTable& table, const ast::Alter& alter);

}  // namespace weir::bind
