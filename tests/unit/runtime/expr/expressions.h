// Short ways to write values, calls and their results in the tests of runtime/expr.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "runtime/expr/binding.h"
#include "runtime/expr/evaluator.h"
#include "runtime/expr/function.h"
#include "runtime/types/batch_text.h"

namespace weir::expr::testing {

inline Value I(int32_t v) {
  return {Type::Int().WithNullable(false), v};
}
inline Value L(int64_t v) {
  return {Type::BigInt().WithNullable(false), v};
}
inline Value T(int8_t v) {
  return {Type::TinyInt().WithNullable(false), v};
}
inline Value D(double v) {
  return {Type::Double().WithNullable(false), v};
}
inline Value F(float v) {
  return {Type::Float().WithNullable(false), v};
}
inline Value B(bool v) {
  return {Type::Boolean().WithNullable(false), static_cast<uint8_t>(v)};
}
inline Value S(const std::string& v) {
  return {Type::String().WithNullable(false), v};
}
inline Value N(const Type& type) {
  return Value::Null(type);
}

// A call, as if it were written from character 10 to 20; null where it cannot be bound.
inline ExprPtr Bound(std::string_view name, std::vector<ExprPtr> args) {
  Result<ExprPtr> bound = BindCall(name, std::move(args), {10, 20});
  EXPECT_TRUE(bound.ok()) << bound.status().ToString();
  return bound.ok() ? *bound : nullptr;
}

// A value of any type from its text.
inline Value Text(const Type& type, std::string_view text) {
  ColumnBuilder builder(type);
  const Status status = ParseCell(text, builder);
  EXPECT_TRUE(status.ok()) << status.ToString();
  const Value value = GetValue(*builder.Finish(), 0);
  return {type.WithNullable(value.is_null()), value.storage()};
}
inline Value Dec(std::string_view text, int precision, int scale) {
  return Text(Type::Decimal(precision, scale), text);
}
inline Value Date(std::string_view text) {
  return Text(Type::Date(), text);
}
inline Value Ts(std::string_view text, int precision = 3) {
  return Text(Type::Timestamp(precision), text);
}
inline Value Ltz(std::string_view text) {
  return Text(Type::TimestampLtz(3), text);
}
inline Value Days(int64_t days) {
  return {Type::IntervalDayTime().WithNullable(false), days * 86'400'000};
}
inline Value Hours(int64_t hours) {
  return {Type::IntervalDayTime().WithNullable(false), hours * 3'600'000};
}
inline Value Months(int32_t months) {
  return {Type::IntervalYearMonth().WithNullable(false), months};
}

inline const EvaluationContext& Context() {
  static const EvaluationContext context;
  return context;
}

inline std::vector<ExprPtr> Literals(const std::vector<Value>& values) {
  std::vector<ExprPtr> args;
  for (const Value& value : values) args.push_back(MakeLiteral(value));
  return args;
}

inline std::string Show(const Result<Value>& value) {
  if (!value.ok()) return std::string(value.status().id()) + " " + value.status().message();
  return value->ToString();
}

// One value out of a batch of `rows` rows: the last selected row of the expression over columns
// that hold `values` in every row that counts.
inline Result<Value> EvaluateOverColumns(const ExprPtr& expression,
                                         const std::vector<Value>& values, uint32_t rows,
                                         const EvaluationContext& context = Context()) {
  Batch batch;
  batch.row_count = rows;
  for (const Value& value : values) {
    const std::vector<Value> cells(rows, value);
    batch.columns.push_back(MakeColumn(value.type().WithNullable(true), cells));
  }
  const auto evaluator = TRY(MakeEvaluator({expression}, context));
  PoolVector<ColumnPtr> out;
  RETURN_IF_ERROR(evaluator->Evaluate(batch, out));
  return GetValue(*out[0], rows - 1);
}

// The result of a call as text, "E3002 …" for failures. Computed over literals and over columns of
// several lengths; all must agree. Arguments that name units or fields stay literals (`literals`
// bits).
inline std::string Call(std::string_view name, const std::vector<Value>& values,
                        uint32_t literals = 0, const EvaluationContext& context = Context()) {
  const Result<ExprPtr> bound = BindCall(name, Literals(values), {});
  if (!bound.ok()) return std::string(bound.status().id());
  std::string expected = Show(EvaluateConstant(*bound, context));
  std::vector<ExprPtr> args;
  for (size_t i = 0; i < values.size(); ++i) {
    const bool literal = ((literals >> i) & 1) != 0 || values[i].type().kind() == TypeKind::kNull;
    args.push_back(literal
                       ? MakeLiteral(values[i])
                       : MakeColumnRef(static_cast<int>(i), values[i].type().WithNullable(true)));
  }
  const Result<ExprPtr> over_columns = BindCall(name, args, {});
  if (!over_columns.ok()) return "columns: " + over_columns.status().ToString();
  for (const uint32_t rows : {1U, 65U}) {
    EXPECT_EQ(Show(EvaluateOverColumns(*over_columns, values, rows, context)), expected)
        << name << " " << rows;
  }
  return expected;
}

// The type of a call, "E2005" when it does not bind.
inline std::string TypeOf(std::string_view name, const std::vector<Value>& values) {
  const Result<ExprPtr> bound = BindCall(name, Literals(values), {});
  return bound.ok() ? (*bound)->type.ToString() : std::string(bound.status().id());
}

// CAST or TRY_CAST of a value as text.
inline std::string Cast(const Value& value, const Type& target, bool try_cast = false,
                        const EvaluationContext& context = Context()) {
  const Result<ExprPtr> bound = BindCast(MakeLiteral(value), target, try_cast, {});
  if (!bound.ok()) return std::string(bound.status().id());
  const Result<Value> result = EvaluateConstant(*bound, context);
  std::string text = result.ok() ? result->ToString() : std::string(result.status().id());
  const Result<ExprPtr> over_column =
      BindCast(MakeColumnRef(0, value.type().WithNullable(true)), target, try_cast, {});
  const Result<Value> again = EvaluateOverColumns(*over_column, {value}, 65, context);
  EXPECT_EQ(again.ok() ? again->ToString() : std::string(again.status().id()), text);
  return text;
}

}  // namespace weir::expr::testing
