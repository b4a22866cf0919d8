// One SQL value outside a batch: literals, options, test rows, printed cells. Never in a loop over
// rows.
#pragma once

#include <span>
#include <string>
#include <variant>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/types/column.h"
#include "runtime/types/type.h"

namespace weir {

// A typed value or NULL. The alternative held is that of type().physical(), with bool as uint8_t,
// strings as std::string, and lists and structs as vectors of children (a MAP alternates keys and
// values). Copies are deep.
class Value {
 public:
  // std::monostate is NULL.
  using Storage = std::variant<std::monostate, uint8_t, int8_t, int16_t, int32_t, int64_t, Int128,
                               float, double, TimestampNanos, std::string, std::vector<Value>>;

  // NULL of type NULL.
  Value() = default;
  // Copied by assignment: libstdc++ 12 considers a variant of these types as never valueless, and
  // destroys a random alternative when copying a string throws during construction.
  Value(const Value& other) : type_(other.type_) { storage_ = other.storage_; }
  Value& operator=(const Value&) = default;
  Value(Value&&) noexcept = default;
  Value& operator=(Value&&) noexcept = default;
  ~Value() = default;
  // A NULL of a known type.
  static Value Null(Type type) { return {std::move(type), std::monostate{}}; }
  // REQUIRES: the alternative fits type.physical().
  Value(Type type, Storage storage) : type_(std::move(type)), storage_(std::move(storage)) {}

  const Type& type() const { return type_; }
  bool is_null() const { return std::holds_alternative<std::monostate>(storage_); }
  // For visitors; get() is the usual way.
  const Storage& storage() const { return storage_; }
  // REQUIRES: holds T.
  template <typename T>
  const T& get() const {
    return std::get<T>(storage_);
  }

  // The text of a cell of output: numbers plain, strings bare, timestamps "yyyy-MM-dd
  // HH:mm:ss[.fraction]", NULL as "NULL", nested values as Flink prints them: [a, b], {k=v}, and
  // rows as (a, b), without a kind.
  std::string ToString() const;
  // The value as SQL that evaluates to it: quoted strings, typed temporal literals, CAST where
  // needed. Its type is that of the value but for nullability, and for the precision of a DECIMAL
  // with a fraction: 1.50 of DECIMAL(10, 2) is a DECIMAL(3, 2).
  std::string ToSql() const;
  // Type and value: two NULLs of one type are equal here, unlike in SQL.
  friend bool operator==(const Value& a, const Value& b) = default;

 private:
  Type type_;
  Storage storage_;
};

// A deep copy of one value of a column.
Value GetValue(const Column& column, uint32_t row);
// A constant column, which stores the value once whatever its length.
ColumnPtr MakeConstantColumn(const Value& value, uint32_t length);
// A column of `values`, each of type `type` (or NULL).
ColumnPtr MakeColumn(const Type& type, std::span<const Value> values);

}  // namespace weir
