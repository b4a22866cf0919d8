#include "planner/bind/bind_literal.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "planner/ast/to_sql.h"
#include "runtime/base/hex_digit.h"
#include "runtime/base/utf8.h"
#include "runtime/types/datetime.h"
#include "runtime/types/decimal.h"

namespace weir::bind {
namespace {

Status Malformed(std::string message, std::string hint = "") {
  return Status::InvalidSql(std::move(message)).WithId("E1003").WithHint(std::move(hint));
}

Type NotNull(const Type& type) {
  return type.WithNullable(false);
}

// The digits without their point, with the sign.
Result<Int128> Unscaled(std::string_view text, bool negated) {
  Int128 value = 0;
  for (const char c : text) {
    if (c == '.') continue;
    if (value >= PowerOfTen(Type::kMaxDecimalPrecision - 1)) {
      return Malformed(fmt::format("the number has more than 38 digits: {}", text),
                       "an exponent makes it a DOUBLE: 1E39");
    }
    value = value * 10 + (c - '0');
  }
  return negated ? -value : value;
}

int DigitsOf(Int128 value) {
  int digits = 1;
  while (!FitsPrecision(value, digits)) ++digits;
  return digits;
}

Value DecimalOf(Int128 unscaled, int precision, int scale) {
  const Type type = NotNull(Type::Decimal(precision, scale));
  if (type.physical() == PhysicalType::kInt64) return {type, static_cast<int64_t>(unscaled)};
  return {type, unscaled};
}

// INT, BIGINT, or a DECIMAL beyond them, which Flink refuses.
Result<Value> IntegerValue(std::string_view text, bool negated) {
  const Int128 value = TRY(Unscaled(text, negated));
  if (value >= std::numeric_limits<int32_t>::min() &&
      value <= std::numeric_limits<int32_t>::max()) {
    return Value(NotNull(Type::Int()), static_cast<int32_t>(value));
  }
  if (value >= std::numeric_limits<int64_t>::min() &&
      value <= std::numeric_limits<int64_t>::max()) {
    return Value(NotNull(Type::BigInt()), static_cast<int64_t>(value));
  }
  return DecimalOf(value, DigitsOf(value), 0);
}

// Calcite counts every written digit, a leading zero as well: 0.5 is DECIMAL(2, 1), .5 DECIMAL(1,
// 1).
Result<Value> DecimalValue(std::string_view text, bool negated) {
  const size_t point = text.find('.');
  if (point == std::string_view::npos) return IntegerValue(text, negated);
  if (point + 1 == text.size()) return IntegerValue(text.substr(0, point), negated);
  const Int128 unscaled = TRY(Unscaled(text, negated));
  const int scale = static_cast<int>(text.size() - point - 1);
  if (scale > Type::kMaxDecimalPrecision) {
    return Malformed(fmt::format("the number has more than 38 digits: {}", text));
  }
  const int precision = static_cast<int>(text.size() - 1);
  return DecimalOf(unscaled, std::min(precision, Type::kMaxDecimalPrecision), scale);
}

Result<Value> DoubleValue(const std::string& text, bool negated) {
  const double value = std::strtod(text.c_str(), nullptr);
  if (!std::isfinite(value)) return Malformed(fmt::format("the number is out of range: {}", text));
  return Value(NotNull(Type::Double()), negated ? -value : value);
}

int CodePoints(std::string_view text) {
  int count = 0;
  for (const char c : text) count += ContinuesCharacter(c) ? 0 : 1;
  return count;
}

Result<Value> BinaryValue(std::string_view text) {
  if (text.size() % 2 != 0) return Malformed("a binary literal has an odd number of digits");
  std::string bytes;
  for (size_t i = 0; i < text.size(); i += 2) {
    const int byte = HexByte(text, i);
    if (byte < 0) return Malformed(fmt::format("not hexadecimal: X'{}'", text));
    bytes += static_cast<char>(byte);
  }
  const int length = static_cast<int>(bytes.size());
  return Value(NotNull(Type::Binary(length)), std::move(bytes));
}

// Pads "2024-1-5" to "2024-01-05" for the shape "9999-99-99": each run of nines stands for that
// many digits, or fewer. Nothing for any other text: literals are stricter than casts.
std::optional<std::string> Padded(std::string_view text, std::string_view shape) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  std::string padded;
  for (size_t i = 0; i < shape.size();) {
    if (shape[i] != '9') {
      if (text.empty() || text[0] != shape[i]) return std::nullopt;
      padded += shape[i++];
      text.remove_prefix(1);
      continue;
    }
    const size_t width = std::min(shape.find_first_not_of('9', i), shape.size()) - i;
    size_t digits = 0;
    while (digits < std::min(width, text.size()) && digit(text[digits])) ++digits;
    if (digits == 0) return std::nullopt;
    padded.append(width - digits, '0').append(text.substr(0, digits));
    text.remove_prefix(digits);
    i += width;
  }
  return text.empty() ? std::optional(std::move(padded)) : std::nullopt;
}

// A text and the digits of its fraction, which are part of it.
struct Clock {
  std::string text;
  int digits = 0;
};

// Pads what stands before the fraction. A point may lack its digits, and those behind the ninth are
// cut.
std::optional<Clock> PaddedClock(std::string_view text, std::string_view shape) {
  const size_t point = text.find('.');
  std::optional<std::string> whole = Padded(text.substr(0, point), shape);
  if (!whole) return std::nullopt;
  if (point == std::string_view::npos) return Clock{std::move(*whole), 0};
  std::string_view fraction = text.substr(point + 1);
  if (fraction.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  fraction = fraction.substr(0, 9);
  if (!fraction.empty()) whole->append(".").append(fraction);
  return Clock{std::move(*whole), static_cast<int>(fraction.size())};
}

// Splits off ".123": the number of digits, or -1 when the fraction is malformed.
int FractionDigits(std::string_view text, size_t whole) {
  if (text.size() <= whole) return 0;
  const std::string_view fraction = text.substr(whole);
  if (fraction[0] != '.' || fraction.size() < 2 || fraction.size() > 10) return -1;
  const bool digits = fraction.find_first_not_of("0123456789", 1) == std::string_view::npos;
  return digits ? static_cast<int>(fraction.size()) - 1 : -1;
}

Result<Value> DateValue(std::string_view text) {
  if (const auto padded = Padded(text, "9999-99-99")) {
    if (const auto days = ParseDate(*padded)) return Value(NotNull(Type::Date()), *days);
  }
  return Malformed(fmt::format("not a date: '{}'", text), "write DATE 'yyyy-MM-dd'");
}

Result<Value> TimeValue(std::string_view text) {
  if (const auto clock = PaddedClock(text, "99:99:99")) {
    if (const auto nanos = ParseTime(clock->text)) {
      return Value(NotNull(Type::Time(clock->digits)), *nanos);
    }
  }
  return Malformed(fmt::format("not a time: '{}'", text), "write TIME 'HH:mm:ss'");
}

// The value of a TIMESTAMP literal, of as many digits as were written; a date alone is its
// midnight.
Result<Value> TimestampValue(std::string_view text) {
  std::optional<Clock> clock = PaddedClock(text, "9999-99-99 99:99:99");
  if (const auto date = Padded(text, "9999-99-99")) clock = Clock{*date + " 00:00:00", 0};
  if (clock) {
    const Type type = NotNull(Type::Timestamp(clock->digits));
    const auto nanos = ParseTimestampNanos(clock->text, clock->digits);
    if (nanos && type.physical() == PhysicalType::kTimestampNanos) return Value(type, *nanos);
    if (nanos) return Value(type, MicrosFromNanos(*nanos));
  }
  return Malformed(fmt::format("not a timestamp: '{}'", text),
                   "write TIMESTAMP 'yyyy-MM-dd HH:mm:ss[.fraction]'");
}

// --- Intervals: fields from `from` to `to`, e.g. '1 02:03:04.5' DAY TO SECOND --------------------

struct UnitSize {
  ast::TimeUnit unit;
  int64_t size;    // in months or milliseconds
  int64_t limit;   // values of a field that is not the first; 0: never one
  char separator;  // before it
};
constexpr UnitSize kMonthUnits[] = {{ast::TimeUnit::kYear, 12, 0, 0},
                                    {ast::TimeUnit::kMonth, 1, 12, '-'}};
constexpr UnitSize kTimeUnits[] = {{ast::TimeUnit::kDay, 86'400'000, 0, 0},
                                   {ast::TimeUnit::kHour, 3'600'000, 24, ' '},
                                   {ast::TimeUnit::kMinute, 60'000, 60, ':'},
                                   {ast::TimeUnit::kSecond, 1'000, 60, ':'}};

// Takes digits off the front; nothing when there are none or too many.
std::optional<int64_t> TakeNumber(std::string_view& text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end == text.data() || text[0] == '-') return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return value;
}

// Takes ".5" off the front, as milliseconds; more digits are cut.
int64_t TakeMillis(std::string_view& text) {
  const int digits = FractionDigits(text, 0);
  if (digits <= 0) return 0;
  int64_t millis = 0;
  for (int i = 0; i < 3; ++i) {
    millis = millis * 10 + (i < digits ? text[static_cast<size_t>(i) + 1] - '0' : 0);
  }
  text = {};
  return millis;
}

std::optional<int64_t> ParseFields(std::string_view text, std::span<const UnitSize> units,
                                   const ast::IntervalQualifier& qualifier) {
  const ast::TimeUnit last = qualifier.to.value_or(qualifier.from);
  int64_t total = 0;
  bool inside = false;
  for (const UnitSize& unit : units) {
    if (!inside && unit.unit != qualifier.from) continue;
    if (inside) {
      if (text.empty() || text[0] != unit.separator) return std::nullopt;
      text.remove_prefix(1);
    }
    const std::optional<int64_t> value = TakeNumber(text);
    if (!value || (inside && *value >= unit.limit)) return std::nullopt;
    int64_t scaled = 0;
    if (__builtin_mul_overflow(*value, unit.size, &scaled)) return std::nullopt;
    if (__builtin_add_overflow(total, scaled, &total)) return std::nullopt;
    inside = true;
    if (unit.unit == last) break;
  }
  if (last == ast::TimeUnit::kSecond) total += TakeMillis(text);
  return text.empty() && inside ? std::optional(total) : std::nullopt;
}

// An INTERVAL of one unit that has no fields of its own, such as '3' WEEK: `size` times the number.
// Nothing when it is malformed or overflows.
std::optional<int64_t> WholeUnit(std::string_view text, int64_t size) {
  const std::optional<int64_t> value = TakeNumber(text);
  int64_t total = 0;
  if (!value || !text.empty() || __builtin_mul_overflow(*value, size, &total)) return std::nullopt;
  return total;
}

std::optional<int64_t> IntervalAmount(const ast::Literal& literal, std::string_view text,
                                      bool months) {
  switch (literal.interval.from) {
    case ast::TimeUnit::kQuarter:
      return WholeUnit(text, 3);
    case ast::TimeUnit::kWeek:
      return WholeUnit(text, 7 * 86'400'000LL);
    case ast::TimeUnit::kMillisecond:
      return WholeUnit(text, 1);
    default:
      break;
  }
  if (months) return ParseFields(text, kMonthUnits, literal.interval);
  return ParseFields(text, kTimeUnits, literal.interval);
}

Result<Value> IntervalValue(const ast::Literal& literal) {
  const ast::TimeUnit from = literal.interval.from;
  const bool months = from == ast::TimeUnit::kYear || from == ast::TimeUnit::kQuarter ||
                      from == ast::TimeUnit::kMonth;
  std::string_view text = literal.text;
  bool negative = literal.negative;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    negative = negative != (text[0] == '-');
    text.remove_prefix(1);
  }
  const std::optional<int64_t> amount = IntervalAmount(literal, text, months);
  const bool too_large = amount && months && *amount > std::numeric_limits<int32_t>::max();
  if (!amount || too_large) {
    return Malformed(
        fmt::format("not an interval of {}: '{}'", ast::ToSql(literal.interval), literal.text),
        "write INTERVAL '1' HOUR, INTERVAL '1 02:30' DAY TO MINUTE, …");
  }
  const int64_t value = negative ? -*amount : *amount;
  if (months) return Value(NotNull(Type::IntervalYearMonth()), static_cast<int32_t>(value));
  return Value(NotNull(Type::IntervalDayTime()), value);
}

}  // namespace

Result<Value> BindLiteral(const ast::Literal& literal, bool negated) {
  switch (literal.kind) {
    case ast::LiteralKind::kNull:
      return Value();
    case ast::LiteralKind::kUnknown:
      return Value::Null(Type::Boolean());
    case ast::LiteralKind::kTrue:
      return Value(NotNull(Type::Boolean()), uint8_t{1});
    case ast::LiteralKind::kFalse:
      return Value(NotNull(Type::Boolean()), uint8_t{0});
    case ast::LiteralKind::kInteger:
      return IntegerValue(literal.text, negated);
    case ast::LiteralKind::kDecimal:
      return DecimalValue(literal.text, negated);
    case ast::LiteralKind::kDouble:
      return DoubleValue(literal.text, negated);
    case ast::LiteralKind::kString:
      return Value(NotNull(Type::Char(CodePoints(literal.text))), literal.text);
    case ast::LiteralKind::kBinary:
      return BinaryValue(literal.text);
    case ast::LiteralKind::kDate:
      return DateValue(literal.text);
    case ast::LiteralKind::kTime:
      return TimeValue(literal.text);
    case ast::LiteralKind::kTimestamp:
      return TimestampValue(literal.text);
    case ast::LiteralKind::kTimestampLtz:
      return Status::Unsupported("a TIMESTAMP WITH LOCAL TIME ZONE literal is not supported yet")
          .WithHint("CAST(TIMESTAMP '…' AS TIMESTAMP_LTZ(3)) means the same");
    case ast::LiteralKind::kInterval:
      return IntervalValue(literal);
  }
  return Malformed("not a literal");
}

}  // namespace weir::bind
