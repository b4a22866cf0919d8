// Aggregates against a model that keeps every value and computes from scratch: random values come
// and go in random groups, in one pass or as partial results that are merged.
#include <gmock/gmock.h>

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <limits>

#include "runtime/base/random.h"
#include "runtime/types/decimal.h"
#include "tests/seed.h"
#include "tests/unit/runtime/expr/aggregate_groups.h"

namespace weir::expr::testing {
namespace {

using boost::multiprecision::cpp_int;
using boost::multiprecision::cpp_rational;

constexpr uint64_t kAggregateSeed = 20261121;
constexpr size_t kNumberGroups = 5;

// Values are whole numbers of a type's smallest step: 1 for integers, 0.01 for DECIMAL(p, 2), 0.25
// for DOUBLE and FLOAT, so that sums are exact in every type.
Value Step(const Type& type, int64_t steps) {
  switch (type.physical()) {
    case PhysicalType::kInt8:
      return {type, static_cast<int8_t>(steps)};
    case PhysicalType::kInt16:
      return {type, static_cast<int16_t>(steps)};
    case PhysicalType::kInt32:
      return {type, static_cast<int32_t>(steps)};
    case PhysicalType::kInt128:
      return {type, Int128{steps}};
    case PhysicalType::kFloat:
      return {type, static_cast<float>(steps) / 4};
    case PhysicalType::kDouble:
      return {type, static_cast<double>(steps) / 4};
    default:
      return {type, steps};
  }
}

const std::vector<Type>& NumericTypes() {
  static const std::vector<Type> types = {Type::TinyInt(),      Type::SmallInt(),    Type::Int(),
                                          Type::BigInt(),       Type::Float(),       Type::Double(),
                                          Type::Decimal(10, 2), Type::Decimal(38, 2)};
  return types;
}

// Steps that a type can hold; for integers up to the ends, so that sums wrap.
int64_t RandomSteps(Random& random, const Type& type) {
  if (!type.is_integer()) return static_cast<int64_t>(random.Below(4001)) - 2000;
  const int bits = type.value_bytes() * 8;
  const auto any = static_cast<int64_t>(random.Next64()) >> (64 - bits);
  return random.Below(3) == 0 ? any : any % 7;
}

// What a group holds; every result is computed from it anew.
struct NumberGroup {
  std::vector<int64_t> steps;  // of values that are not NULL

  Int128 Total() const {
    Int128 total = 0;
    for (const int64_t step : steps) total += step;
    return total;
  }

  // A sum of integers wraps in its type, as Java's addition does.
  std::string Sum(const Type& type) const {
    if (steps.empty()) return "NULL";
    const Type result = type.kind() == TypeKind::kDecimal ? DecimalSumType(type) : type;
    return Step(result, static_cast<int64_t>(Total())).ToString();
  }

  // Integers are cut towards zero; the sum behind them wraps at 64 bits.
  std::string Average(const Type& type) const {
    if (steps.empty()) return "NULL";
    const auto count = static_cast<int64_t>(steps.size());
    if (type.is_integer()) {
      return Step(type, static_cast<int64_t>(Total()) / count).ToString();
    }
    if (type.kind() == TypeKind::kDecimal) {
      const Type result = DecimalAverageType(type);
      const Int128 scaled = Total() * PowerOfTen(result.scale() - type.scale());
      return Value(result, DivideRoundHalfUp(scaled, count)).ToString();
    }
    const double average = static_cast<double>(Total()) / 4 / static_cast<double>(count);
    if (type.kind() == TypeKind::kFloat) return Value(type, static_cast<float>(average)).ToString();
    return Value(type, average).ToString();
  }

  std::string Result(const std::string& function, const Type& type) const {
    if (function == "COUNT") return std::to_string(steps.size());
    if (function == "SUM") return Sum(type);
    if (function == "AVG") return Average(type);
    if (steps.empty()) return "NULL";
    if (function == "MIN") return Step(type, *std::ranges::min_element(steps)).ToString();
    if (function == "MAX") return Step(type, *std::ranges::max_element(steps)).ToString();
    if (function == "FIRST_VALUE") return Step(type, steps.front()).ToString();
    return Step(type, steps.back()).ToString();
  }
};

std::string Results(const std::vector<NumberGroup>& models, const std::string& function,
                    const Type& type) {
  std::string text;
  for (const NumberGroup& model : models) {
    text += (text.empty() ? "" : " ") + model.Result(function, type);
  }
  return text;
}

// A batch of rows to fold, and their effect on the models.
struct Changes {
  std::vector<Value> values;
  std::vector<size_t> groups;
  std::vector<int8_t> signs;

  void Add(const Value& value, size_t group, int8_t sign) {
    values.push_back(value);
    groups.push_back(group);
    signs.push_back(sign);
  }
};

// Puts values in, and takes some out again where `retracts`. A NULL changes no model.
Changes RandomChanges(Random& random, const Type& type, bool retracts,
                      std::vector<NumberGroup>& models) {
  Changes changes;
  const uint64_t rows = random.Below(40);
  for (uint64_t i = 0; i < rows; ++i) {
    const size_t group = random.Below(kNumberGroups);
    std::vector<int64_t>& steps = models[group].steps;
    if (random.Below(8) == 0) {
      changes.Add(N(type), group, retracts && random.Below(2) == 0 ? int8_t{-1} : int8_t{1});
    } else if (retracts && !steps.empty() && random.Below(5) < 2) {
      const size_t at = random.Below(steps.size());
      changes.Add(Step(type, steps[at]), group, -1);
      steps.erase(steps.begin() + static_cast<std::ptrdiff_t>(at));
    } else {
      steps.push_back(RandomSteps(random, type));
      changes.Add(Step(type, steps.back()), group, 1);
    }
  }
  return changes;
}

void Fold(Groups& groups, const Changes& changes, bool parts = false) {
  groups.Fold(changes.values, changes.groups, changes.signs, parts);
}

struct Subject {
  std::string function;
  bool retracts;
};

class AggregateModelTest : public ::testing::TestWithParam<Subject> {
 protected:
  AggregateModelTest() : random_(SeedOf(kAggregateSeed)), models_(kNumberGroups) {}

  Groups Fresh(const Type& type) const {
    return {MakeCall(GetParam().function, {type}), GetParam().retracts, kNumberGroups};
  }
  Changes Next(const Type& type) {
    return RandomChanges(random_, type, GetParam().retracts, models_);
  }
  std::string Expected(const Type& type) const {
    return Results(models_, GetParam().function, type);
  }

  Random random_;
  std::vector<NumberGroup> models_;
};

TEST_P(AggregateModelTest, AgreesAfterEveryBatch) {
  for (const Type& type : NumericTypes()) {
    SCOPED_TRACE(type.ToString());
    models_.assign(kNumberGroups, {});
    Groups groups = Fresh(type);
    for (int batch = 0; batch < 30; ++batch) {
      Fold(groups, Next(type));
      ASSERT_EQ(groups.Results(), Expected(type)) << "batch " << batch;
    }
  }
}

TEST_P(AggregateModelTest, PartsThatAreMergedAreOnePass) {
  for (const Type& type : NumericTypes()) {
    SCOPED_TRACE(type.ToString());
    models_.assign(kNumberGroups, {});
    Groups whole = Fresh(type);
    for (int part = 0; part < 12; ++part) {
      // Some parts stay empty: their fields say "no input yet".
      Groups partial = Fresh(type);
      if (part % 4 != 3) Fold(partial, Next(type), /*parts=*/true);
      whole.Merge(partial);
      ASSERT_EQ(whole.Results(), Expected(type)) << "part " << part;
    }
  }
}

TEST_P(AggregateModelTest, NothingIsLeftWhenEverythingGoes) {
  if (!GetParam().retracts) GTEST_SKIP();
  for (const Type& type : NumericTypes()) {
    models_.assign(kNumberGroups, {});
    Groups groups = Fresh(type);
    const std::string empty = groups.Results();
    for (int batch = 0; batch < 10; ++batch) Fold(groups, Next(type));
    Changes away;
    for (size_t group = 0; group < kNumberGroups; ++group) {
      for (const int64_t step : models_[group].steps) away.Add(Step(type, step), group, -1);
      models_[group].steps.clear();
    }
    Fold(groups, away);
    EXPECT_EQ(groups.Results(), empty) << type.ToString();
    // What comes afterwards counts as if nothing had been before.
    Fold(groups, Next(type));
    EXPECT_EQ(groups.Results(), Expected(type)) << type.ToString();
  }
}

INSTANTIATE_TEST_SUITE_P(All, AggregateModelTest,
                         ::testing::Values(Subject{"COUNT", false}, Subject{"COUNT", true},
                                           Subject{"SUM", false}, Subject{"SUM", true},
                                           Subject{"AVG", false}, Subject{"AVG", true},
                                           Subject{"MIN", false}, Subject{"MAX", false},
                                           Subject{"FIRST_VALUE", false},
                                           Subject{"LAST_VALUE", false}),
                         [](const auto& test) {
                           return test.param.function + (test.param.retracts ? "_retracting" : "");
                         });

// The definition in fractions, from sums that are exact as well.
struct ExactModel {
  cpp_rational sum = 0;
  cpp_rational squares = 0;
  int64_t count = 0;

  void Add(const cpp_rational& value, int sign) {
    sum += sign * value;
    squares += sign * value * value;
    count += sign;
  }
  double Variance(bool sample) const {
    const cpp_rational squares_of_distances = squares - sum * sum / count;
    return static_cast<double>(cpp_rational(squares_of_distances / (sample ? count - 1 : count)));
  }
};

// Any value of a type, so that small and large ones meet.
Value AnyValue(Random& random, const Type& type, cpp_rational& exact) {
  const int bits = 1 + static_cast<int>(random.Below(63));
  const int64_t steps = static_cast<int64_t>(random.Next64()) >> bits;
  if (type.kind() == TypeKind::kFloat || type.kind() == TypeKind::kDouble) {
    const double any =
        std::ldexp(static_cast<double>(steps), static_cast<int>(random.Below(60)) - 90);
    const double value = type.kind() == TypeKind::kFloat ? static_cast<float>(any) : any;
    exact = cpp_rational(value);
    if (type.kind() == TypeKind::kFloat) return {type, static_cast<float>(value)};
    return {type, value};
  }
  if (type.is_integer()) {
    const int64_t held = steps >> (64 - type.value_bytes() * 8);
    exact = cpp_rational(held);
    return Step(type, held);
  }
  const bool long_one = type.physical() == PhysicalType::kInt128;
  const Int128 unscaled =
      long_one ? Int128{steps} * 1000000000000000000 + 7 : Int128{steps % 10000000000};
  cpp_rational whole = cpp_int(static_cast<int64_t>(unscaled / 1000000000000000000));
  whole = whole * 1000000000000000000 + static_cast<int64_t>(unscaled % 1000000000000000000);
  exact = whole / boost::multiprecision::pow(cpp_int(10), static_cast<unsigned>(type.scale()));
  if (long_one) return {type, unscaled};
  return {type, static_cast<int64_t>(unscaled)};
}

// A whole number as Flink casts a DOUBLE: INT and BIGINT end at their greatest, and what is
// narrower is cut out of the INT.
double AsInteger(double whole, const Type& type) {
  const bool is_long = type.kind() == TypeKind::kBigInt;
  const double most = std::ldexp(1.0, is_long ? 63 : 31) - 1;
  whole = std::min(whole, most);
  if (type.kind() == TypeKind::kTinyInt) return static_cast<int8_t>(static_cast<int32_t>(whole));
  if (type.kind() == TypeKind::kSmallInt) return static_cast<int16_t>(static_cast<int32_t>(whole));
  return whole;
}

// Of what a group holds, half of its rows are taken back; results are compared as they are written.
void ExpectExact(const std::string& function, const Type& type, int rows, uint64_t seed) {
  Random random(SeedOf(seed));
  const bool sample = function.ends_with("SAMP");
  const bool root = function.starts_with("STDDEV");
  Groups groups(MakeCall(function, {type}), true, 1);
  ExactModel model;
  std::vector<std::pair<Value, cpp_rational>> held;
  Changes changes;
  for (int i = 0; i < rows; ++i) {
    if (!held.empty() && random.Below(2) == 0) {
      const size_t at = random.Below(held.size());
      changes.Add(held[at].first, 0, -1);
      model.Add(held[at].second, -1);
      held[at] = held.back();
      held.pop_back();
      continue;
    }
    cpp_rational exact;
    const Value value = AnyValue(random, type, exact);
    held.emplace_back(value, exact);
    changes.Add(value, 0, 1);
    model.Add(exact, 1);
  }
  Fold(groups, changes);
  if (model.count < (sample ? 2 : 1)) {
    EXPECT_EQ(groups.Results(), "NULL");
    return;
  }
  const double variance = model.Variance(sample);
  const double expected = root ? std::sqrt(variance) : variance;
  if (type.is_integer()) {
    EXPECT_DOUBLE_EQ(std::stod(groups.Results()), AsInteger(std::floor(expected), type))
        << function << " " << type.ToString();
  } else if (groups.Results() != "NULL" && std::stod(groups.Results()) != HUGE_VAL) {
    // A DECIMAL is rounded to its scale, a FLOAT to its digits, of which the smallest have few.
    const double digits = type.kind() == TypeKind::kFloat ? 1.2e-7 : 1e-12;
    const double least = type.kind() == TypeKind::kDecimal ? 1e-6
                         : type.kind() == TypeKind::kFloat
                             ? double{std::numeric_limits<float>::denorm_min()}
                             : 0;
    EXPECT_NEAR(std::stod(groups.Results()), expected, expected * digits + least)
        << function << " " << type.ToString();
  } else {
    // Beyond what the type holds.
    EXPECT_GT(expected, type.kind() == TypeKind::kDecimal ? 1e30 : 3e38);
  }
}

TEST(VarianceModelTest, IsExactForEveryType) {
  for (const std::string function : {"VAR_POP", "VAR_SAMP", "STDDEV_POP", "STDDEV_SAMP"}) {
    for (const Type& type : NumericTypes()) {
      for (uint64_t seed = 1; seed <= 20; ++seed) ExpectExact(function, type, 30, seed);
    }
  }
}

TEST(VarianceModelTest, IsExactOverManyRows) {
  for (const Type& type : {Type::Double(), Type::BigInt()}) ExpectExact("VAR_SAMP", type, 20000, 7);
}

// One value of 1e17 that comes and goes must not take the digits of the others with it.
TEST(VarianceModelTest, NothingIsLeftOfALargeValue) {
  for (const Type& type : {Type::BigInt(), Type::Double()}) {
    const auto value = [&](int64_t number) {
      return type.is_integer() ? Value(type, number) : Value(type, static_cast<double>(number));
    };
    Groups groups(MakeCall("VAR_SAMP", {type}), true, 1);
    Changes changes;
    for (const int64_t number : std::initializer_list<int64_t>{1, 2, 3, 100'000'000'000'000'000})
      changes.Add(value(number), 0, 1);
    changes.Add(value(100'000'000'000'000'000), 0, -1);
    Fold(groups, changes);
    EXPECT_EQ(groups.Results(), type.is_integer() ? "1" : "1.0");
  }
}

// Values that are no numbers are counted, and go again.
TEST(VarianceModelTest, InfiniteValuesGoAgain) {
  for (const double odd : {HUGE_VAL, -HUGE_VAL, std::nan("")}) {
    Groups groups(MakeCall("VAR_POP", {Type::Double()}), true, 1);
    Changes changes;
    for (const double number : {1.0, 3.0, odd}) changes.Add(D(number), 0, 1);
    Fold(groups, changes);
    EXPECT_EQ(groups.Results(), "NaN");
    Changes away;
    away.Add(D(odd), 0, -1);
    Fold(groups, away);
    EXPECT_EQ(groups.Results(), "1.0");
  }
}

double Variance(const std::vector<double>& values) {
  ExactModel model;
  for (const double value : values) model.Add(cpp_rational(value), 1);
  return model.Variance(false);
}

// What one batch takes away another one added: a part may remove more than it adds, or as much of
// other values.
TEST(VarianceModelTest, PartsThatTakeAwayWhatOthersAdd) {
  Random random(SeedOf(kAggregateSeed));
  for (int run = 0; run < 200; ++run) {
    SCOPED_TRACE(run);
    Groups whole(MakeCall("VAR_POP", {Type::Double()}), true, 1);
    std::vector<double> values;
    for (int part = 0; part < 6; ++part) {
      Changes changes;
      for (uint64_t step = 0; step < 1 + random.Below(6); ++step) {
        if (!values.empty() && random.Below(2) == 0) {
          changes.Add(D(values.front()), 0, -1);
          values.erase(values.begin());
        } else {
          values.push_back(static_cast<double>(random.Below(40)) / 4 - 5);
          changes.Add(D(values.back()), 0, 1);
        }
      }
      Groups partial(MakeCall("VAR_POP", {Type::Double()}), true, 1);
      Fold(partial, changes);
      whole.Merge(partial);
      if (values.empty()) {
        ASSERT_EQ(whole.Results(), "NULL") << "part " << part;
      } else {
        ASSERT_NEAR(std::stod(whole.Results()), Variance(values), 1e-12) << "part " << part;
      }
    }
  }
}

}  // namespace
}  // namespace weir::expr::testing
