// Data types as they were written, before anything is known about their limits.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "planner/ast/box.h"
#include "planner/ast/name.h"

namespace weir::ast {

// Units of intervals, EXTRACT, FLOOR … TO, TIMESTAMPADD and the like. Plural spellings (HOURS) and
// SQL_TSI_ prefixes are folded into these.
enum class TimeUnit : uint8_t {
  kMillennium,
  kCentury,
  kDecade,
  kYear,
  kQuarter,
  kMonth,
  kWeek,
  kDay,
  kHour,
  kMinute,
  kSecond,
  kMillisecond,
  kMicrosecond,
  kNanosecond,
  kDow,
  kDoy,
  kIsoDow,
  kIsoYear,
  kEpoch,
};

// DAY, DAY(3), DAY TO SECOND(6), SECOND(2, 6), …
struct IntervalQualifier {
  TimeUnit from = TimeUnit::kSecond;
  std::optional<TimeUnit> to;
  std::optional<int32_t> precision;             // digits of the leading unit
  std::optional<int32_t> fractional_precision;  // digits after the second
  friend bool operator==(const IntervalQualifier&, const IntervalQualifier&) = default;
};

// Aliases are folded: INT is kInteger, DEC and NUMERIC are kDecimal, TIMESTAMP WITH LOCAL TIME ZONE
// is kTimestampLtz, `INT ARRAY` is ARRAY<INT>. STRING and BYTES stay apart from VARCHAR and
// VARBINARY.
enum class TypeKind : uint8_t {
  kBoolean,
  kTinyInt,
  kSmallInt,
  kInteger,
  kBigInt,
  kFloat,
  kDouble,
  kDecimal,
  kChar,
  kVarchar,
  kString,
  kBinary,
  kVarbinary,
  kBytes,
  kDate,
  kTime,
  kTimestamp,
  kTimestampTz,
  kTimestampLtz,
  kInterval,
  kArray,
  kMultiset,
  kMap,
  kRow,
  kStructured,
  kRaw,
  kNull,
  kVariant,
  kBitmap,
  kNamed,
};

// What was said about NULL after a type. Unsaid means nullable, except inside a PRIMARY KEY.
enum class Nullability : uint8_t { kUnsaid, kNull, kNotNull };

struct DataType;

// A field of ROW<…> or STRUCTURED<…>.
struct FieldType {
  Identifier name;
  Box<DataType> type;
  std::optional<Text> comment;
  friend bool operator==(const FieldType&, const FieldType&) = default;
};

// One type. Which members count depends on `kind`; the others keep their defaults.
struct DataType {
  TypeKind kind = TypeKind::kInteger;
  std::optional<int32_t> precision;  // also the length of CHAR, BINARY, …
  std::optional<int32_t> scale;      // kDecimal
  IntervalQualifier interval;        // kInterval
  std::vector<DataType> arguments;   // element of ARRAY and MULTISET; key and value of MAP
  std::vector<FieldType> fields;     // kRow, kStructured
  std::vector<Text> texts;           // RAW('class', 'snapshot'), STRUCTURED<'class', …>
  Name name;                         // kNamed: a user's type
  Nullability nullability = Nullability::kUnsaid;
  Span span;
  friend bool operator==(const DataType&, const DataType&) = default;
};

}  // namespace weir::ast
