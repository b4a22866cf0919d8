// The type rules of Flink SQL: common types, and which casts exist. The types of DECIMAL arithmetic
// are in runtime/types/decimal.h.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "runtime/types/type.h"

namespace weir::expr {

// Whether the type is DATE, TIME, TIMESTAMP or TIMESTAMP_LTZ.
bool IsTemporal(const Type& type);

// The common type of two numbers, nullability aside: of two integers the wider one; otherwise
// DOUBLE where one is a DOUBLE or a FLOAT meets a DECIMAL, else FLOAT where one is a FLOAT, else
// DECIMAL.
Type CommonNumericType(const Type& a, const Type& b);

// The least type that both convert to implicitly, or nothing. Nullable when either is. Calcite's
// leastRestrictive, as Flink configures it.
std::optional<Type> CommonTypeOf(const Type& a, const Type& b);

// Whether CAST exists, including casts that fail for some values. Flink's table of explicit casts
// ("Data Types", CAST), a superset of the implicit ones.
bool CanCast(const Type& from, const Type& to);
// Whether CAST may fail because text is no value of the wanted type, at any depth; TRY_CAST then
// gives NULL. Values out of range do not count here. REQUIRES: CanCast.
bool CastCanFail(const Type& from, const Type& to);
// Whether CAST gives NULL for some numbers, as `to` is a DECIMAL that does not hold them, be it
// only when they are rounded up.
bool CastCanOverflow(const Type& from, const Type& to);
// Whether an assignment to a column of type `to` casts implicitly. These are Flink's implicit
// casts, lengths and precisions aside.
bool CanAssign(const Type& from, const Type& to);

}  // namespace weir::expr
