#include "runtime/expr/type_rules.h"

#include <algorithm>

#include "runtime/types/decimal.h"

namespace weir::expr {
namespace {

bool IsFlat(const Type& type) {
  return !type.is_nested() && type.kind() != TypeKind::kNull;
}

// DATE < TIMESTAMP < TIMESTAMP_LTZ; TIME stands alone.
std::optional<Type> CommonTemporalType(const Type& a, const Type& b) {
  if (a.kind() == b.kind()) return a.precision() >= b.precision() ? a : b;
  if (a.kind() == TypeKind::kTime || b.kind() == TypeKind::kTime) return std::nullopt;
  const int precision = std::max(a.precision(), b.precision());
  if (a.kind() == TypeKind::kTimestampLtz || b.kind() == TypeKind::kTimestampLtz) {
    return Type::TimestampLtz(precision);
  }
  return Type::Timestamp(precision);
}

std::optional<Type> CommonStringType(const Type& a, const Type& b) {
  const int length = std::max(a.length(), b.length());
  if (a.kind() == b.kind() && a.length() == b.length()) return a;
  if (a.kind() == TypeKind::kChar && b.kind() == TypeKind::kChar) return Type::VarChar(length);
  return a.is_character() ? Type::VarChar(length) : Type::VarBinary(length);
}

std::optional<Type> CommonNestedType(const Type& a, const Type& b) {
  if (a.kind() != b.kind() || a.fields().size() != b.fields().size()) return std::nullopt;
  std::vector<TypeField> fields;
  for (size_t i = 0; i < a.fields().size(); ++i) {
    const std::optional<Type> type = CommonTypeOf(a.fields()[i].type, b.fields()[i].type);
    if (!type) return std::nullopt;
    fields.push_back({a.fields()[i].name, *type});
  }
  switch (a.kind()) {
    case TypeKind::kArray:
      return Type::Array(fields[0].type);
    case TypeKind::kMap:
      return Type::Map(fields[0].type, fields[1].type);
    case TypeKind::kMultiset:
      return Type::Multiset(fields[0].type);
    default:
      return Type::Row(std::move(fields));
  }
}

std::optional<Type> CommonTypeIgnoringNulls(const Type& a, const Type& b) {
  if (a.kind() == TypeKind::kNull) return b;
  if (b.kind() == TypeKind::kNull) return a;
  if (a.EqualsIgnoringNullability(b)) return a;
  if (a.is_numeric() && b.is_numeric()) return CommonNumericType(a, b);
  if (a.is_character() && b.is_character()) return CommonStringType(a, b);
  if (a.is_binary() && b.is_binary()) return CommonStringType(a, b);
  if (IsTemporal(a) && IsTemporal(b)) return CommonTemporalType(a, b);
  if (a.is_nested()) return CommonNestedType(a, b);
  return std::nullopt;
}

bool CanCastToTemporal(const Type& from, const Type& to) {
  if (from.is_character()) return true;
  switch (to.kind()) {
    case TypeKind::kDate:
      return from.kind() == TypeKind::kDate || from.is_timestamp();
    case TypeKind::kTime:
      return from.kind() == TypeKind::kTime || from.is_timestamp();
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
      return IsTemporal(from);
    default:
      return false;
  }
}

bool CanCastNested(const Type& from, const Type& to) {
  if (from.kind() != to.kind() || from.fields().size() != to.fields().size()) return false;
  for (size_t i = 0; i < from.fields().size(); ++i) {
    if (!CanCast(from.fields()[i].type, to.fields()[i].type)) return false;
  }
  return true;
}

}  // namespace

bool IsTemporal(const Type& type) {
  return type.kind() == TypeKind::kDate || type.kind() == TypeKind::kTime || type.is_timestamp();
}

Type CommonNumericType(const Type& a, const Type& b) {
  if (a.is_integer() && b.is_integer()) return a.kind() >= b.kind() ? a : b;
  const bool has_decimal = a.kind() == TypeKind::kDecimal || b.kind() == TypeKind::kDecimal;
  const bool has_double = a.kind() == TypeKind::kDouble || b.kind() == TypeKind::kDouble;
  const bool has_float = a.kind() == TypeKind::kFloat || b.kind() == TypeKind::kFloat;
  if (has_double || (has_float && has_decimal)) return Type::Double();
  if (has_float) return Type::Float();
  return DecimalCommonType(a, b);
}

std::optional<Type> CommonTypeOf(const Type& a, const Type& b) {
  std::optional<Type> type = CommonTypeIgnoringNulls(a, b);
  if (!type) return std::nullopt;
  return type->WithNullable(a.nullable() || b.nullable());
}

bool CanCast(const Type& from, const Type& to) {
  if (from.kind() == TypeKind::kNull || from.EqualsIgnoringNullability(to)) return true;
  if (to.is_character()) return true;
  if (from.is_nested() || to.is_nested()) return CanCastNested(from, to);
  if (to.is_binary()) return from.is_binary() || from.is_character();
  if (to.kind() == TypeKind::kBoolean) {
    return from.kind() == TypeKind::kBoolean || from.is_character() || from.is_numeric();
  }
  if (to.is_numeric()) {
    return from.is_numeric() || from.is_character() || from.kind() == TypeKind::kBoolean;
  }
  if (to.is_interval()) return from.kind() == to.kind();
  return CanCastToTemporal(from, to);
}

bool CastCanFail(const Type& from, const Type& to) {
  if (from.is_nested()) {
    if (!to.is_nested()) return false;
    for (size_t i = 0; i < from.fields().size(); ++i) {
      if (CastCanFail(from.fields()[i].type, to.fields()[i].type)) return true;
    }
    return false;
  }
  return from.is_character() && !to.is_character() && !to.is_binary();
}

bool CastCanOverflow(const Type& from, const Type& to) {
  if (to.kind() != TypeKind::kDecimal) return false;
  const int whole = to.precision() - to.scale();
  if (from.kind() == TypeKind::kBoolean) return whole == 0;
  if (!from.is_numeric()) return false;
  if (from.kind() == TypeKind::kFloat || from.kind() == TypeKind::kDouble) return true;
  const Type exact = AsDecimalType(from);
  const int given = exact.precision() - exact.scale();
  return given > whole || (given == whole && exact.scale() > to.scale());
}

bool CanAssign(const Type& from, const Type& to) {
  if (from.kind() == TypeKind::kNull || from.EqualsIgnoringNullability(to)) return true;
  if (from.is_nested() || to.is_nested()) {
    if (from.kind() != to.kind() || from.fields().size() != to.fields().size()) return false;
    for (size_t i = 0; i < from.fields().size(); ++i) {
      if (!CanAssign(from.fields()[i].type, to.fields()[i].type)) return false;
    }
    return true;
  }
  if (from.is_numeric() && to.is_numeric()) {
    const bool to_approximate = to.kind() == TypeKind::kFloat || to.kind() == TypeKind::kDouble;
    const bool from_approximate =
        from.kind() == TypeKind::kFloat || from.kind() == TypeKind::kDouble;
    if (from_approximate && to_approximate) return to.kind() >= from.kind();
    if (from_approximate) return to.kind() == TypeKind::kDecimal;
    if (from.is_integer() && to.is_integer()) return to.kind() >= from.kind();
    return to_approximate || to.kind() == TypeKind::kDecimal;
  }
  // Nothing is padded silently: text of any length does not become CHAR(n), bytes not BINARY(n).
  if (from.is_character() && to.is_character())
    return from.kind() == TypeKind::kChar || to.kind() == TypeKind::kVarChar;
  if (from.is_binary() && to.is_binary())
    return from.kind() == TypeKind::kBinary || to.kind() == TypeKind::kVarBinary;
  if (from.is_interval() && to.is_interval()) return from.kind() == to.kind();
  if (from.kind() == TypeKind::kTimestamp)
    return to.is_timestamp() || to.kind() == TypeKind::kDate || to.kind() == TypeKind::kTime;
  if (from.kind() == TypeKind::kTimestampLtz) return to.is_timestamp();
  return IsFlat(from) && from.kind() == to.kind();
}

}  // namespace weir::expr
