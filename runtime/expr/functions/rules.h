// Result type rules that many functions share.
#pragma once

#include "runtime/expr/function.h"

namespace weir::expr {

// The bound arguments of a call, with their types; never empty where a rule looks at the first.
using Args = std::span<const ExprPtr>;

// NOT NULL unless an argument is nullable.
// Rules say the type for arguments that are NOT NULL; the binder makes it nullable when an argument
// is and the function propagates NULL.
inline Result<Type> ReturnsBoolean(Args) {
  return Type::Boolean().WithNullable(false);
}
inline Result<Type> ReturnsInt(Args) {
  return Type::Int().WithNullable(false);
}
inline Result<Type> ReturnsBigInt(Args) {
  return Type::BigInt().WithNullable(false);
}
inline Result<Type> ReturnsDouble(Args) {
  return Type::Double().WithNullable(false);
}
inline Result<Type> ReturnsString(Args) {
  return Type::String().WithNullable(false);
}
inline Result<Type> ReturnsBytes(Args) {
  return Type::Bytes().WithNullable(false);
}
inline Result<Type> ReturnsDate(Args) {
  return Type::Date().WithNullable(false);
}
// May be NULL for arguments that are not.
inline Result<Type> ReturnsNullableBoolean(Args) {
  return Type::Boolean();
}
inline Result<Type> ReturnsNullableInt(Args) {
  return Type::Int();
}
inline Result<Type> ReturnsNullableDouble(Args) {
  return Type::Double();
}
inline Result<Type> ReturnsNullableString(Args) {
  return Type::String();
}
inline Result<Type> ReturnsNullableBytes(Args) {
  return Type::Bytes();
}
inline Result<Type> ReturnsNullableDate(Args) {
  return Type::Date();
}
inline Result<Type> ReturnsNullableTimestamp3(Args) {
  return Type::Timestamp(3);
}
// The type of the first argument.
inline Result<Type> ReturnsFirst(Args args) {
  return args[0]->type;
}
inline Result<Type> ReturnsFirstNullable(Args args) {
  return args[0]->type.WithNullable(true);
}

// One row of a table of functions that propagate NULL.
inline ScalarFunction Define(std::string_view name, std::string_view signature,
                             std::string_view doc, std::vector<Overload> overloads,
                             std::vector<std::string_view> aliases = {}) {
  ScalarFunction function;
  function.name = name;
  function.aliases = std::move(aliases);
  function.signature = signature;
  function.doc = doc;
  function.overloads = std::move(overloads);
  return function;
}
// The same row with another rule for NULL, determinism, or failures.
inline ScalarFunction WithNulls(ScalarFunction function) {
  function.nulls = NullRule::kCustom;
  return function;
}
inline ScalarFunction Varying(ScalarFunction function, Determinism determinism) {
  function.determinism = determinism;
  return function;
}
inline ScalarFunction Failing(ScalarFunction function) {
  function.can_fail = true;
  return function;
}

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
