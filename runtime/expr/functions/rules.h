// Result type rules that many functions share.
#pragma once

#include "runtime/expr/function.h"

namespace weir::expr {

// The bound arguments of a call, with their types; never empty where a rule looks at the first.
using Args = std::span<const ExprPtr>;

// NOT NULL unless an argument is nullable.
// Rules say the type for arguments that are NOT NULL; the binder makes it nullable when an argument
// is and the function propagates NULL.
Result<Type> ReturnsBoolean(Args);
Result<Type> ReturnsInt(Args);
Result<Type> ReturnsBigInt(Args);
Result<Type> ReturnsDouble(Args);
Result<Type> ReturnsString(Args);
Result<Type> ReturnsBytes(Args);
Result<Type> ReturnsDate(Args);
// May be NULL for arguments that are not.
Result<Type> ReturnsNullableInt(Args);
Result<Type> ReturnsNullableString(Args);
Result<Type> ReturnsNullableBytes(Args);
Result<Type> ReturnsNullableDate(Args);
Result<Type> ReturnsNullableTimestamp3(Args);
// The type of the first argument.
Result<Type> ReturnsFirst(Args args);

// One row of a table of functions that propagate NULL.
// Determinism kPure and no failures, unless the functions below say otherwise.
ScalarFunction Define(std::string_view name, std::string_view signature, std::string_view doc,
                      std::vector<Overload> overloads, std::vector<std::string_view> aliases = {});
// The same row with another rule for NULL, determinism, or failures.
ScalarFunction WithNulls(ScalarFunction function);
ScalarFunction Varying(ScalarFunction function, Determinism determinism);
ScalarFunction Failing(ScalarFunction function);

// The class of every parameter, for tables.
inline constexpr ArgumentClass kAny = ArgumentClass::kAny;
inline constexpr ArgumentClass kBool = ArgumentClass::kBoolean;
inline constexpr ArgumentClass kInt = ArgumentClass::kInt;
inline constexpr ArgumentClass kBigInt = ArgumentClass::kBigInt;
inline constexpr ArgumentClass kDouble = ArgumentClass::kDouble;
inline constexpr ArgumentClass kStr = ArgumentClass::kString;
inline constexpr ArgumentClass kBytes = ArgumentClass::kBinary;
inline constexpr ArgumentClass kUnit = ArgumentClass::kUnit;

}  // namespace weir::expr
