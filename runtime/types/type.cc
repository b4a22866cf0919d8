#include "runtime/types/type.h"

#include <fmt/format.h>

#include <utility>

#include "runtime/base/check.h"

namespace weir {
namespace {

std::string LengthSuffix(const Type& type, std::string_view name, std::string_view unlimited) {
  if (type.length() == Type::kMaxLength) return std::string(unlimited);
  return fmt::format("{}({})", name, type.length());
}

std::string RowToString(const Type& type) {
  std::string text = "ROW<";
  for (size_t i = 0; i < type.fields().size(); ++i) {
    const TypeField& field = type.fields()[i];
    if (i > 0) text += ", ";
    text += fmt::format("`{}` {}", field.name, field.type.ToString());
  }
  return text + ">";
}

}  // namespace

Type Type::Array(Type element) {
  Type type(TypeKind::kArray);
  type.fields_ = std::make_shared<const std::vector<TypeField>>(
      std::vector<TypeField>{{"", std::move(element)}});
  return type;
}

Type Type::Map(Type key, Type value) {
  Type type(TypeKind::kMap);
  type.fields_ = std::make_shared<const std::vector<TypeField>>(
      std::vector<TypeField>{{"", std::move(key)}, {"", std::move(value)}});
  return type;
}

Type Type::Multiset(Type element) {
  Type type(TypeKind::kMultiset);
  type.fields_ = std::make_shared<const std::vector<TypeField>>(
      std::vector<TypeField>{{"", std::move(element)}, {"", Int().WithNullable(false)}});
  return type;
}

Type Type::Row(std::vector<TypeField> fields) {
  Type type(TypeKind::kRow);
  type.fields_ = std::make_shared<const std::vector<TypeField>>(std::move(fields));
  return type;
}

Type Type::WithNullable(bool nullable) const {
  Type type = *this;
  type.nullable_ = nullable;
  return type;
}

const std::vector<TypeField>& Type::fields() const {
  static const std::vector<TypeField> none;
  return fields_ ? *fields_ : none;
}

PhysicalType Type::physical() const {
  switch (kind_) {
    case TypeKind::kNull:
      return PhysicalType::kNone;
    case TypeKind::kBoolean:
      return PhysicalType::kBool;
    case TypeKind::kTinyInt:
      return PhysicalType::kInt8;
    case TypeKind::kSmallInt:
      return PhysicalType::kInt16;
    case TypeKind::kInt:
    case TypeKind::kDate:
    case TypeKind::kIntervalYearMonth:
      return PhysicalType::kInt32;
    case TypeKind::kBigInt:
    case TypeKind::kTime:
    case TypeKind::kIntervalDayTime:
      return PhysicalType::kInt64;
    case TypeKind::kFloat:
      return PhysicalType::kFloat;
    case TypeKind::kDouble:
      return PhysicalType::kDouble;
    case TypeKind::kDecimal:
      return precision_ <= 18 ? PhysicalType::kInt64 : PhysicalType::kInt128;
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
      return precision_ <= 6 ? PhysicalType::kInt64 : PhysicalType::kTimestampNanos;
    case TypeKind::kChar:
    case TypeKind::kVarChar:
    case TypeKind::kBinary:
    case TypeKind::kVarBinary:
      return PhysicalType::kString;
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kMultiset:
      return PhysicalType::kList;
    case TypeKind::kRow:
      return PhysicalType::kStruct;
  }
  WEIR_UNREACHABLE();
}

int Type::value_bytes() const {
  switch (physical()) {
    case PhysicalType::kBool:
    case PhysicalType::kInt8:
      return 1;
    case PhysicalType::kInt16:
      return 2;
    case PhysicalType::kInt32:
    case PhysicalType::kFloat:
      return 4;
    case PhysicalType::kInt64:
    case PhysicalType::kDouble:
      return 8;
    case PhysicalType::kInt128:
    case PhysicalType::kTimestampNanos:
    case PhysicalType::kString:
      return 16;
    case PhysicalType::kList:
    case PhysicalType::kStruct:
    case PhysicalType::kNone:
      return 0;
  }
  WEIR_UNREACHABLE();
}

std::string Type::ToStringIgnoringNullability() const {
  switch (kind_) {
    case TypeKind::kNull:
      return "NULL";
    case TypeKind::kBoolean:
      return "BOOLEAN";
    case TypeKind::kTinyInt:
      return "TINYINT";
    case TypeKind::kSmallInt:
      return "SMALLINT";
    case TypeKind::kInt:
      return "INT";
    case TypeKind::kBigInt:
      return "BIGINT";
    case TypeKind::kFloat:
      return "FLOAT";
    case TypeKind::kDouble:
      return "DOUBLE";
    case TypeKind::kDecimal:
      return fmt::format("DECIMAL({}, {})", precision_, scale_);
    case TypeKind::kChar:
      return fmt::format("CHAR({})", precision_);
    case TypeKind::kVarChar:
      return LengthSuffix(*this, "VARCHAR", "STRING");
    case TypeKind::kBinary:
      return fmt::format("BINARY({})", precision_);
    case TypeKind::kVarBinary:
      return LengthSuffix(*this, "VARBINARY", "BYTES");
    case TypeKind::kDate:
      return "DATE";
    case TypeKind::kTime:
      return fmt::format("TIME({})", precision_);
    case TypeKind::kTimestamp:
      return fmt::format("TIMESTAMP({})", precision_);
    case TypeKind::kTimestampLtz:
      return fmt::format("TIMESTAMP_LTZ({})", precision_);
    case TypeKind::kIntervalYearMonth:
      return "INTERVAL YEAR TO MONTH";
    case TypeKind::kIntervalDayTime:
      return "INTERVAL DAY TO SECOND(3)";
    case TypeKind::kArray:
      return fmt::format("ARRAY<{}>", fields()[0].type.ToString());
    case TypeKind::kMultiset:
      return fmt::format("MULTISET<{}>", fields()[0].type.ToString());
    case TypeKind::kMap:
      return fmt::format("MAP<{}, {}>", fields()[0].type.ToString(), fields()[1].type.ToString());
    case TypeKind::kRow:
      return RowToString(*this);
  }
  WEIR_UNREACHABLE();
}

std::string Type::ToString() const {
  return ToStringIgnoringNullability() + (nullable_ ? "" : " NOT NULL");
}

bool Type::EqualsIgnoringNullability(const Type& other) const {
  return kind_ == other.kind_ && precision_ == other.precision_ && scale_ == other.scale_ &&
         fields() == other.fields();
}

bool operator==(const Type& a, const Type& b) {
  return a.nullable_ == b.nullable_ && a.EqualsIgnoringNullability(b);
}

}  // namespace weir
