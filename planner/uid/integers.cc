#include "planner/uid/integers.h"

#include "runtime/base/check.h"

namespace weir::uid {

int PhysicalWidth(const Type& type) {
  switch (type.physical()) {
    case PhysicalType::kInt8:
      return 1;
    case PhysicalType::kInt16:
      return 2;
    case PhysicalType::kInt32:
      return 4;
    default:
      return 8;
  }
}

std::optional<int64_t> IntegerOf(const expr::Expr& expression) {
  if (expression.kind != expr::ExprKind::kLiteral || !expression.type.is_integer() ||
      expression.literal.is_null())
    return std::nullopt;
  const auto& storage = expression.literal.storage();
  if (const auto* value = std::get_if<int64_t>(&storage)) return *value;
  if (const auto* value = std::get_if<int32_t>(&storage)) return *value;
  if (const auto* value = std::get_if<int16_t>(&storage)) return *value;
  if (const auto* value = std::get_if<int8_t>(&storage)) return *value;
  return std::nullopt;
}

expr::ExprPtr IntegerLiteral(const Type& type, int64_t value) {
  const Type exact = type.WithNullable(false);
  switch (PhysicalWidth(type)) {
    case 1:
      return expr::MakeLiteral(Value(exact, static_cast<int8_t>(value)));
    case 2:
      return expr::MakeLiteral(Value(exact, static_cast<int16_t>(value)));
    case 4:
      return expr::MakeLiteral(Value(exact, static_cast<int32_t>(value)));
    default:
      return expr::MakeLiteral(Value(exact, value));
  }
}

}  // namespace weir::uid
