#include "runtime/connectors/formats/field_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "runtime/base/names.h"
#include "runtime/base/valid_utf8.h"
#include "runtime/fault_point.h"
#include "runtime/types/datetime.h"
#include "runtime/types/decimal.h"
#include "runtime/types/interval.h"

namespace weir::connectors {
namespace {

// Each Parse* returns whether `text` is a value and stores it.
template <typename T>
bool ParseNumber(std::string_view text, T& value) {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && stop == end && !text.empty();
}

bool ParseFlag(std::string_view text, uint8_t& value) {
  value = EqualsIgnoreCase(text, "true") ? 1 : 0;
  return value == 1 || EqualsIgnoreCase(text, "false");
}

template <typename T>
bool Take(const std::optional<T>& parsed, T& value) {
  if (parsed) value = *parsed;
  return parsed.has_value();
}

// Runs parse(text, value) over all slices; empty text of a non-string is no value.
template <typename T, typename F>
MutableColumnPtr Loop(std::span<const FieldSlice> slices, const Type& type, uint8_t* bad,
                      F&& parse) {
  MutableColumnPtr column = Column::Make(type, static_cast<uint32_t>(slices.size()));
  T* out = column->mutable_data<T>();
  for (uint32_t i = 0; i < slices.size(); ++i) {
    out[i] = T{};
    if (!slices[i].present) {
      column->SetNull(i);
    } else if (!parse(TrimBlanks(slices[i].view()), out[i])) [[unlikely]] {
      column->SetNull(i);
      bad[i] = 1;
    }
  }
  return column;
}

// An interval as it is written ("+1-02"), or its months as a number.
bool ParseMonths(std::string_view text, int32_t& value) {
  return ParseNumber(text, value) ||
         Take(ParseIntervalYearMonth(text, TimeUnit::kYear, TimeUnit::kMonth), value);
}

// The same of days and times ("+1 02:03:04.005"), or their milliseconds.
bool ParseMillis(std::string_view text, int64_t& value) {
  return ParseNumber(text, value) ||
         Take(ParseIntervalDayTime(text, TimeUnit::kDay, TimeUnit::kSecond), value);
}

template <typename T>
MutableColumnPtr Numbers(std::span<const FieldSlice> slices, const Type& type, uint8_t* bad) {
  return Loop<T>(slices, type, bad,
                 [](std::string_view text, T& value) { return ParseNumber(text, value); });
}

MutableColumnPtr Decimals(std::span<const FieldSlice> slices, const Type& type, uint8_t* bad) {
  const auto parse = [&](std::string_view text, auto& value) {
    const std::optional<Int128> unscaled = ParseDecimal(text, type.precision(), type.scale());
    if (unscaled) value = static_cast<std::remove_reference_t<decltype(value)>>(*unscaled);
    return unscaled.has_value();
  };
  if (type.physical() == PhysicalType::kInt64) return Loop<int64_t>(slices, type, bad, parse);
  return Loop<Int128>(slices, type, bad, parse);
}

MutableColumnPtr Strings(std::span<const FieldSlice> slices, const Type& type) {
  MutableColumnPtr column = Column::Make(type, static_cast<uint32_t>(slices.size()));
  auto* out = column->mutable_data<StringRef>();
  for (uint32_t i = 0; i < slices.size(); ++i) {
    out[i] = StringRef(slices[i].view());
    if (!slices[i].present) column->SetNull(i);
  }
  return column;
}

// A TIMESTAMP has no place for an offset. 'Z' and +00:00 leave the text as it is.
bool IsOfType(const ParsedTimestamp& parsed, const Type& type) {
  return type.kind() == TypeKind::kTimestampLtz || parsed.offset_seconds.value_or(0) == 0 ||
         DefectPlanted("offsets-dropped");
}

MutableColumnPtr Timestamps(std::span<const FieldSlice> slices, const Type& type,
                            const TimeZone& zone, uint8_t* bad) {
  if (type.physical() == PhysicalType::kInt64) {
    return Loop<int64_t>(slices, type, bad, [&](std::string_view text, int64_t& value) {
      return ParseMicros(text, type, zone, value);
    });
  }
  return Loop<TimestampNanos>(slices, type, bad, [&](std::string_view text, TimestampNanos& value) {
    return ParseNanos(text, type, zone, value);
  });
}

}  // namespace

std::string_view TrimBlanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// With year, month and day, and nothing behind them.
std::optional<int32_t> ParseWholeDate(std::string_view text) {
  constexpr std::ptrdiff_t kDashes = 2;
  const bool whole = std::ranges::count(text, '-') == kDashes &&
                     text.find_first_of(" \tT") == std::string_view::npos;
  return whole ? ParseDate(text) : std::nullopt;
}

std::optional<int64_t> ParseLocalTime(std::string_view text) {
  return text.find_first_of("+-") == std::string_view::npos ? ParseTime(text) : std::nullopt;
}

bool ParseMicros(std::string_view text, const Type& type, const TimeZone& zone, int64_t& value) {
  if (Take(ParseTimestamp(text, type.precision()), value)) {
    if (type.kind() == TypeKind::kTimestampLtz && !zone.is_utc()) value = zone.ToUtcMicros(value);
    return true;
  }
  // Texts with 'T' or an offset take the slower way.
  const std::optional<ParsedTimestamp> iso = ParseIsoTimestamp(text);
  if (!iso || !IsOfType(*iso, type)) return false;
  TimestampNanos t = iso->local;
  if (type.kind() == TypeKind::kTimestampLtz) {
    t = iso->offset_seconds ? iso->utc() : zone.ToUtc(t);
  }
  value = TruncateMicros(MicrosFromNanos(t), type.precision());
  return true;
}

bool ParseNanos(std::string_view text, const Type& type, const TimeZone& zone,
                TimestampNanos& value) {
  const std::optional<ParsedTimestamp> iso = ParseIsoTimestamp(text);
  if (!iso) return Take(ParseTimestampNanos(text, type.precision()), value);
  if (!IsOfType(*iso, type)) return false;
  value = iso->local;
  if (type.kind() == TypeKind::kTimestampLtz) {
    value = iso->offset_seconds ? iso->utc() : zone.ToUtc(value);
  }
  value = TruncateNanos(value, type.precision());
  return true;
}

MutableColumnPtr ParseFields(std::span<const FieldSlice> slices, const Type& type,
                             const TimeZone& zone, uint8_t* bad) {
  switch (type.kind()) {
    case TypeKind::kBoolean:
      return Loop<uint8_t>(slices, type, bad, ParseFlag);
    case TypeKind::kTinyInt:
      return Numbers<int8_t>(slices, type, bad);
    case TypeKind::kSmallInt:
      return Numbers<int16_t>(slices, type, bad);
    case TypeKind::kInt:
      return Numbers<int32_t>(slices, type, bad);
    case TypeKind::kIntervalYearMonth:
      return Loop<int32_t>(slices, type, bad, ParseMonths);
    case TypeKind::kBigInt:
      return Numbers<int64_t>(slices, type, bad);
    case TypeKind::kIntervalDayTime:
      return Loop<int64_t>(slices, type, bad, ParseMillis);
    case TypeKind::kFloat:
      return Numbers<float>(slices, type, bad);
    case TypeKind::kDouble:
      return Numbers<double>(slices, type, bad);
    case TypeKind::kDecimal:
      return Decimals(slices, type, bad);
    case TypeKind::kChar:
    case TypeKind::kVarChar:
    case TypeKind::kBinary:
    case TypeKind::kVarBinary:
      return Strings(slices, type);
    case TypeKind::kDate:
      return Loop<int32_t>(slices, type, bad, [](std::string_view text, int32_t& value) {
        return Take(ParseWholeDate(text), value);
      });
    case TypeKind::kTime:
      return Loop<int64_t>(slices, type, bad, [](std::string_view text, int64_t& value) {
        return Take(ParseLocalTime(text), value);
      });
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
      return Timestamps(slices, type, zone, bad);
    case TypeKind::kNull:
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kMultiset:
    case TypeKind::kRow:
      break;
  }
  WEIR_UNREACHABLE();
}

Status CheckFieldType(const Type& type, std::string_view format) {
  if (!type.is_nested()) return {};
  return Status::Unsupported(
             fmt::format("columns of type {} in the {} format are not supported yet",
                         type.ToString(), format))
      .WithHint("the json format reads and writes them");
}

std::string NotAValue(std::string_view text, const Type& type) {
  constexpr size_t kLongest = 60;
  return fmt::format("'{}{}' is not a {}", BeginningOf(text, kLongest),
                     text.size() > kLongest ? "…" : "", type.ToStringIgnoringNullability());
}

}  // namespace weir::connectors
