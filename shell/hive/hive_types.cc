#include "shell/hive/hive_types.h"

#include <fmt/format.h>

#include "runtime/base/check.h"
#include "runtime/base/names.h"

namespace weir::shell {
namespace {

namespace hive = rpc::hive;
using hive::TTypeId;

bool IsString(const Type& type) {
  return type.kind() == TypeKind::kVarChar && type.length() == Type::kMaxLength;
}

TTypeId::type TypeIdOf(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kNull:
      return TTypeId::NULL_TYPE;
    case TypeKind::kBoolean:
      return TTypeId::BOOLEAN_TYPE;
    case TypeKind::kTinyInt:
      return TTypeId::TINYINT_TYPE;
    case TypeKind::kSmallInt:
      return TTypeId::SMALLINT_TYPE;
    case TypeKind::kInt:
      return TTypeId::INT_TYPE;
    case TypeKind::kBigInt:
      return TTypeId::BIGINT_TYPE;
    case TypeKind::kFloat:
      return TTypeId::FLOAT_TYPE;
    case TypeKind::kDouble:
      return TTypeId::DOUBLE_TYPE;
    case TypeKind::kDecimal:
      return TTypeId::DECIMAL_TYPE;
    case TypeKind::kChar:
      return TTypeId::CHAR_TYPE;
    case TypeKind::kVarChar:
      return IsString(type) ? TTypeId::STRING_TYPE : TTypeId::VARCHAR_TYPE;
    case TypeKind::kBinary:
    case TypeKind::kVarBinary:
      return TTypeId::BINARY_TYPE;
    case TypeKind::kDate:
      return TTypeId::DATE_TYPE;
    case TypeKind::kTimestamp:
      return TTypeId::TIMESTAMP_TYPE;
    case TypeKind::kIntervalYearMonth:
      return TTypeId::INTERVAL_YEAR_MONTH_TYPE;
    case TypeKind::kIntervalDayTime:
      return TTypeId::INTERVAL_DAY_TIME_TYPE;
    case TypeKind::kArray:
      return TTypeId::ARRAY_TYPE;
    case TypeKind::kMap:
      return TTypeId::MAP_TYPE;
    case TypeKind::kRow:
      return TTypeId::STRUCT_TYPE;
    case TypeKind::kTime:
    case TypeKind::kTimestampLtz:
    case TypeKind::kMultiset:
      return TTypeId::STRING_TYPE;
  }
  WEIR_UNREACHABLE();
}

bool IsLackedByHive(const Type& type) {
  return TypeIdOf(type) == TTypeId::STRING_TYPE && !IsString(type);
}

hive::TTypeQualifiers QualifiersOf(const Type& type) {
  hive::TTypeQualifiers out;
  const auto number = [&](const char* name, int value) {
    out.qualifiers[name].__set_i32Value(value);
  };
  if (type.kind() == TypeKind::kDecimal) {
    number("precision", type.precision());
    number("scale", type.scale());
  } else if (type.is_character() && !IsString(type)) {
    number("characterMaximumLength", type.length());
  } else if (IsLackedByHive(type)) {
    out.qualifiers["typeName"].__set_stringValue(type.ToStringIgnoringNullability());
  }
  return out;
}

std::string Nested(std::string_view name, const Type& type, bool named) {
  std::string text(name);
  text += '<';
  for (const TypeField& field : type.fields()) {
    if (text.back() != '<') text += ',';
    if (named) text += field.name + ":";
    text += HiveTypeName(field.type);
  }
  return text + ">";
}

}  // namespace

hive::TTableSchema HiveSchemaOf(std::span<const ResultColumn> columns) {
  hive::TTableSchema schema;
  for (const ResultColumn& column : columns) {
    hive::TPrimitiveTypeEntry primitive;
    primitive.type = TypeIdOf(column.type);
    if (const hive::TTypeQualifiers said = QualifiersOf(column.type); !said.qualifiers.empty())
      primitive.__set_typeQualifiers(said);
    hive::TTypeEntry entry;
    entry.__set_primitiveEntry(primitive);
    hive::TColumnDesc described;
    described.columnName = column.name;
    described.typeDesc.types = {entry};
    described.position = static_cast<int32_t>(schema.columns.size()) + 1;
    schema.columns.push_back(std::move(described));
  }
  return schema;
}

std::string HiveTypeName(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kNull:
      return "void";
    case TypeKind::kDecimal:
      return fmt::format("decimal({},{})", type.precision(), type.scale());
    case TypeKind::kChar:
      return fmt::format("char({})", type.length());
    case TypeKind::kVarChar:
      return IsString(type) ? "string" : fmt::format("varchar({})", type.length());
    case TypeKind::kBinary:
    case TypeKind::kVarBinary:
      return "binary";
    case TypeKind::kTimestamp:
      return "timestamp";
    case TypeKind::kTime:
    case TypeKind::kTimestampLtz:
    case TypeKind::kMultiset:
      return "string";
    case TypeKind::kIntervalYearMonth:
      return "interval_year_month";
    case TypeKind::kIntervalDayTime:
      return "interval_day_time";
    case TypeKind::kArray:
      return Nested("array", type, false);
    case TypeKind::kMap:
      return Nested("map", type, false);
    case TypeKind::kRow:
      return Nested("struct", type, true);
    case TypeKind::kBoolean:
    case TypeKind::kTinyInt:
    case TypeKind::kSmallInt:
    case TypeKind::kInt:
    case TypeKind::kBigInt:
    case TypeKind::kFloat:
    case TypeKind::kDouble:
    case TypeKind::kDate:
      return ToLower(type.ToStringIgnoringNullability());
  }
  WEIR_UNREACHABLE();
}

JdbcType JdbcTypeOf(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kNull:
      return {.number = 0};
    case TypeKind::kBoolean:
      return {.number = 16};
    case TypeKind::kTinyInt:
      return {-6, 3, 0, 10};
    case TypeKind::kSmallInt:
      return {5, 5, 0, 10};
    case TypeKind::kInt:
      return {4, 10, 0, 10};
    case TypeKind::kBigInt:
      return {-5, 19, 0, 10};
    case TypeKind::kFloat:
      return {6, 7, 7, 10};
    case TypeKind::kDouble:
      return {8, 15, 15, 10};
    case TypeKind::kDecimal:
      return {3, type.precision(), type.scale(), 10};
    case TypeKind::kChar:
      return {.number = 1, .size = type.length()};
    case TypeKind::kVarChar:
      return {.number = 12, .size = type.length()};
    case TypeKind::kBinary:
    case TypeKind::kVarBinary:
      return {.number = -2, .size = type.length()};
    case TypeKind::kDate:
      return {.number = 91, .size = 10};
    case TypeKind::kTimestamp:
      return {.number = 93, .size = 29, .digits = type.precision()};
    case TypeKind::kArray:
      return {.number = 2003};
    case TypeKind::kMap:
      return {.number = 2000};
    case TypeKind::kRow:
      return {.number = 2002};
    case TypeKind::kIntervalYearMonth:
    case TypeKind::kIntervalDayTime:
      return {.number = 1111};
    case TypeKind::kTime:
    case TypeKind::kTimestampLtz:
    case TypeKind::kMultiset:
      return {.number = 12, .size = Type::kMaxLength};
  }
  WEIR_UNREACHABLE();
}

}  // namespace weir::shell
