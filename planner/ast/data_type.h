// Data types as they were written.
// The names are Flink SQL's ("Data Types" in its documentation). Bounds on precision, scale and
// length are checked by planner/bind, which turns a DataType into a runtime Type.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "planner/ast/box.h"
#include "planner/ast/name.h"

namespace weir::ast {

// Units of intervals, EXTRACT, FLOOR … TO, TIMESTAMPADD and the like. Plurals (HOURS) and SQL_TSI_
// prefixes are normalised to these. The binder decides which of them a function or interval takes.
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
  // From 1 for Sunday, by Flink's rule.
  kDow,
  // From 1.
  kDoy,
  // From 1 for Monday (ISO 8601).
  kIsoDow,
  kIsoYear,
  // Seconds since 1970-01-01.
  kEpoch,
};

// DAY, DAY(3), DAY TO SECOND(6), SECOND(2, 6), …
// Precisions that were not written are absent. Values are months or milliseconds whatever was
// declared.
struct IntervalQualifier {
  TimeUnit from = TimeUnit::kSecond;
  // Absent for a single unit.
  std::optional<TimeUnit> to;
  std::optional<int32_t> precision;             // digits of the leading unit
  std::optional<int32_t> fractional_precision;  // digits after the second
  friend bool operator==(const IntervalQualifier&, const IntervalQualifier&) = default;
};

// Aliases become one kind: INT is kInteger, DEC and NUMERIC are kDecimal, TIMESTAMP WITH LOCAL TIME
// ZONE is kTimestampLtz, `INT ARRAY` is ARRAY<INT>. Only STRING and BYTES stay apart from VARCHAR
// and VARBINARY.
enum class TypeKind : uint8_t {
  kBoolean,
  // 8, 16, 32 and 64 bits, signed.
  kTinyInt,
  kSmallInt,
  kInteger,
  kBigInt,
  // 32 and 64 bits, IEEE 754; DOUBLE PRECISION is kDouble.
  kFloat,
  kDouble,
  // DECIMAL(p, s): p 1 to 38, s 0 to p; unsaid (10, 0).
  kDecimal,
  // CHAR(n), VARCHAR(n), STRING; n counts characters and is 1 when unsaid.
  kChar,
  kVarchar,
  kString,
  // BINARY(n), VARBINARY(n), BYTES; n counts bytes.
  kBinary,
  kVarbinary,
  kBytes,
  // DATE, TIME(p), TIMESTAMP(p), TIMESTAMP(p) WITH TIME ZONE, TIMESTAMP_LTZ(p).
  kDate,
  kTime,
  kTimestamp,
  kTimestampTz,
  kTimestampLtz,
  // INTERVAL with its qualifier.
  kInterval,
  // Collections: `arguments` holds their element types.
  kArray,
  kMultiset,
  kMap,
  // Named fields in `fields`.
  kRow,
  kStructured,
  // Flink's types that hold objects of the JVM; parsed, and refused by the binder.
  kRaw,
  // NULL, VARIANT, BITMAP.
  kNull,
  kVariant,
  kBitmap,
  // A name the grammar does not know.
  kNamed,
};

// Whether NULL or NOT NULL was written after a type. kUnsaid means nullable, except inside a
// PRIMARY KEY.
enum class Nullability : uint8_t { kUnsaid, kNull, kNotNull };

struct DataType;

// A field of ROW<…> or STRUCTURED<…>. Values are matched to fields by position, not by name.
struct FieldType {
  Identifier name;
  Box<DataType> type;
  std::optional<Text> comment;
  friend bool operator==(const FieldType&, const FieldType&) = default;
};

// One type. `kind` decides which members have a meaning; the others keep their defaults. Nothing
// beyond the grammar is checked: DECIMAL(99, 100) is a DataType, and planner/bind/bind_type.h
// answers E1003.
struct DataType {
  TypeKind kind = TypeKind::kInteger;
  // Absent: not written, so the type's default.
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
