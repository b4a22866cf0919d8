// Arithmetic, comparisons and three-valued logic against models in 128 bits and by truth tables:
// every pair of integer types at its ends, nested conditions with NULL in every place.
#include <gmock/gmock.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <optional>

#include "runtime/base/random.h"
#include "runtime/types/decimal.h"
#include "tests/seed.h"
#include "tests/unit/runtime/expr/expressions.h"

namespace weir::expr::testing {
namespace {

constexpr uint64_t kNumberSeed = 20261130;

// --- Integers ------------------------------------------------------------------------------------

struct Integer {
  Type type;
  int64_t value;
};

Value ValueOf(const Integer& integer) {
  const Type type = integer.type.WithNullable(false);
  switch (type.physical()) {
    case PhysicalType::kInt8:
      return {type, static_cast<int8_t>(integer.value)};
    case PhysicalType::kInt16:
      return {type, static_cast<int16_t>(integer.value)};
    case PhysicalType::kInt32:
      return {type, static_cast<int32_t>(integer.value)};
    default:
      return {type, integer.value};
  }
}

int Bits(const Type& type) {
  return type.value_bytes() * 8;
}

// The low bits of `value`, as a signed number: what Java's arithmetic leaves.
int64_t Wrapped(Int128 value, int bits) {
  const auto low = static_cast<uint64_t>(value) << (64 - bits);
  return static_cast<int64_t>(low) >> (64 - bits);
}

// The ends of a type, its small numbers, and any.
std::vector<Integer> Samples(const Type& type, Random& random) {
  const int64_t least = std::numeric_limits<int64_t>::min() >> (64 - Bits(type));
  std::vector<Integer> samples;
  for (const int64_t value : {least, least + 1, int64_t{-7}, int64_t{-1}, int64_t{0}, int64_t{1},
                              int64_t{3}, -(least + 1) - 1, -(least + 1)}) {
    samples.push_back({type, value});
  }
  for (int i = 0; i < 3; ++i) {
    samples.push_back({type, static_cast<int64_t>(random.Next64()) >> (64 - Bits(type))});
  }
  return samples;
}

void ForIntegerPairs(const std::function<void(const Integer&, const Integer&)>& check) {
  Random random(SeedOf(kNumberSeed));
  const Type types[] = {Type::TinyInt(), Type::SmallInt(), Type::Int(), Type::BigInt()};
  for (const Type& left : types) {
    for (const Type& right : types) {
      for (const Integer& a : Samples(left, random)) {
        for (const Integer& b : Samples(right, random)) {
          SCOPED_TRACE(left.ToString() + " " + std::to_string(a.value) + ", " + right.ToString() +
                       " " + std::to_string(b.value));
          check(a, b);
        }
      }
      if (::testing::Test::HasFailure()) return;
    }
  }
}

std::string Evaluated(std::string_view function, const Integer& a, const Integer& b) {
  const auto call = BindCall(function, Literals({ValueOf(a), ValueOf(b)}), {});
  return call.ok() ? Show(EvaluateConstant(*call, Context())) : std::string(call.status().id());
}

TEST(NumberModelTest, IntegersWrapInTheWiderType) {
  ForIntegerPairs([](const Integer& a, const Integer& b) {
    const int bits = std::max(Bits(a.type), Bits(b.type));
    const Int128 x = a.value;
    const Int128 y = b.value;
    EXPECT_EQ(Evaluated("+", a, b), std::to_string(Wrapped(x + y, bits)));
    EXPECT_EQ(Evaluated("-", a, b), std::to_string(Wrapped(x - y, bits)));
    EXPECT_EQ(Evaluated("*", a, b), std::to_string(Wrapped(x * y, bits)));
  });
}

TEST(NumberModelTest, QuotientsAreCutAndRemaindersFollowTheDividend) {
  ForIntegerPairs([](const Integer& a, const Integer& b) {
    if (b.value == 0) {
      EXPECT_THAT(Evaluated("/", a, b), ::testing::StartsWith("E3002"));
      EXPECT_THAT(Evaluated("%", a, b), ::testing::StartsWith("E3002"));
      return;
    }
    const int bits = std::max(Bits(a.type), Bits(b.type));
    const Int128 x = a.value;
    const Int128 y = b.value;
    EXPECT_EQ(Evaluated("/", a, b), std::to_string(Wrapped(x / y, bits)));
    EXPECT_EQ(Evaluated("%", a, b), std::to_string(static_cast<int64_t>(x % y)));
  });
}

TEST(NumberModelTest, ComparisonsDoNotDependOnTypes) {
  const auto text = [](bool value) { return std::string(value ? "TRUE" : "FALSE"); };
  ForIntegerPairs([&](const Integer& a, const Integer& b) {
    EXPECT_EQ(Evaluated("<", a, b), text(a.value < b.value));
    EXPECT_EQ(Evaluated("<=", a, b), text(a.value <= b.value));
    EXPECT_EQ(Evaluated("=", a, b), text(a.value == b.value));
    EXPECT_EQ(Evaluated("<>", a, b), text(a.value != b.value));
    EXPECT_EQ(Evaluated("IS DISTINCT FROM", a, b), text(a.value != b.value));
    EXPECT_EQ(Evaluated("GREATEST", a, b), std::to_string(std::max(a.value, b.value)));
    EXPECT_EQ(Evaluated("LEAST", a, b), std::to_string(std::min(a.value, b.value)));
  });
}

// An integer and a DECIMAL are compared exactly, also where a DOUBLE could not tell them apart.
TEST(NumberModelTest, IntegersAndDecimalsAreComparedExactly) {
  const Value most = L(9'223'372'036'854'775'807);
  const std::vector<std::pair<std::string, std::string>> others = {
      {"9223372036854775806.9", "FALSE"},
      {"9223372036854775807.0", "FALSE"},
      {"9223372036854775807.1", "TRUE"},
      {"9223372036854775808.0", "TRUE"}};
  for (const auto& [other, less] : others) {
    EXPECT_EQ(Call("<", {most, Dec(other, 38, 1)}), less) << other;
    EXPECT_EQ(Call("=", {most, Dec(other, 38, 1)}), other.ends_with("7.0") ? "TRUE" : "FALSE");
  }
  EXPECT_EQ(Call("=", {T(1), Dec("1.000", 10, 3)}), "TRUE");
  EXPECT_EQ(Call("<", {T(-1), Dec("-0.999", 3, 3)}), "TRUE");
}

TEST(NumberModelTest, RoundingFunctionsOfDecimalsAgreeWithWholeNumbers) {
  Random random(SeedOf(kNumberSeed));
  for (int i = 0; i < 300; ++i) {
    const int scale = static_cast<int>(random.Below(6));
    const int64_t unscaled = static_cast<int64_t>(random.Below(2'000'001)) - 1'000'000;
    const auto one = static_cast<int64_t>(PowerOfTen(scale));
    const int64_t cut = unscaled / one;
    const bool whole = unscaled % one == 0;
    const Value value = {Type::Decimal(10, scale).WithNullable(false), unscaled};
    SCOPED_TRACE(value.ToString());
    EXPECT_EQ(Call("FLOOR", {value}), std::to_string(cut - (!whole && unscaled < 0 ? 1 : 0)));
    EXPECT_EQ(Call("CEIL", {value}), std::to_string(cut + (!whole && unscaled > 0 ? 1 : 0)));
    EXPECT_EQ(Call("TRUNCATE", {value}), std::to_string(cut));
    const int64_t half = unscaled < 0 ? -one : one;
    EXPECT_EQ(Call("ROUND", {value}), std::to_string((2 * unscaled + half) / (2 * one)));
    EXPECT_EQ(Cast(value, Type::Int()), std::to_string(cut));
  }
}

// --- Logic ---------------------------------------------------------------------------------------

using Truth = std::optional<bool>;  // nothing is unknown

Truth And(Truth a, Truth b) {
  if (a == false || b == false) return false;
  return a && b ? Truth(true) : std::nullopt;
}
Truth Not(Truth a) {
  return a ? Truth(!*a) : std::nullopt;
}
Truth Or(Truth a, Truth b) {
  return Not(And(Not(a), Not(b)));
}

std::string TruthText(Truth truth) {
  return truth ? (*truth ? "TRUE" : "FALSE") : "NULL";
}

// A random condition over three columns, with what it must give.
struct Condition {
  ExprPtr expression;
  std::function<Truth(const std::vector<Truth>&)> model;
};

Condition RandomCondition(Random& random, int depth) {
  if (depth == 0) {
    const size_t column = random.Below(3);
    return {MakeColumnRef(static_cast<int>(column), Type::Boolean()),
            [column](const std::vector<Truth>& row) { return row[column]; }};
  }
  const Condition a = RandomCondition(random, depth - 1);
  const Condition b =
      RandomCondition(random, static_cast<int>(random.Below(static_cast<uint64_t>(depth))));
  const auto bound = [](std::string_view name, std::vector<ExprPtr> args) {
    return *BindCall(name, std::move(args), {});
  };
  using Row = const std::vector<Truth>&;
  switch (random.Below(7)) {
    case 0:
      return {bound("NOT", {a.expression}), [a](Row row) { return Not(a.model(row)); }};
    case 1:
      return {bound("OR", {a.expression, b.expression}),
              [a, b](Row row) { return Or(a.model(row), b.model(row)); }};
    case 2:
      return {bound("IS TRUE", {a.expression}),
              [a](Row row) { return Truth(a.model(row) == true); }};
    case 3:
      return {bound("CASE", {a.expression, b.expression, a.expression}),
              [a, b](Row row) { return a.model(row) == true ? b.model(row) : a.model(row); }};
    case 4:
      return {bound("COALESCE", {a.expression, b.expression}),
              [a, b](Row row) { return a.model(row) ? a.model(row) : b.model(row); }};
    case 5:
      return {bound("IS NOT DISTINCT FROM", {a.expression, b.expression}),
              [a, b](Row row) { return Truth(a.model(row) == b.model(row)); }};
    default:
      return {bound("AND", {a.expression, b.expression}),
              [a, b](Row row) { return And(a.model(row), b.model(row)); }};
  }
}

TEST(LogicModelTest, NestedConditionsAgreeWithTheirTruthTables) {
  const Truth truths[] = {true, false, std::nullopt};
  std::vector<std::vector<Truth>> rows;
  for (const Truth a : truths) {
    for (const Truth b : truths) {
      for (const Truth c : truths) rows.push_back({a, b, c});
    }
  }
  Batch batch;
  batch.row_count = static_cast<uint32_t>(rows.size());
  for (size_t column = 0; column < 3; ++column) {
    std::vector<Value> values;
    for (const auto& row : rows) {
      values.push_back(row[column] ? B(*row[column]) : N(Type::Boolean()));
    }
    batch.columns.push_back(MakeColumn(Type::Boolean(), values));
  }
  Random random(SeedOf(kNumberSeed));
  for (int i = 0; i < 400; ++i) {
    const Condition condition = RandomCondition(random, 1 + static_cast<int>(random.Below(4)));
    const auto evaluator = MakeEvaluator({condition.expression}, Context());
    PoolVector<ColumnPtr> out;
    ASSERT_TRUE((*evaluator)->Evaluate(batch, out).ok());
    std::vector<uint32_t> selected;
    for (uint32_t row = 0; row < batch.row_count; ++row) {
      const Truth expected = condition.model(rows[row]);
      ASSERT_EQ(GetValue(*out[0], row).ToString(), TruthText(expected))
          << ToString(*condition.expression, {"a", "b", "c"}) << " row " << row;
      if (expected == true) selected.push_back(row);
    }
    // As a filter, and folded, it is the same condition.
    Batch filtered = batch;
    filtered.selection = *(*evaluator)->Filter(batch);
    std::vector<uint32_t> kept;
    ForEachRow(filtered, [&](uint32_t row) { kept.push_back(row); });
    ASSERT_EQ(kept, selected) << ToString(*condition.expression, {"a", "b", "c"});
    const auto folded = FoldConstants(condition.expression);
    ASSERT_TRUE(folded.ok());
    ASSERT_TRUE(Equal(**folded, *condition.expression));
  }
}

}  // namespace
}  // namespace weir::expr::testing
