// The type rules of Flink SQL: common types and which casts there are. Types of DECIMAL arithmetic
// are in runtime/types/decimal.h.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "runtime/types/type.h"

namespace weir::expr {

// The type of two numbers together, nullability apart: the wider integer, FLOAT over integers,
// DOUBLE over DECIMAL and FLOAT, DECIMAL over both.
Type CommonNumericType(const Type& a, const Type& b);

// The least type that both convert to implicitly, or nothing. Nullable when one is.
// Calcite's leastRestrictive, as Flink configures it.
std::optional<Type> CommonTypeOf(const Type& a, const Type& b);

// Whether CAST exists, and whether it may fail for some values.
// Flink's table ("Data Types", CAST): explicit casts, a superset of the implicit ones.
bool CanCast(const Type& from, const Type& to);
bool CastCanFail(const Type& from, const Type& to);
// Whether assignment to a column of type `to` casts implicitly: no loss of kind (Flink's implicit
// casts), lengths and precisions apart.
bool CanAssign(const Type& from, const Type& to);

}  // namespace weir::expr
