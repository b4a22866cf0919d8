// Laws that every row of the registry must keep, whatever it computes. Over random arguments of
// every type that it takes: literals, columns and constant columns give the same; rows do not
// disturb each other; rows that do not count are not computed; NULL goes through where the row says
// so, and comes out only where the type says so.
#include <gmock/gmock.h>

#include <limits>
#include <map>
#include <set>

#include "runtime/expr/json/json_options.h"
#include "tests/seed.h"
#include "tests/unit/runtime/expr/expressions.h"

namespace weir::expr::testing {
namespace {

constexpr uint64_t kFunctionSeed = 20261120;
constexpr int kSignatures = 5;  // of each overload and number of arguments
constexpr int kTries = 100;
constexpr uint32_t kRows = 70;  // more than a word of the validity bitmap

std::vector<Value> Texts() {
  std::vector<Value> values;
  for (const char* text : {"",
                           "a",
                           "abc",
                           " ab ",
                           "ABC",
                           "1",
                           "-12.5",
                           "2024-02-29",
                           "2024-03-31 02:30:00",
                           "%a_",
                           "\xC3\xA9\xC3\xA9",
                           "\xF0\x9F\x98\x80x",
                           "e\xCC\x81",
                           "[a-z]+",
                           "(b)",
                           "\\",
                           "a,b,c",
                           ",",
                           "{\"a\":[1,2]}",
                           "$.a",
                           "lax $.a[0]",
                           "yyyy-MM-dd",
                           "UTC",
                           "Europe/Berlin",
                           "US-ASCII",
                           "http://u:p@h:80/p?q=1#f",
                           "q",
                           "HOST",
                           "ff",
                           "YQ==",
                           "%d",
                           "127.0.0.1",
                           "true",
                           "YEAR",
                           "a text that is too long to lie inside of its reference"}) {
    values.push_back(S(text));
  }
  return values;
}

std::vector<Value> Units() {
  std::vector<Value> values;
  for (const char* unit : {"YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND",
                           "MILLISECOND", "DOW", "EPOCH", "DECADE", "BOTH", "LEADING"}) {
    values.push_back(S(unit));
  }
  return values;
}

std::vector<Value> Parsed(const Type& type, std::initializer_list<std::string_view> texts) {
  std::vector<Value> values;
  for (const std::string_view text : texts) values.push_back(Text(type, text));
  return values;
}

// The values of one type: every tuple of a signature takes them from here.
using Pool = std::vector<Value>;

const std::vector<Pool>& Numbers() {
  static const std::vector<Pool> pools = {
      Parsed(Type::TinyInt(), {"0", "1", "-1", "5", "127", "-128"}),
      Parsed(Type::SmallInt(), {"0", "2", "-3", "32767", "-32768"}),
      Parsed(Type::Int(), {"0", "1", "-1", "2", "3", "7", "65", "-40", "1000"}),
      Parsed(Type::Int(), {"0", "8", "-2147483648", "2147483647"}),
      Parsed(Type::BigInt(), {"0", "4", "-1", "9223372036854775807", "-9223372036854775808"}),
      Parsed(Type::Float(), {"0.0", "-1.5", "2.5", "NaN", "3.4E38"}),
      Parsed(Type::Double(), {"0.0", "-0.0", "1.005", "-2.5", "1.0E300", "Infinity", "NaN"}),
      Parsed(Type::Decimal(5, 2), {"0.00", "1.25", "-2.50", "999.99", "-0.01"}),
      Parsed(Type::Decimal(38, 10),
             {"0.0000000000", "1.5000000000", "-9999999999999999999999999999.9999999999"})};
  return pools;
}

// The first and the last times that there are, and one that is not far from the last.
std::vector<Value> Ends(const Type& type) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max() / 1000 * 1000;
  return {Value(type, -kMost), Value(type, kMost), Value(type, kMost - 36 * 3'600'000'000)};
}

const std::vector<Pool>& Times() {
  static const std::vector<Pool> pools = {
      Parsed(Type::Date(), {"1970-01-01", "2024-02-29", "1899-12-31", "9999-12-31", "0001-01-01"}),
      Parsed(Type::Time(0), {"00:00:00", "23:59:59", "12:34:56"}),
      Parsed(Type::Timestamp(3),
             {"1970-01-01 00:00:00", "2024-02-29 23:59:59.999", "1969-12-31 23:59:59.500"}),
      Parsed(Type::Timestamp(9), {"2024-03-31 02:30:00.123456789", "1900-01-01 00:00:00"}),
      Parsed(Type::TimestampLtz(3), {"2024-10-27 00:30:00", "1970-01-01 00:00:00"}),
      Ends(Type::Timestamp(3)),
      Ends(Type::TimestampLtz(3))};
  return pools;
}

const std::vector<Pool>& Intervals() {
  static const std::vector<Pool> pools = {{Days(0), Days(1), Hours(-25)},
                                          {Months(0), Months(13), Months(-1)}};
  return pools;
}

const std::vector<Pool>& Collections() {
  static const std::vector<Pool> pools = {
      Parsed(Type::Array(Type::Int()), {"[]", "[1]", "[3, NULL, 1, 1]", "[7, -1]"}),
      Parsed(Type::Array(Type::String()), {"[]", "[a, b]", "[NULL, '', abc]"}),
      Parsed(Type::Map(Type::String(), Type::Int()), {"{}", "{a=1}", "{a=NULL, b=2}"})};
  return pools;
}

std::vector<Pool> PoolsOf(ArgumentClass wanted) {
  const auto some = [](const std::vector<Pool>& pools, auto fits) {
    std::vector<Pool> found;
    for (const Pool& pool : pools) {
      if (fits(pool[0].type())) found.push_back(pool);
    }
    return found;
  };
  std::vector<Pool> booleans = {{B(true), B(false)}};
  std::vector<Pool> bytes = {{Text(Type::Bytes(), "x''"), Text(Type::Bytes(), "x'00ff61'")}};
  const auto kind = [](TypeKind k) { return [k](const Type& type) { return type.kind() == k; }; };
  switch (wanted) {
    case ArgumentClass::kAny: {
      std::vector<Pool> all = {Texts(), booleans[0], bytes[0]};
      for (const auto* pools : {&Numbers(), &Times(), &Intervals(), &Collections()}) {
        all.insert(all.end(), pools->begin(), pools->end());
      }
      return all;
    }
    case ArgumentClass::kBoolean:
      return booleans;
    case ArgumentClass::kInt:
      return some(Numbers(), [](const Type& t) { return t.is_integer() && t.value_bytes() <= 4; });
    case ArgumentClass::kBigInt:
    case ArgumentClass::kInteger:
      return some(Numbers(), [](const Type& type) { return type.is_integer(); });
    case ArgumentClass::kExact:
      return some(Numbers(), [](const Type& type) {
        return type.is_integer() || type.kind() == TypeKind::kDecimal;
      });
    case ArgumentClass::kNumeric:
    case ArgumentClass::kDouble:
      return Numbers();
    case ArgumentClass::kString:
      return {Texts()};
    case ArgumentClass::kBinary:
      return bytes;
    case ArgumentClass::kStringOrBinary:
      return {Texts(), bytes[0]};
    case ArgumentClass::kDate:
      return some(Times(), kind(TypeKind::kDate));
    case ArgumentClass::kTime:
      return some(Times(), kind(TypeKind::kTime));
    case ArgumentClass::kTimestamp:
      return some(Times(), [](const Type& type) { return type.is_timestamp(); });
    case ArgumentClass::kTemporal:
      return Times();
    case ArgumentClass::kInterval:
      return Intervals();
    case ArgumentClass::kArray:
      return some(Collections(), kind(TypeKind::kArray));
    case ArgumentClass::kMap:
      return some(Collections(), kind(TypeKind::kMap));
    case ArgumentClass::kCollection:
      return Collections();
    case ArgumentClass::kRow:
      return {
          Parsed(Type::Row({{"a", Type::Int()}, {"b", Type::String()}}), {"(1, x)", "(NULL, y)"})};
    case ArgumentClass::kUnit:
      return {Units()};
  }
  return {};
}

// What the binder makes of the clauses of JSON_VALUE and its like.
Pool JsonClauses(std::string_view function) {
  Pool clauses;
  for (const JsonReturns returns :
       {JsonReturns::kString, JsonReturns::kBoolean, JsonReturns::kReal}) {
    JsonOptions options;
    if (function == "JSON_VALUE") options.returns = returns;
    if (function == "JSON_EXISTS") options.on_error = JsonAnswer::kUnknown;
    clauses.push_back(S(options.ToText()));
  }
  return clauses;
}

// Arguments of one call: a literal where the function wants one, else a column.
struct Signature {
  std::vector<Pool> pools;
  std::vector<bool> literal;
  std::vector<Value> literals;  // where `literal`; drawn once

  std::vector<Value> Draw(Random& random, int null_percent) const {
    std::vector<Value> tuple;
    for (size_t i = 0; i < pools.size(); ++i) {
      const Value& value = pools[i][random.Below(pools[i].size())];
      if (literal[i]) {
        tuple.push_back(literals[i]);
      } else if (static_cast<int>(random.Below(100)) < null_percent) {
        tuple.push_back(N(value.type().WithNullable(true)));
      } else {
        tuple.emplace_back(value.type().WithNullable(true), value.storage());
      }
    }
    return tuple;
  }

  std::vector<ExprPtr> Columns(bool nullable) const {
    std::vector<ExprPtr> args;
    for (size_t i = 0; i < pools.size(); ++i) {
      const Type type = pools[i][0].type().WithNullable(nullable);
      args.push_back(literal[i] ? MakeLiteral(literals[i])
                                : MakeColumnRef(static_cast<int>(i), type));
    }
    return args;
  }
};

// Tries columns for all arguments first, then literals for some of them.
bool Binds(std::string_view name, Signature& signature, Random& random) {
  constexpr int kDraws = 20;  // of literals: few numbers name a field of a row
  const size_t count = signature.pools.size();
  for (int draw = 0; draw < kDraws; ++draw) {
    for (uint32_t mask = 0; mask < (1U << count); ++mask) {
      for (size_t i = 0; i < count; ++i) signature.literal[i] = ((mask >> i) & 1) != 0;
      if (BindCall(name, signature.Columns(true), {}).ok()) return true;
    }
    for (size_t i = 0; i < count; ++i) {
      signature.literals[i] = signature.pools[i][random.Below(signature.pools[i].size())];
    }
  }
  return false;
}

bool ReadsColumns(const Expr& expression) {
  return expression.kind == ExprKind::kColumn ||
         std::ranges::any_of(expression.args,
                             [](const ExprPtr& argument) { return ReadsColumns(*argument); });
}
// 'q' as a time, which whole statements fail for, whatever the rows are.
bool HasBadConstant(const Expr& call) {
  return std::ranges::any_of(call.args, [](const ExprPtr& argument) {
    return !ReadsColumns(*argument) && !EvaluateConstant(argument, Context()).ok();
  });
}

// Whether an argument is a text that is read as a number or time implicitly. That fails for some
// texts, also where the other argument is NULL and a constant call is not evaluated.
bool ReadsTexts(const Expr& call) {
  return std::ranges::any_of(call.args, [](const ExprPtr& argument) {
    return argument->kind == ExprKind::kCast && !argument->type.is_character() &&
           argument->args[0]->type.is_character();
  });
}

// The oracle: one call over literals only.
Result<Value> OverLiterals(const ExprPtr& call, const std::vector<Value>& tuple) {
  std::vector<ExprPtr> args;
  for (const Value& value : tuple) args.push_back(MakeLiteral(value));
  return EvaluateConstant(Substitute(call, args), Context());
}

// Rows of random arguments, and what each gives by itself.
struct Cases {
  std::vector<std::vector<Value>> tuples;
  std::vector<std::string> expected;
  std::vector<uint32_t> succeeds;
};

Cases MakeCases(Random& random, const Signature& signature, const ExprPtr& call) {
  Cases cases;
  for (uint32_t row = 0; row < kRows; ++row) {
    cases.tuples.push_back(signature.Draw(random, 15));
    const Result<Value> value = OverLiterals(call, cases.tuples.back());
    cases.expected.push_back(Show(value));
    if (value.ok()) cases.succeeds.push_back(row);
  }
  return cases;
}

// `constant`: the argument that is the same in every row, by row 0; -1 for none.
Batch BatchOf(const Signature& signature, const Cases& cases, int constant) {
  Batch batch;
  batch.row_count = kRows;
  for (size_t i = 0; i < signature.pools.size(); ++i) {
    const Type type = signature.pools[i][0].type().WithNullable(true);
    std::vector<Value> values;
    for (const auto& tuple : cases.tuples) values.push_back(tuple[i]);
    batch.columns.push_back(static_cast<int>(i) == constant ? MakeConstantColumn(values[0], kRows)
                                                            : MakeColumn(type, values));
  }
  return batch;
}

Selection Select(const std::vector<uint32_t>& rows) {
  BufferPtr ids = MakeBuffer<uint32_t>(rows.size() + 1);
  std::ranges::copy(rows, ids->as<uint32_t>());
  return {ids, static_cast<uint32_t>(rows.size())};
}

class EveryFunctionTest : public ::testing::TestWithParam<const ScalarFunction*> {
 protected:
  EveryFunctionTest() : random_(SeedOf(kFunctionSeed)) {}

  // Calls `check(signature, bound call over nullable columns)` for random signatures.
  template <typename F>
  void ForSignatures(F check) {
    const ScalarFunction& function = *GetParam();
    for (const Overload& overload : function.overloads) {
      const size_t most = overload.params.size() + (overload.variadic ? 2 : 0);
      for (size_t count = overload.params.size() - overload.optional; count <= most; ++count) {
        int bound = 0;  // of two arguments of any type, few pairs can be compared
        for (int i = 0; i < kTries && bound < kSignatures; ++i) {
          Signature signature = RandomSignature(overload, count);
          if (!Binds(function.name, signature, random_)) continue;
          const ExprPtr call = *BindCall(function.name, signature.Columns(true), {});
          if (HasBadConstant(*call) || ReadsTexts(*call)) continue;
          ++bound;
          check(signature, call);
          if (HasFatalFailure()) return;
        }
      }
    }
  }

  Signature RandomSignature(const Overload& overload, size_t count) {
    Signature signature;
    for (size_t i = 0; i < count; ++i) {
      const auto pools = PoolsOf(overload.params[std::min(i, overload.params.size() - 1)]);
      const bool clause =
          overload.params[std::min(i, overload.params.size() - 1)] == ArgumentClass::kUnit &&
          IsJson();
      signature.pools.push_back(clause ? JsonClauses(GetParam()->name)
                                       : pools[random_.Below(pools.size())]);
      const Pool& pool = signature.pools.back();
      signature.literals.push_back(pool[random_.Below(pool.size())]);
      signature.literal.push_back(false);
    }
    return signature;
  }

  bool IsJson() const { return GetParam()->name.starts_with("JSON_"); }

  Random random_;
};

TEST_P(EveryFunctionTest, RowsOfABatchAreComputedAsIfAlone) {
  ForSignatures([&](const Signature& signature, const ExprPtr& call) {
    const Cases cases = MakeCases(random_, signature, call);
    Batch batch = BatchOf(signature, cases, -1);
    // The rows that fail are there, but do not count.
    batch.selection = Select(cases.succeeds);
    const auto evaluator = MakeEvaluator({call}, Context());
    PoolVector<ColumnPtr> out;
    for (const int pass : {0, 1}) {  // the second meets what the kernel keeps of the first
      const Status status = (*evaluator)->Evaluate(batch, out);
      ASSERT_TRUE(status.ok()) << ToString(*call, {}) << ": " << status.ToString();
      for (const uint32_t row : cases.succeeds) {
        ASSERT_EQ(GetValue(*out[0], row).ToString(), cases.expected[row])
            << ToString(*call, {}) << " row " << row << " pass " << pass;
      }
    }
  });
}

TEST_P(EveryFunctionTest, ConstantColumnsAreAsRepeatedOnes) {
  ForSignatures([&](const Signature& signature, const ExprPtr& call) {
    for (size_t constant = 0; constant < signature.pools.size(); ++constant) {
      Cases cases;
      cases.tuples.push_back(signature.Draw(random_, 10));
      while (cases.tuples.size() < kRows) {
        cases.tuples.push_back(signature.Draw(random_, 10));
        cases.tuples.back()[constant] = cases.tuples[0][constant];
      }
      for (uint32_t row = 0; row < kRows; ++row) {
        const Result<Value> value = OverLiterals(call, cases.tuples[row]);
        cases.expected.push_back(Show(value));
        if (value.ok()) cases.succeeds.push_back(row);
      }
      Batch batch = BatchOf(signature, cases, static_cast<int>(constant));
      batch.selection = Select(cases.succeeds);
      const auto evaluator = MakeEvaluator({call}, Context());
      PoolVector<ColumnPtr> out;
      const Status status = (*evaluator)->Evaluate(batch, out);
      ASSERT_TRUE(status.ok()) << ToString(*call, {}) << ": " << status.ToString();
      for (const uint32_t row : cases.succeeds) {
        ASSERT_EQ(GetValue(*out[0], row).ToString(), cases.expected[row])
            << ToString(*call, {}) << " constant " << constant << " row " << row;
      }
    }
  });
}

TEST_P(EveryFunctionTest, FailuresAreThoseOfTheRow) {
  ForSignatures([&](const Signature& signature, const ExprPtr& call) {
    const Cases cases = MakeCases(random_, signature, call);
    const auto evaluator = MakeEvaluator({call}, Context());
    Batch batch = BatchOf(signature, cases, -1);
    for (uint32_t row = 0; row < kRows; ++row) {
      if (std::ranges::binary_search(cases.succeeds, row)) continue;
      batch.selection = Select({row});
      PoolVector<ColumnPtr> out;
      const Status status = (*evaluator)->Evaluate(batch, out);
      ASSERT_FALSE(status.ok()) << ToString(*call, {}) << " gives no " << cases.expected[row];
      EXPECT_EQ(std::string(status.id()) + " " + status.message(), cases.expected[row]);
      EXPECT_TRUE(CanFail(*call)) << ToString(*call, {}) << " is said not to fail";
    }
  });
}

TEST_P(EveryFunctionTest, NullGoesThroughWhereItPropagates) {
  if (GetParam()->nulls != NullRule::kPropagate) GTEST_SKIP();
  ForSignatures([&](const Signature& signature, const ExprPtr& call) {
    for (size_t i = 0; i < signature.pools.size(); ++i) {
      if (signature.literal[i]) continue;
      std::vector<Value> tuple = signature.Draw(random_, 0);
      tuple[i] = N(tuple[i].type().WithNullable(true));
      EXPECT_EQ(Show(OverLiterals(call, tuple)), "NULL") << ToString(*call, {});
    }
  });
}

TEST_P(EveryFunctionTest, NullComesOutOnlyWhereTheTypeSaysSo) {
  ForSignatures([&](const Signature& signature, const ExprPtr&) {
    const auto call = BindCall(GetParam()->name, signature.Columns(false), {});
    if (!call.ok() || (*call)->type.nullable()) return;
    for (uint32_t row = 0; row < kRows; ++row) {
      const std::vector<Value> tuple = signature.Draw(random_, 0);
      const Result<Value> value = OverLiterals(*call, tuple);
      std::string text;
      for (const Value& cell : tuple) text += cell.ToSql() + " ";
      ASSERT_FALSE(value.ok() && value->is_null()) << ToString(**call, {}) << " of " << text;
    }
  });
}

TEST_P(EveryFunctionTest, IsCalledByThisTest) {
  int signatures = 0;
  ForSignatures([&](const Signature&, const ExprPtr&) { ++signatures; });
  EXPECT_GT(signatures, 0);
}

std::vector<const ScalarFunction*> PureFunctions() {
  // The planner makes the arguments of three of them out of clauses; the last one gives the type of
  // its argument, which is another one for a literal.
  const std::set<std::string_view> others = {"JSON_OBJECT", "JSON_ARRAY", "ORDERED VALUES",
                                             "TYPEOF"};
  std::vector<const ScalarFunction*> functions;
  for (const ScalarFunction* function : ListFunctions()) {
    if (others.contains(function->name)) continue;
    const bool called = std::ranges::any_of(
        function->overloads, [](const Overload& overload) { return !overload.params.empty(); });
    if (function->determinism == Determinism::kPure && called) functions.push_back(function);
  }
  return functions;
}

std::string NameOf(const ::testing::TestParamInfo<const ScalarFunction*>& info) {
  std::string name = std::to_string(info.index) + "_";
  for (const char c : info.param->name) name += std::isalnum(c) != 0 ? c : '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, EveryFunctionTest, ::testing::ValuesIn(PureFunctions()), NameOf);

}  // namespace
}  // namespace weir::expr::testing
