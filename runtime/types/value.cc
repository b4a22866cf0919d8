#include "runtime/types/value.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "runtime/base/quoted.h"
#include "runtime/types/batch.h"
#include "runtime/types/batch_text.h"
#include "runtime/types/column_builder.h"
#include "runtime/types/datetime.h"

namespace weir {
namespace {

Value ListValue(const Column& column, uint32_t row) {
  std::vector<Value> parts;
  for (uint32_t e = column.offsets()[row]; e < column.offsets()[row + 1]; ++e) {
    for (const ColumnPtr& child : column.children()) parts.push_back(GetValue(*child, e));
  }
  return {column.type(), std::move(parts)};
}

Value StructValue(const Column& column, uint32_t row) {
  std::vector<Value> parts;
  for (const ColumnPtr& child : column.children()) parts.push_back(GetValue(*child, row));
  return {column.type(), std::move(parts)};
}

std::string CastTo(const std::string& literal, const Type& type) {
  return fmt::format("CAST({} AS {})", literal, type.ToStringIgnoringNullability());
}

std::string FloatingSql(const Value& value) {
  const std::string text = value.ToString();
  const bool single = value.type().kind() == TypeKind::kFloat;
  const double number = single ? value.get<float>() : value.get<double>();
  if (!std::isfinite(number)) return CastTo(Quoted(text, '\''), value.type());
  // An approximate literal has an exponent and is a DOUBLE.
  const std::string literal = text.find('E') == std::string::npos ? text + "E0" : text;
  return single ? CastTo(literal, value.type()) : literal;
}

// A STRING is a plain literal, although the binder makes a CHAR(n) of that; other lengths need a
// cast.
std::string StringSql(const Value& value) {
  const std::string literal = Quoted(value.get<std::string>(), '\'');
  return value.type() == Type::String() || value.type() == Type::String().WithNullable(false)
             ? literal
             : CastTo(literal, value.type());
}

std::string LtzSql(const Value& value) {
  const TimestampNanos t = value.type().physical() == PhysicalType::kInt64
                               ? NanosFromMicros(value.get<int64_t>())
                               : value.get<TimestampNanos>();
  const std::string millis = fmt::format("TO_TIMESTAMP_LTZ({}, 3)", t.millis);
  if (t.nanos == 0 && value.type().precision() == 3) return millis;
  if (t.nanos == 0) return CastTo(millis, value.type());
  // No function makes a TIMESTAMP_LTZ of finer units than milliseconds, so the UTC time is cast.
  return CastTo(fmt::format("TIMESTAMP '{}'", value.ToString()), value.type());
}

std::string PartsSql(const Value& value, std::string_view open, char close) {
  std::string text(open);
  const auto& parts = value.get<std::vector<Value>>();
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) text += ", ";
    text += parts[i].ToSql();
  }
  return text + close;
}

std::string CollectionSql(const Value& value) {
  const TypeKind kind = value.type().kind();
  if (kind == TypeKind::kRow) return PartsSql(value, "ROW(", ')');
  const std::string literal = PartsSql(value, kind == TypeKind::kArray ? "ARRAY[" : "MAP[", ']');
  // A collection without elements does not show its type, and a MULTISET has no literal.
  const bool empty = value.get<std::vector<Value>>().empty();
  return empty || kind == TypeKind::kMultiset ? CastTo(literal, value.type()) : literal;
}

}  // namespace

std::string Value::ToString() const {
  if (is_null()) return "NULL";
  std::string text;
  FormatCell(*MakeConstantColumn(*this, 1), 0, text);
  return text;
}

std::string Value::ToSql() const {
  if (is_null()) return type_.kind() == TypeKind::kNull ? "NULL" : CastTo("NULL", type_);
  switch (type_.kind()) {
    case TypeKind::kNull:
      return "NULL";
    case TypeKind::kBoolean:
    case TypeKind::kInt:
      return ToString();
    case TypeKind::kTinyInt:
    case TypeKind::kSmallInt:
    case TypeKind::kBigInt:
      return CastTo(ToString(), type_);
    case TypeKind::kDecimal:
      return type_.scale() > 0 ? ToString() : CastTo(ToString(), type_);
    case TypeKind::kFloat:
    case TypeKind::kDouble:
      return FloatingSql(*this);
    case TypeKind::kChar:
    case TypeKind::kVarChar:
      return StringSql(*this);
    case TypeKind::kBinary:
    case TypeKind::kVarBinary:
      return CastTo(ToString(), type_);
    case TypeKind::kDate:
      return fmt::format("DATE '{}'", ToString());
    case TypeKind::kTime:
      return fmt::format("TIME '{}'", ToString());
    case TypeKind::kTimestamp:
      return fmt::format("TIMESTAMP '{}'", ToString());
    case TypeKind::kTimestampLtz:
      return LtzSql(*this);
    case TypeKind::kIntervalYearMonth:
      return fmt::format("INTERVAL '{}' YEAR TO MONTH", ToString());
    case TypeKind::kIntervalDayTime:
      return fmt::format("INTERVAL '{}' DAY TO SECOND(3)", ToString());
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kMultiset:
    case TypeKind::kRow:
      return CollectionSql(*this);
  }
  WEIR_UNREACHABLE();
}

Value GetValue(const Column& column, uint32_t row) {
  if (column.IsNull(row)) return Value::Null(column.type());
  const uint32_t stored = column.is_constant() ? 0 : row;
  const Type& type = column.type();
  switch (type.physical()) {
    case PhysicalType::kNone:
      return Value::Null(type);
    case PhysicalType::kList:
      return ListValue(column, stored);
    case PhysicalType::kStruct:
      return StructValue(column, stored);
    case PhysicalType::kString:
      return {type, column.data<StringRef>()[stored].str()};
    default:
      break;
  }
  return DispatchPhysical(type.physical(), [&]<typename T>() -> Value {
    if constexpr (std::is_same_v<T, StringRef>) {
      WEIR_UNREACHABLE();
    } else {
      return {type, Value::Storage(std::in_place_type<T>, column.data<T>()[stored])};
    }
  });
}

ColumnPtr MakeConstantColumn(const Value& value, uint32_t length) {
  return RepeatRow(*MakeColumn(value.type(), {&value, 1}), 0, length);
}

ColumnPtr MakeColumn(const Type& type, std::span<const Value> values) {
  ColumnBuilder builder(type, static_cast<uint32_t>(values.size()));
  for (const Value& value : values) builder.AppendValue(value);
  return builder.Finish();
}

}  // namespace weir
