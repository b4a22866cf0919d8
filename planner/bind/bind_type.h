// Data types of the text as types of the engine.
#pragma once

#include "planner/ast/data_type.h"
#include "runtime/base/result.h"
#include "runtime/types/type.h"

namespace weir::bind {

// Nullable unless NOT NULL was written. E1003 for lengths and precisions out of range, E1002 for
// types that are not supported yet; the span is the type's.
// E2016 with did-you-mean for a name that is no type.
Result<Type> BindType(const ast::DataType& type);

}  // namespace weir::bind
