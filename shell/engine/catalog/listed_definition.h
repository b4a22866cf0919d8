// Definitions with the columns written out that their texts leave to the tables: *, t.*, TABLE t
// and NATURAL. So they go on meaning the columns that there were when they were created, whatever
// ALTER TABLE adds, as in Flink and PostgreSQL.
#pragma once

#include "planner/ast/definition.h"
#include "planner/ast/function.h"
#include "planner/bind/bind.h"

namespace weir::shell {

// REQUIRES: it was bound without an error. The statement as it was where it leaves nothing open;
// else one that gives the same columns, whose places are those of TextOf (kept_form.h). A * stays
// where no list can say what it gives: over two columns of one name and one input. Then nothing
// that is altered later adds to it but by way of a view.
Result<ast::CreateView> WithListedColumns(const ast::CreateView& create,
                                          const catalog::Catalog& catalog);
Result<ast::CreateFunction> WithListedColumns(const ast::CreateFunction& create,
                                              const catalog::Catalog& catalog);

}  // namespace weir::shell
