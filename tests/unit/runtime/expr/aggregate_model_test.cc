// Aggregates against a model that keeps every value and computes from scratch: random values come
// and go in random groups, in one pass or as partial results that are merged.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "runtime/base/random.h"
#include "runtime/types/decimal.h"
#include "tests/seed.h"
#include "tests/unit/runtime/expr/aggregate_groups.h"

namespace weir::expr::testing {
namespace {

constexpr uint64_t kSeed = 20261121;
constexpr size_t kGroups = 5;

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
struct Model {
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

std::string Results(const std::vector<Model>& models, const std::string& function,
                    const Type& type) {
  std::string text;
  for (const Model& model : models) {
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
Changes RandomChanges(Random& random, const Type& type, bool retracts, std::vector<Model>& models) {
  Changes changes;
  const uint64_t rows = random.Below(40);
  for (uint64_t i = 0; i < rows; ++i) {
    const size_t group = random.Below(kGroups);
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

void Fold(Groups& groups, const Changes& changes) {
  groups.Fold(changes.values, changes.groups, changes.signs);
}

struct Subject {
  std::string function;
  bool retracts;
};

class AggregateModelTest : public ::testing::TestWithParam<Subject> {
 protected:
  AggregateModelTest() : random_(SeedOf(kSeed)), models_(kGroups) {}

  Groups Fresh(const Type& type) const {
    return {MakeCall(GetParam().function, {type}), GetParam().retracts, kGroups};
  }
  Changes Next(const Type& type) {
    return RandomChanges(random_, type, GetParam().retracts, models_);
  }
  std::string Expected(const Type& type) const {
    return Results(models_, GetParam().function, type);
  }

  Random random_;
  std::vector<Model> models_;
};

TEST_P(AggregateModelTest, AgreesAfterEveryBatch) {
  for (const Type& type : NumericTypes()) {
    SCOPED_TRACE(type.ToString());
    models_.assign(kGroups, {});
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
    models_.assign(kGroups, {});
    Groups whole = Fresh(type);
    for (int part = 0; part < 12; ++part) {
      // Some parts stay empty: their fields say "no input yet".
      Groups partial = Fresh(type);
      if (part % 4 != 3) Fold(partial, Next(type));
      whole.Merge(partial);
      ASSERT_EQ(whole.Results(), Expected(type)) << "part " << part;
    }
  }
}

TEST_P(AggregateModelTest, NothingIsLeftWhenEverythingGoes) {
  if (!GetParam().retracts) GTEST_SKIP();
  for (const Type& type : NumericTypes()) {
    models_.assign(kGroups, {});
    Groups groups = Fresh(type);
    const std::string empty = groups.Results();
    for (int batch = 0; batch < 10; ++batch) Fold(groups, Next(type));
    Changes away;
    for (size_t group = 0; group < kGroups; ++group) {
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

// Two passes over all values: the textbook's definition, which the accumulators do not use.
double Variance(const std::vector<double>& values, bool sample) {
  double mean = 0;
  for (const double value : values) mean += value / static_cast<double>(values.size());
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return squares / static_cast<double>(values.size() - (sample ? 1 : 0));
}

TEST(VarianceModelTest, AgreesWithTwoPasses) {
  Random random(SeedOf(kSeed));
  for (const std::string function : {"VAR_POP", "VAR_SAMP", "STDDEV_POP", "STDDEV_SAMP"}) {
    const bool sample = function.ends_with("SAMP");
    const bool root = function.starts_with("STDDEV");
    for (const size_t count : {1U, 2U, 3U, 50U}) {
      Groups groups(MakeCall(function, {Type::Double()}), true, 1);
      std::vector<double> values;
      Changes changes;
      for (size_t i = 0; i < count; ++i) {
        // Far from zero, where a sum of squares would lose the digits that count.
        values.push_back(1e6 + static_cast<double>(random.Below(100)) / 4);
        changes.Add(D(values.back()), 0, 1);
        changes.Add(D(-17), 0, 1);
        changes.Add(D(-17), 0, -1);
      }
      Fold(groups, changes);
      if (sample && count == 1) {
        EXPECT_EQ(groups.Results(), "NULL") << function;
        continue;
      }
      const double variance = Variance(values, sample);
      const double expected = root ? std::sqrt(variance) : variance;
      EXPECT_NEAR(std::stod(groups.Results()), expected, 1e-3 * (1 + expected)) << function;
    }
  }
}

// What one batch takes away another one added: a part may remove more than it adds, or as much of
// other values.
TEST(VarianceModelTest, PartsThatTakeAwayWhatOthersAdd) {
  Random random(SeedOf(kSeed));
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
        ASSERT_NEAR(std::stod(whole.Results()), Variance(values, false), 1e-9) << "part " << part;
      }
    }
  }
}

}  // namespace
}  // namespace weir::expr::testing
