#include "planner/bind/bind_type.h"

#include <fmt/format.h>

#include <algorithm>

#include "planner/ast/to_sql.h"
#include "runtime/base/names.h"
#include "runtime/expr/hints.h"

namespace weir::bind {
namespace {

Status OutOfRange(std::string message, SourceSpan span) {
  return Status::InvalidSql(std::move(message)).WithId("E1003").WithSpan(span);
}

Status NotSupported(const ast::DataType& type) {
  const std::string words = ast::ToSql(type);
  static const std::vector<std::string> kNames = {
      "BOOLEAN", "TINYINT",   "SMALLINT",      "INT",    "INTEGER", "BIGINT",    "FLOAT", "DOUBLE",
      "DECIMAL", "CHAR",      "VARCHAR",       "STRING", "BINARY",  "VARBINARY", "BYTES", "DATE",
      "TIME",    "TIMESTAMP", "TIMESTAMP_LTZ", "ARRAY",  "MAP",     "MULTISET",  "ROW"};
  if (type.kind == ast::TypeKind::kNamed) {
    const std::string name = words.substr(0, words.find('('));
    if (name == "ARRAY" || name == "MAP" || name == "MULTISET" || name == "ROW") {
      return Status::InvalidSql(fmt::format("{} needs the types of what it holds", name))
          .WithId("E2016")
          .WithHint("write ARRAY<INT>, MAP<STRING, INT>, MULTISET<INT> or ROW<a INT, b STRING>")
          .WithSpan(type.span);
    }
    const std::string elsewhere = expr::ElsewhereTypeHint(name);
    return Status::InvalidSql(fmt::format("there is no type {}", words))
        .WithId("E2016")
        .WithHint(elsewhere.empty() ? DidYouMean(name, kNames) : elsewhere)
        .WithSpan(type.span);
  }
  return Status::Unsupported(fmt::format("the type {} is not supported yet", words))
      .WithHint(DidYouMean(words.substr(0, words.find('(')), kNames))
      .WithSpan(type.span);
}

struct Bounds {
  const char* what;
  int low;
  int high;
  int fallback;
};

Result<int> Number(const ast::DataType& type, std::optional<int32_t> written,
                   const Bounds& bounds) {
  const int value = written.value_or(bounds.fallback);
  if (value >= bounds.low && value <= bounds.high) return value;
  return OutOfRange(fmt::format("the {} of {} must be between {} and {}, not {}", bounds.what,
                                ast::ToSql(type), bounds.low, bounds.high, value),
                    type.span);
}

// CHAR and BINARY without a length are of 1, VARCHAR and VARBINARY without limit (Flink).
Result<int> Length(const ast::DataType& type, int fallback = 1) {
  return Number(type, type.precision, {"length", 1, Type::kMaxLength, fallback});
}

Result<int> Fraction(const ast::DataType& type, int fallback) {
  return Number(type, type.precision, {"precision", 0, 9, fallback});
}

Result<Type> DecimalType(const ast::DataType& type) {
  const int precision =
      TRY(Number(type, type.precision, {"precision", 1, Type::kMaxDecimalPrecision, 10}));
  const int scale = TRY(Number(type, type.scale, {"scale", 0, precision, 0}));
  return Type::Decimal(precision, scale);
}

Type IntervalType(const ast::DataType& type) {
  const ast::TimeUnit unit = type.interval.from;
  const bool months = unit == ast::TimeUnit::kYear || unit == ast::TimeUnit::kMonth ||
                      unit == ast::TimeUnit::kQuarter;
  return months ? Type::IntervalYearMonth() : Type::IntervalDayTime();
}

// Names differ, as in Flink; a file of JSON or Parquet could not be read by them otherwise.
Result<Type> RowType(const ast::DataType& type) {
  std::vector<TypeField> fields;
  for (const ast::FieldType& field : type.fields) {
    const bool taken = std::ranges::find(fields, field.name.text, &TypeField::name) != fields.end();
    if (taken) {
      return Status::InvalidSql(
                 fmt::format("two fields of a ROW are called \"{}\"", field.name.text))
          .WithId("E2004")
          .WithSpan(field.name.span);
    }
    Type bound = TRY(BindType(*field.type));
    fields.push_back({field.name.text, std::move(bound)});
  }
  return Type::Row(std::move(fields));
}

Result<Type> CollectionType(const ast::DataType& type) {
  Type first = TRY(BindType(type.arguments[0]));
  if (type.kind == ast::TypeKind::kArray) return Type::Array(std::move(first));
  if (type.kind == ast::TypeKind::kMultiset) return Type::Multiset(std::move(first));
  return Type::Map(std::move(first), TRY(BindType(type.arguments[1])));
}

Result<Type> BindKind(const ast::DataType& type) {
  switch (type.kind) {
    case ast::TypeKind::kBoolean:
      return Type::Boolean();
    case ast::TypeKind::kTinyInt:
      return Type::TinyInt();
    case ast::TypeKind::kSmallInt:
      return Type::SmallInt();
    case ast::TypeKind::kInteger:
      return Type::Int();
    case ast::TypeKind::kBigInt:
      return Type::BigInt();
    case ast::TypeKind::kFloat:
      return Type::Float();
    case ast::TypeKind::kDouble:
      return Type::Double();
    case ast::TypeKind::kDecimal:
      return DecimalType(type);
    case ast::TypeKind::kChar:
      return Type::Char(TRY(Length(type)));
    case ast::TypeKind::kVarchar:
      return Type::VarChar(TRY(Length(type, Type::kMaxLength)));
    case ast::TypeKind::kString:
      return Type::String();
    case ast::TypeKind::kBinary:
      return Type::Binary(TRY(Length(type)));
    case ast::TypeKind::kVarbinary:
      return Type::VarBinary(TRY(Length(type, Type::kMaxLength)));
    case ast::TypeKind::kBytes:
      return Type::Bytes();
    case ast::TypeKind::kDate:
      return Type::Date();
    case ast::TypeKind::kTime:
      return Type::Time(TRY(Fraction(type, 0)));
    case ast::TypeKind::kTimestamp:
      return Type::Timestamp(TRY(Fraction(type, 6)));
    case ast::TypeKind::kTimestampLtz:
      return Type::TimestampLtz(TRY(Fraction(type, 6)));
    case ast::TypeKind::kInterval:
      return IntervalType(type);
    case ast::TypeKind::kArray:
    case ast::TypeKind::kMultiset:
    case ast::TypeKind::kMap:
      return CollectionType(type);
    case ast::TypeKind::kRow:
      return RowType(type);
    case ast::TypeKind::kTimestampTz:
    case ast::TypeKind::kStructured:
    case ast::TypeKind::kRaw:
    case ast::TypeKind::kNull:
    case ast::TypeKind::kVariant:
    case ast::TypeKind::kBitmap:
    case ast::TypeKind::kNamed:
      return NotSupported(type);
  }
  return NotSupported(type);
}

}  // namespace

Result<Type> BindType(const ast::DataType& type) {
  const Type bound = TRY(BindKind(type));
  return bound.WithNullable(type.nullability != ast::Nullability::kNotNull);
}

}  // namespace weir::bind
