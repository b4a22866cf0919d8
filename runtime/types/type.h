// The SQL types of the dialect and how their values lie in memory. The set of types and their
// spelling follow Flink SQL ("Data Types" in its documentation); the memory layout follows Arrow's
// columnar format, except for strings (string_ref.h) and DECIMAL.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

// The kind of a SQL type, without its parameters. The order is relied on: numeric kinds, then
// characters, binaries, times and nested ones each stand together (see Type::is_numeric and
// others). Persisted schemas name types by their text, never by these numbers.
enum class TypeKind : uint8_t {
  kNull,  // the type of a bare NULL before it is coerced
  // BOOLEAN.
  kBoolean,
  // Exact integers of 8, 16, 32 and 64 bits: TINYINT, SMALLINT, INT, BIGINT.
  kTinyInt,
  kSmallInt,
  kInt,
  kBigInt,
  // IEEE 754 of 32 and 64 bits. NaN equals itself and -0.0 equals 0.0 as keys (key_encoding.h).
  kFloat,
  kDouble,
  // DECIMAL(precision, scale): an integer times a power of ten.
  kDecimal,
  // CHAR(n) and VARCHAR(n), n in characters (code points) of UTF-8.
  kChar,
  kVarChar,
  // BINARY(n) and VARBINARY(n), n in bytes.
  kBinary,
  kVarBinary,
  // DATE, and TIME(p), a time of day without zone.
  kDate,
  kTime,
  // TIMESTAMP(p): a civil date and time, not an instant. TIMESTAMP_LTZ(p): an instant, shown in the
  // session's time zone.
  kTimestamp,
  kTimestampLtz,
  // INTERVAL YEAR TO MONTH, and INTERVAL DAY TO SECOND: the two do not compare with each other.
  kIntervalYearMonth,
  kIntervalDayTime,
  // Nested types; their children are in Type::fields().
  kArray,
  kMap,
  kMultiset,
  kRow,
};

// How one value of a type lies in a column's data buffer.
enum class PhysicalType : uint8_t {
  kBool,    // uint8_t, 0 or 1                         BOOLEAN
  kInt8,    // int8_t                                  TINYINT
  kInt16,   // int16_t                                 SMALLINT
  kInt32,   // int32_t      INT; DATE (days since 1970-01-01); INTERVAL YEAR TO MONTH (months)
  kInt64,   // int64_t      BIGINT; TIME (nanoseconds of the day); TIMESTAMP(0..6) and
            //              TIMESTAMP_LTZ(0..6) (microseconds since 1970-01-01); INTERVAL DAY TO
            //              SECOND (milliseconds, as in Flink); DECIMAL(1..18) (unscaled)
  kInt128,  // __int128     DECIMAL(19..38) (unscaled)
  kFloat,   // float
  kDouble,  // double
  kTimestampNanos,  // TimestampNanos                          TIMESTAMP(7..9), TIMESTAMP_LTZ(7..9)
  kString,          // StringRef    CHAR, VARCHAR, BINARY, VARBINARY
  kList,    // no data; offsets + 1 child (ARRAY) or 2 (MAP: keys, values; MULTISET: elements,
            //              INT counts)
  kStruct,  // no data; one child a field              ROW
  kNone,    // no data: every value is NULL            NULL
};

__extension__ typedef __int128 Int128;  // NOLINT(modernize-use-using): __extension__ needs it

// TIMESTAMP(7..9): milliseconds since the epoch and the nanoseconds within them, in [0, 999,999].
// Ordered and compared as the pair (millis, nanos), which is the order of time.
struct TimestampNanos {
  // Since 1970-01-01T00:00:00, negative before.
  int64_t millis = 0;
  int32_t nanos = 0;
  int32_t padding = 0;  // always zero, so that bytes can be compared
  friend auto operator<=>(const TimestampNanos&, const TimestampNanos&) = default;
};

class Type;

// A named field of a ROW, or the element (key, value) of a collection, whose name is empty.
struct TypeField;

// An immutable SQL type: kind, length or precision, scale, nullability, children. Cheap to copy,
// and copies may go to other threads.
class Type {
 public:
  static constexpr int kMaxLength = 2'147'483'647;  // STRING = VARCHAR(kMaxLength), BYTES likewise
  static constexpr int kMaxDecimalPrecision = 38;

  // The type of a bare NULL before it is coerced.
  Type() = default;

  // Every factory gives the nullable type; WithNullable(false) adds NOT NULL.
  static Type Null() { return Type(); }
  static Type Boolean() { return Type(TypeKind::kBoolean); }
  static Type TinyInt() { return Type(TypeKind::kTinyInt); }
  static Type SmallInt() { return Type(TypeKind::kSmallInt); }
  static Type Int() { return Type(TypeKind::kInt); }
  static Type BigInt() { return Type(TypeKind::kBigInt); }
  static Type Float() { return Type(TypeKind::kFloat); }
  static Type Double() { return Type(TypeKind::kDouble); }
  // Up to 18 digits are kept in 64 bits, more in 128.
  // REQUIRES: 1 <= precision <= 38, 0 <= scale <= precision.
  static Type Decimal(int precision, int scale) {
    return Type(TypeKind::kDecimal, precision, scale);
  }
  // REQUIRES of these: 1 <= length <= kMaxLength. CHAR is padded with blanks by casts only.
  static Type Char(int length) { return Type(TypeKind::kChar, length); }
  static Type VarChar(int length) { return Type(TypeKind::kVarChar, length); }
  static Type String() { return VarChar(kMaxLength); }
  static Type Binary(int length) { return Type(TypeKind::kBinary, length); }
  static Type VarBinary(int length) { return Type(TypeKind::kVarBinary, length); }
  static Type Bytes() { return VarBinary(kMaxLength); }
  static Type Date() { return Type(TypeKind::kDate); }
  // REQUIRES of these three: 0 <= precision <= 9 (digits of fractional seconds).
  static Type Time(int precision) { return Type(TypeKind::kTime, precision); }
  static Type Timestamp(int precision) { return Type(TypeKind::kTimestamp, precision); }
  static Type TimestampLtz(int precision) { return Type(TypeKind::kTimestampLtz, precision); }
  static Type IntervalYearMonth() { return Type(TypeKind::kIntervalYearMonth); }
  static Type IntervalDayTime() { return Type(TypeKind::kIntervalDayTime); }
  // The children keep their own nullability. A map's keys are nullable as in Flink.
  static Type Array(Type element);
  static Type Map(Type key, Type value);
  static Type Multiset(Type element);
  // Fields in order; names need not be unique here, the catalog insists on it.
  static Type Row(std::vector<TypeField> fields);

  TypeKind kind() const { return kind_; }
  bool nullable() const { return nullable_; }
  // The same type with the outermost level's nullability replaced.
  Type WithNullable(bool nullable) const;
  // Characters or bytes of CHAR, VARCHAR, BINARY, VARBINARY.
  int length() const { return precision_; }
  // Digits of DECIMAL; fractional digits of TIME and TIMESTAMP.
  int precision() const { return precision_; }
  // Digits after the point of DECIMAL; 0 for every other kind.
  int scale() const { return scale_; }
  // Children of ARRAY, MAP, MULTISET and ROW; empty otherwise.
  const std::vector<TypeField>& fields() const;
  // Follows from kind and precision alone.
  PhysicalType physical() const;
  // Bytes of one value in a data buffer; 0 for lists, structs and NULL.
  int value_bytes() const;

  // Families of kinds, as the rules for types and casts use them.
  bool is_numeric() const { return kind_ >= TypeKind::kTinyInt && kind_ <= TypeKind::kDecimal; }
  bool is_integer() const { return kind_ >= TypeKind::kTinyInt && kind_ <= TypeKind::kBigInt; }
  bool is_character() const { return kind_ == TypeKind::kChar || kind_ == TypeKind::kVarChar; }
  bool is_binary() const { return kind_ == TypeKind::kBinary || kind_ == TypeKind::kVarBinary; }
  bool is_timestamp() const {
    return kind_ == TypeKind::kTimestamp || kind_ == TypeKind::kTimestampLtz;
  }
  bool is_interval() const {
    return kind_ == TypeKind::kIntervalYearMonth || kind_ == TypeKind::kIntervalDayTime;
  }
  // ARRAY, MAP, MULTISET and ROW: values that lie in child columns.
  bool is_nested() const { return kind_ >= TypeKind::kArray; }

  // SQL spelling as Flink prints it: "DECIMAL(10, 2) NOT NULL", "ROW<`a` INT, `b` STRING>".
  std::string ToString() const;
  // As ToString, but without a NOT NULL of the outermost type.
  std::string ToStringIgnoringNullability() const;

  // Equal including nullability, at every level.
  friend bool operator==(const Type& a, const Type& b);
  // Equal up to the nullability of the outermost level.
  bool EqualsIgnoringNullability(const Type& other) const;

 private:
  explicit Type(TypeKind kind, int precision = 0, int scale = 0)
      : kind_(kind), precision_(precision), scale_(scale) {}

  TypeKind kind_ = TypeKind::kNull;
  bool nullable_ = true;
  int precision_ = 0;
  int scale_ = 0;
  // Null unless nested; shared by copies.
  std::shared_ptr<const std::vector<TypeField>> fields_;
};

struct TypeField {
  // Empty for the element, key or value of a collection.
  std::string name;
  Type type;
  friend bool operator==(const TypeField&, const TypeField&) = default;
};

}  // namespace weir
