// Result type rules that many functions share.
#pragma once

#include "runtime/expr/function.h"

namespace weir::expr {

// The bound arguments of a call. Never empty for rules that look at the first.
using Args = std::span<const ExprPtr>;

// Rules name the type for arguments that are NOT NULL. Where the function propagates NULL, the
// binder makes it nullable when an argument is.
Result<Type> ReturnsBoolean(Args);
Result<Type> ReturnsInt(Args);
Result<Type> ReturnsBigInt(Args);
Result<Type> ReturnsDouble(Args);
Result<Type> ReturnsString(Args);
Result<Type> ReturnsBytes(Args);
Result<Type> ReturnsDate(Args);
// Nullable even when no argument is.
Result<Type> ReturnsNullableInt(Args);
Result<Type> ReturnsNullableString(Args);
Result<Type> ReturnsNullableBytes(Args);
Result<Type> ReturnsNullableDate(Args);
Result<Type> ReturnsNullableTimestamp3(Args);
// The type of the first argument.
Result<Type> ReturnsFirst(Args args);

// A row of a table of functions: propagates NULL, is pure and cannot fail, unless the functions
// below change that.
ScalarFunction Define(std::string_view name, std::string_view signature, std::string_view doc,
                      std::vector<Overload> overloads, std::vector<std::string_view> aliases = {});
// The function with one property changed: its kernel sees NULLs, its determinism, that it can fail,
// or that it reads the session's zone.
ScalarFunction WithNulls(ScalarFunction function);
ScalarFunction Varying(ScalarFunction function, Determinism determinism);
ScalarFunction Failing(ScalarFunction function);
ScalarFunction InZone(ScalarFunction function);

// Short names for the classes of parameters in the tables.
inline constexpr ArgumentClass kAny = ArgumentClass::kAny;
inline constexpr ArgumentClass kBool = ArgumentClass::kBoolean;
inline constexpr ArgumentClass kInt = ArgumentClass::kInt;
inline constexpr ArgumentClass kBigInt = ArgumentClass::kBigInt;
inline constexpr ArgumentClass kDouble = ArgumentClass::kDouble;
inline constexpr ArgumentClass kStr = ArgumentClass::kString;
inline constexpr ArgumentClass kBytes = ArgumentClass::kBinary;
inline constexpr ArgumentClass kUnit = ArgumentClass::kUnit;

}  // namespace weir::expr
