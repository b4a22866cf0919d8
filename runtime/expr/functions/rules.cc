#include "runtime/expr/functions/rules.h"

#include <utility>

namespace weir::expr {

Result<Type> ReturnsBoolean(Args) {
  return Type::Boolean().WithNullable(false);
}

Result<Type> ReturnsInt(Args) {
  return Type::Int().WithNullable(false);
}

Result<Type> ReturnsBigInt(Args) {
  return Type::BigInt().WithNullable(false);
}

Result<Type> ReturnsDouble(Args) {
  return Type::Double().WithNullable(false);
}

Result<Type> ReturnsString(Args) {
  return Type::String().WithNullable(false);
}

Result<Type> ReturnsBytes(Args) {
  return Type::Bytes().WithNullable(false);
}

Result<Type> ReturnsDate(Args) {
  return Type::Date().WithNullable(false);
}

Result<Type> ReturnsNullableInt(Args) {
  return Type::Int();
}

Result<Type> ReturnsNullableString(Args) {
  return Type::String();
}

Result<Type> ReturnsNullableBytes(Args) {
  return Type::Bytes();
}

Result<Type> ReturnsNullableDate(Args) {
  return Type::Date();
}

Result<Type> ReturnsNullableTimestamp3(Args) {
  return Type::Timestamp(3);
}

Result<Type> ReturnsFirst(Args args) {
  return args[0]->type;
}

ScalarFunction Define(std::string_view name, std::string_view signature, std::string_view doc,
                      std::vector<Overload> overloads, std::vector<std::string_view> aliases) {
  ScalarFunction function;
  function.name = name;
  function.aliases = std::move(aliases);
  function.signature = signature;
  function.doc = doc;
  function.overloads = std::move(overloads);
  return function;
}

ScalarFunction WithNulls(ScalarFunction function) {
  function.nulls = NullRule::kCustom;
  return function;
}

ScalarFunction Varying(ScalarFunction function, Determinism determinism) {
  function.determinism = determinism;
  return function;
}

ScalarFunction Failing(ScalarFunction function) {
  function.can_fail = true;
  return function;
}

ScalarFunction InZone(ScalarFunction function) {
  function.reads_zone = true;
  return function;
}

}  // namespace weir::expr
