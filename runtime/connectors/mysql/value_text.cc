#include "runtime/connectors/mysql/value_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/base/valid_utf8.h"
#include "runtime/connectors/formats/field_parser.h"
#include "runtime/types/batch_text.h"
#include "runtime/types/column_builder.h"

namespace weir::connectors::mysql {
namespace {

// Times of answers are in UTC, by the session's setting.
const TimeZone& Utc() {
  static const TimeZone zone = TimeZone::Utc();
  return zone;
}

bool IsDated(const Type& type) {
  return type.kind() == TypeKind::kDate || type.kind() == TypeKind::kTimestamp ||
         type.kind() == TypeKind::kTimestampLtz;
}

bool IsInteger(const Type& type) {
  return type.kind() == TypeKind::kTinyInt || type.kind() == TypeKind::kSmallInt ||
         type.kind() == TypeKind::kInt || type.kind() == TypeKind::kBigInt;
}

// "0000-00-00 00:00:00", "2026-00-10"
bool IsZeroDate(std::string_view text) {
  constexpr size_t kMonth = 5;
  constexpr size_t kDay = 8;
  return text.size() >= kDay + 2 && text[kMonth - 1] == '-' &&
         (text.substr(kMonth, 2) == "00" || text.substr(kDay, 2) == "00");
}

Status NotOf(const Field& field, std::string_view text) {
  const bool zero = IsDated(field.type) && IsZeroDate(text);
  return Status::DataError(
             fmt::format("column \"{}\": {}", field.name, NotAValue(text, field.type)))
      .WithId("E3001")
      .WithHint(zero ? "such dates are NULL with zeroDateTimeBehavior=CONVERT_TO_NULL in the URL"
                     : "");
}

// Whether a number is 0; nothing for a text that is none.
FieldSlice BooleanOf(std::string_view text) {
  const bool number =
      !text.empty() && text.find_first_not_of("+-.0123456789eE") == std::string_view::npos;
  if (!number) return {text.data(), static_cast<uint32_t>(text.size()), true, false};
  const bool zero = text.find_first_of("123456789") == std::string_view::npos;
  const std::string_view word = zero ? "false" : "true";
  return {word.data(), static_cast<uint32_t>(word.size()), true, false};
}

FieldSlice SliceOf(const Answer& answer, int row, int column, const Type& type, bool zero_is_null) {
  if (answer.IsNull(row, column)) return {};
  const std::string_view text = answer.Text(row, column);
  if (zero_is_null && IsDated(type) && IsZeroDate(text)) return {};
  if (type.kind() == TypeKind::kBoolean) return BooleanOf(text);
  return {text.data(), static_cast<uint32_t>(text.size()), true, false};
}

// Texts and bytes as they stand: their bytes are copied.
Result<ColumnPtr> ReadTexts(const AnswerRows& rows, int column, const Field& field) {
  const auto& [answer, begin, end] = rows;
  ColumnBuilder builder(field.type, static_cast<uint32_t>(end - begin));
  for (int row = begin; row < end; ++row) {
    if (answer.IsNull(row, column)) {
      builder.AppendNull();
      continue;
    }
    const std::string_view text = answer.Text(row, column);
    if (field.type.is_character() && !IsUtf8(text)) {
      return Status::DataError(fmt::format("column \"{}\": bytes that are no UTF-8", field.name))
          .WithId("E3001")
          .WithHint("a column of the type BYTES holds any bytes");
    }
    builder.AppendString(text);
  }
  return builder.Finish();
}

Status NoYear(std::string_view text) {
  return Status::DataError(fmt::format("'{}': MySQL has the years 0 to 9999", text))
      .WithId("E3001");
}

Status CheckTexts(std::string_view row) {
  if (IsUtf8(row)) return {};
  return Status::DataError("a text whose bytes are no UTF-8, which MySQL does not take")
      .WithId("E3001")
      .WithHint("a column of the type BYTES, and VARBINARY there, takes any bytes");
}

}  // namespace

const jdbc::RowText kLiterals = {",", AppendLiteral, CheckTexts};

Status CheckColumnType(const Field& field) {
  const Type& type = field.type;
  if (!type.is_nested() && !type.is_interval() && type.kind() != TypeKind::kNull) return {};
  return Status::Unsupported(
             fmt::format("column \"{}\": MySQL has no type for {}", field.name, type.ToString()))
      .WithHint("a STRING can hold it, as JSON_OBJECT or CAST make it");
}

Result<ColumnPtr> ReadColumn(const AnswerRows& rows, int column, const Field& field,
                             bool zero_is_null) {
  const auto& [answer, begin, end] = rows;
  std::vector<FieldSlice> slices;
  slices.reserve(static_cast<size_t>(end - begin));
  for (int row = begin; row < end; ++row) {
    slices.push_back(SliceOf(answer, row, column, field.type, zero_is_null));
    if (slices.back().present || field.type.nullable()) continue;
    return Status::DataError(fmt::format("NULL in the NOT NULL column \"{}\"", field.name))
        .WithId("E3004");
  }
  if (field.type.physical() == PhysicalType::kString) return ReadTexts(rows, column, field);
  std::vector<uint8_t> bad(slices.size());
  MutableColumnPtr values = ParseFields(slices, field.type, Utc(), bad.data());
  const auto wrong = std::ranges::find(bad, 1);
  if (wrong == bad.end()) return ColumnPtr(std::move(values));
  return NotOf(field, answer.Text(begin + static_cast<int>(wrong - bad.begin()), column));
}

Status AppendLiteral(const Column& column, uint32_t row, std::string& out) {
  const Type& type = column.type();
  if (column.IsNull(row)) {
    out += "NULL";
    return {};
  }
  if (type.is_character()) {
    out += QuotedText(column.ValueAt<StringRef>(row).view());
    return {};
  }
  if (type.is_binary()) {
    out += QuotedBytes(column.ValueAt<StringRef>(row).view());
    return {};
  }
  std::string text;
  FormatCell(column, row, text);
  if (type.kind() == TypeKind::kBoolean) {
    out += text.front() == 'T' || text.front() == 't' ? "1" : "0";
    return {};
  }
  if (type.is_numeric()) {
    if (text.find_first_of("Ny") != std::string::npos) {
      return Status::DataError(fmt::format("{}, which MySQL has no number for", text))
          .WithId("E3001");
    }
    out += text;
    return {};
  }
  constexpr size_t kYear = 4;
  if (IsDated(type) && text.find('-') != kYear) return NoYear(text);
  out.append("'").append(text).append("'");
  return {};
}

std::vector<std::string_view> CutLiterals(std::string_view row) {
  std::vector<std::string_view> values;
  size_t begin = 0;
  bool quoted = false;
  for (size_t i = 0; i < row.size(); ++i) {
    if (row[i] == '\\') {
      ++i;
    } else if (row[i] == '\'') {
      quoted = !quoted;
    } else if (row[i] == ',' && !quoted) {
      values.push_back(row.substr(begin, i - begin));
      begin = i + 1;
    }
  }
  values.push_back(row.substr(begin));
  return values;
}

bool HoldsApart(const ServerColumn& column, const Type& type) {
  const bool whole = IsOneOf(column.type, {"tinyint", "smallint", "mediumint", "int", "bigint"});
  if (IsInteger(type)) return whole || column.type == "decimal";
  switch (type.kind()) {
    case TypeKind::kDecimal:
      return (whole && type.scale() == 0) ||
             (column.type == "decimal" && type.scale() <= column.scale);
    case TypeKind::kDate:
      return IsOneOf(column.type, {"date", "datetime"});
    case TypeKind::kTime:
      return column.type == "time" && type.precision() <= column.scale;
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
      return IsOneOf(column.type, {"datetime", "timestamp"}) && type.precision() <= column.scale;
    default:
      // BINARY fills up with zeros.
      return type.is_binary() && column.type == "varbinary";
  }
}

std::string HeldLiteral(const ServerColumn& column, const Type& type, std::string_view literal) {
  const bool number = type.is_numeric();
  if (HoldsApart(column, type) || (!number && !IsDated(type) && type.kind() != TypeKind::kTime))
    return std::string(literal);
  if (number && column.type == "decimal")
    return fmt::format("CAST({} AS DECIMAL({}, {}))", literal, column.digits, column.scale);
  if (number && column.Order() == "number") {
    const bool is_unsigned = column.whole.find("unsigned") != std::string::npos;
    return fmt::format("CAST({} AS {})", literal, is_unsigned ? "UNSIGNED" : "SIGNED");
  }
  if (column.type == "date") return fmt::format("CAST({} AS DATE)", literal);
  if (IsOneOf(column.type, {"datetime", "timestamp"}))
    return fmt::format("CAST({} AS DATETIME({}))", literal, column.scale);
  if (column.type == "time") return fmt::format("CAST({} AS TIME({}))", literal, column.scale);
  return std::string(literal);
}

}  // namespace weir::connectors::mysql
