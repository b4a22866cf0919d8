// Converts data types of the text to types of the engine.
#pragma once

#include "planner/ast/data_type.h"
#include "runtime/base/result.h"
#include "runtime/types/type.h"

namespace weir::bind {

// Nullable unless NOT NULL was written. Errors have the type's span: E1003 for lengths and
// precisions out of range, E1002 for types that are not supported yet, E2016 with a suggestion for
// an unknown name.
Result<Type> BindType(const ast::DataType& type);

}  // namespace weir::bind
