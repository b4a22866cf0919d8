#include "runtime/arrow/arrow_type.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <vector>

namespace weir::arrow {
namespace {

struct SimpleType {
  std::string_view format;
  ArrowType type;
  std::string_view text;
};

// Formats without parameters. Parquet's names of logical types stand where there are any.
constexpr std::array kSimpleTypes = {
    SimpleType{"n", {ArrowKind::kNull}, "NULL"},
    SimpleType{"b", {ArrowKind::kBoolean}, "BOOLEAN"},
    SimpleType{"c", {ArrowKind::kSigned, 1}, "INT_8"},
    SimpleType{"s", {ArrowKind::kSigned, 2}, "INT_16"},
    SimpleType{"i", {ArrowKind::kSigned, 4}, "INT32"},
    SimpleType{"l", {ArrowKind::kSigned, 8}, "INT64"},
    SimpleType{"C", {ArrowKind::kUnsigned, 1}, "UINT_8"},
    SimpleType{"S", {ArrowKind::kUnsigned, 2}, "UINT_16"},
    SimpleType{"I", {ArrowKind::kUnsigned, 4}, "UINT_32"},
    SimpleType{"L", {ArrowKind::kUnsigned, 8}, "UINT_64"},
    SimpleType{"e", {ArrowKind::kOther, 2}, "FLOAT16"},
    SimpleType{"f", {ArrowKind::kFloat, 4}, "FLOAT"},
    SimpleType{"g", {ArrowKind::kFloat, 8}, "DOUBLE"},
    SimpleType{"u", {ArrowKind::kText}, "UTF8"},
    SimpleType{"U", {ArrowKind::kText, 0, true}, "UTF8"},
    SimpleType{"z", {ArrowKind::kBytes}, "BINARY"},
    SimpleType{"Z", {ArrowKind::kBytes, 0, true}, "BINARY"},
    SimpleType{"tdD", {ArrowKind::kDate, 4}, "DATE"},
    SimpleType{"tts", {ArrowKind::kTime, 4, false, 0, 0}, "TIME"},
    SimpleType{"ttm", {ArrowKind::kTime, 4, false, 0, 3}, "TIME_MILLIS"},
    SimpleType{"ttu", {ArrowKind::kTime, 8, false, 0, 6}, "TIME_MICROS"},
    SimpleType{"ttn", {ArrowKind::kTime, 8, false, 0, 9}, "TIME(NANOS)"},
    SimpleType{"+l", {ArrowKind::kList}, "LIST"},
    SimpleType{"+L", {ArrowKind::kList, 0, true}, "LIST"},
    SimpleType{"+m", {ArrowKind::kMap}, "MAP"},
    SimpleType{"+s", {ArrowKind::kStruct}, "a group of fields"},
};

const SimpleType* FindSimple(std::string_view format) {
  for (const SimpleType& simple : kSimpleTypes)
    if (simple.format == format) return &simple;
  return nullptr;
}

// Takes a number from the front of the text, and the comma behind it.
int TakeNumber(std::string_view& text) {
  int number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  text.remove_prefix(static_cast<size_t>(read.ptr - text.data()));
  if (text.starts_with(',')) text.remove_prefix(1);
  return number;
}

// "d:10,2" or, for other widths than 128 bits, "d:10,2,256".
ArrowType DecimalOf(std::string_view parameters) {
  ArrowType type{ArrowKind::kDecimal, 16};
  type.precision = TakeNumber(parameters);
  type.scale = TakeNumber(parameters);
  if (!parameters.empty()) type.width = TakeNumber(parameters) / 8;
  return type;
}

// "tsu:" and a zone, which is empty for local times.
ArrowType TimestampOf(std::string_view format) {
  ArrowType type{ArrowKind::kTimestamp, 8};
  type.scale = format[2] == 's' ? 0 : format[2] == 'm' ? 3 : format[2] == 'u' ? 6 : 9;
  type.adjusted = format.size() > 4;
  return type;
}

std::optional<Type> SqlNumberOf(const ArrowType& type) {
  switch (type.kind) {
    case ArrowKind::kSigned:
      return type.width == 1   ? Type::TinyInt()
             : type.width == 2 ? Type::SmallInt()
             : type.width == 4 ? Type::Int()
                               : Type::BigInt();
    case ArrowKind::kUnsigned:
      return type.width == 1   ? Type::SmallInt()
             : type.width == 2 ? Type::Int()
             : type.width == 4 ? Type::BigInt()
                               : Type::Decimal(20, 0);
    case ArrowKind::kFloat:
      return type.width == 4 ? Type::Float() : Type::Double();
    case ArrowKind::kDecimal:
      if (type.precision > Type::kMaxDecimalPrecision || type.scale < 0 ||
          type.scale > type.precision)
        return std::nullopt;
      return Type::Decimal(type.precision, type.scale);
    default:
      return std::nullopt;
  }
}

std::optional<Type> SqlNestedOf(const ArrowSchema& schema, ArrowKind kind) {
  if (kind == ArrowKind::kList) {
    const std::optional<Type> element = SqlTypeOf(*schema.children[0]);
    return element ? std::optional(Type::Array(*element)) : std::nullopt;
  }
  const bool map = kind == ArrowKind::kMap;
  const ArrowSchema& fields = map ? *schema.children[0] : schema;
  std::vector<TypeField> types;
  for (int64_t i = 0; i < fields.n_children; ++i) {
    const std::optional<Type> type = SqlTypeOf(*fields.children[i]);
    if (!type) return std::nullopt;
    types.push_back({fields.children[i]->name, *type});
  }
  return map ? Type::Map(types[0].type, types[1].type) : Type::Row(std::move(types));
}

}  // namespace

ArrowType ArrowTypeOf(const ArrowSchema& schema) {
  std::string_view format = schema.format;
  if (schema.dictionary != nullptr) return {};
  if (const SimpleType* simple = FindSimple(format)) return simple->type;
  if (format.starts_with("d:")) return DecimalOf(format.substr(2));
  if (format.starts_with("ts") && format.size() >= 4) return TimestampOf(format);
  if (!format.starts_with("w:")) return {};
  format.remove_prefix(2);
  return {ArrowKind::kFixedBytes, TakeNumber(format)};
}

std::string ArrowTypeText(const ArrowSchema& schema) {
  const ArrowType type = ArrowTypeOf(schema);
  if (const SimpleType* simple = FindSimple(schema.format)) return std::string(simple->text);
  switch (type.kind) {
    case ArrowKind::kDecimal:
      return fmt::format("DECIMAL({}, {})", type.precision, type.scale);
    case ArrowKind::kFixedBytes:
      return fmt::format("FIXED_LEN_BYTE_ARRAY({})", type.width);
    case ArrowKind::kTimestamp:
      return fmt::format("TIMESTAMP({}){}",
                         type.scale == 9   ? "NANOS"
                         : type.scale == 6 ? "MICROS"
                                           : "MILLIS",
                         type.adjusted ? " of UTC" : "");
    default:
      return fmt::format("'{}' of Arrow", schema.format);
  }
}

std::optional<Type> SqlTypeOf(const ArrowSchema& schema) {
  const ArrowType type = ArrowTypeOf(schema);
  switch (type.kind) {
    case ArrowKind::kNull:
    case ArrowKind::kText:
      return Type::String();
    case ArrowKind::kBoolean:
      return Type::Boolean();
    case ArrowKind::kBytes:
      return Type::Bytes();
    case ArrowKind::kFixedBytes:
      return type.width > 0 ? std::optional(Type::Binary(type.width)) : std::nullopt;
    case ArrowKind::kDate:
      return Type::Date();
    case ArrowKind::kTime:
      return Type::Time(type.scale);
    case ArrowKind::kTimestamp:
      return type.adjusted ? Type::TimestampLtz(type.scale) : Type::Timestamp(type.scale);
    case ArrowKind::kList:
    case ArrowKind::kMap:
    case ArrowKind::kStruct:
      return SqlNestedOf(schema, type.kind);
    default:
      return SqlNumberOf(type);
  }
}

}  // namespace weir::arrow
