// NULLs and defaults that have a type: Flink takes a bare one in few places.
#pragma once

#include "planner/ast/change.h"
#include "planner/catalog/catalog.h"
#include "runtime/base/result.h"

namespace weir::shell::flink {

// Casts each bare NULL of the query that Flink refuses as it stands (in VALUES, as an argument or
// operand), and the default of LAG and LEAD, to the type that it has for our binder. One of which
// that does not say a type stays as it is, for Flink to refuse. REQUIRES: our planner takes the
// query, and nothing has changed it.
Status TypeNulls(ast::Query& query, const catalog::Catalog& catalog);
// The same of an INSERT, whose query gets types from the columns that it goes to.
Status TypeNulls(ast::Insert& insert, const catalog::Catalog& catalog);

}  // namespace weir::shell::flink
