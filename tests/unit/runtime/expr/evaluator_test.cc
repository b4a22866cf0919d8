// Guards, selections, constants, shared sub-expressions, and kernels against a naive row
// interpreter.
#include "runtime/expr/evaluator.h"

#include <gmock/gmock.h>

#include <cmath>
#include <cstdlib>
#include <optional>

#include "runtime/base/random.h"
#include "runtime/expr/foreign.h"
#include "runtime/expr/kernel.h"
#include "tests/seed.h"
#include "tests/unit/runtime/expr/expressions.h"

namespace weir::expr::testing {
namespace {

constexpr uint64_t kEvaluatorSeed = 20240517;
constexpr uint32_t kSizes[] = {0, 1, 63, 64, 65, 4096};

// Columns: 0 and 1 BIGINT, 2 DOUBLE, 3 BOOLEAN, 4 STRING; NULLs in every column when asked for.
Batch RandomBatch(Random& random, uint32_t rows, bool nulls) {
  const std::vector<Type> types = {Type::BigInt(), Type::BigInt(), Type::Double(), Type::Boolean(),
                                   Type::String()};
  Batch batch;
  batch.row_count = rows;
  for (const Type& type : types) {
    std::vector<Value> values;
    for (uint32_t i = 0; i < rows; ++i) {
      const int64_t number = static_cast<int64_t>(random.Below(7)) - 3;
      if (nulls && random.Below(4) == 0) {
        values.push_back(Value::Null(type));
      } else if (type.kind() == TypeKind::kBigInt) {
        values.emplace_back(type, number);
      } else if (type.kind() == TypeKind::kDouble) {
        values.emplace_back(type, static_cast<double>(number) / 2);
      } else if (type.kind() == TypeKind::kBoolean) {
        values.emplace_back(type, static_cast<uint8_t>(number > 0));
      } else {
        values.emplace_back(type, std::string(static_cast<size_t>(number + 3) * 4, 'a'));
      }
    }
    batch.columns.push_back(MakeColumn(type, values));
  }
  return batch;
}

Selection EveryThird(uint32_t rows) {
  BufferPtr ids = MakeBuffer<uint32_t>(rows + 1);
  uint32_t count = 0;
  for (uint32_t i = 0; i < rows; i += 3) ids->as<uint32_t>()[count++] = i;
  return {ids, count};
}

ExprPtr Ref(int column) {
  static const Type kTypes[] = {Type::BigInt(), Type::BigInt(), Type::Double(), Type::Boolean(),
                                Type::String()};
  return MakeColumnRef(column, kTypes[column]);
}

// The oracle: replaces columns by the row's values and evaluates one row of literals.
std::string NaiveCell(const ExprPtr& expression, const Batch& batch, uint32_t row) {
  std::vector<ExprPtr> values;
  for (const ColumnPtr& column : batch.columns) {
    const Value value = GetValue(*column, row);
    auto literal = std::make_shared<Expr>(*MakeLiteral(value));
    literal->type = column->type();
    values.push_back(literal);
  }
  return Show(EvaluateConstant(Substitute(expression, values), Context()));
}

std::vector<ExprPtr> Expressions() {
  const ExprPtr two = MakeLiteral(L(2));
  const ExprPtr sum = Bound("+", {Ref(0), Ref(1)});
  const ExprPtr guarded =
      Bound("CASE", {Bound("<>", {Ref(1), MakeLiteral(L(0))}), Bound("/", {Ref(0), Ref(1)}), two});
  const ExprPtr small = Bound("<", {Ref(0), Ref(1)});
  return {
      sum,
      Bound("*", {sum, two}),
      Bound("-", {two, sum}),
      Bound("+", {Ref(0), Ref(2)}),
      guarded,
      small,
      Bound("AND", {small, Ref(3)}),
      Bound("OR", {small, Ref(3), Bound("=", {Ref(0), two})}),
      Bound("AND", {Bound("<>", {Ref(1), MakeLiteral(L(0))}),
                    Bound(">", {Bound("/", {two, Ref(1)}), MakeLiteral(L(0))})}),
      Bound("NOT", {Ref(3)}),
      Bound("COALESCE", {Ref(0), Ref(1), two}),
      Bound("IF", {Ref(3), Ref(4), Bound("UPPER", {Ref(4)})}),
      Bound("=", {Ref(4), MakeLiteral(S("aaaaaaaaaaaaaaaa"))}),
      Bound("IN", {Ref(0), MakeLiteral(L(1)), MakeLiteral(L(2)), MakeLiteral(N(Type::BigInt()))}),
      Bound("IS DISTINCT FROM", {Ref(0), Ref(1)}),
      Bound("IS NOT TRUE", {Ref(3)}),
      Bound("GREATEST", {Ref(0), Ref(1)}),
      Bound("||", {Ref(4), MakeLiteral(S("!"))}),
      Bound("SUBSTRING", {Ref(4), MakeLiteral(I(3))}),
      Bound("LIKE", {Ref(4), MakeLiteral(S("%aaaaaaaa"))}),
      *BindCast(Ref(0), Type::String(), false, {}),
      *BindCast(Ref(2), Type::Decimal(10, 1), false, {}),
      Bound("ARRAY", {Ref(0), Ref(1)}),
      Bound("IF", {Ref(3), Bound("ARRAY", {Ref(0)}), Bound("ARRAY", {Ref(1)})}),
  };
}

TEST(EvaluatorTest, AgreesWithANaiveInterpreter) {
  SCOPED_TRACE(::testing::Message() << "seed " << kEvaluatorSeed);
  Random random(SeedOf(kEvaluatorSeed));
  const std::vector<ExprPtr> expressions = Expressions();
  const auto evaluator = MakeEvaluator(expressions, Context());
  ASSERT_TRUE(evaluator.ok());
  for (const uint32_t rows : kSizes) {
    for (const int variant : {0, 1, 2, 3}) {
      Batch batch = RandomBatch(random, rows, (variant & 1) != 0);
      if ((variant & 2) != 0) batch.selection = EveryThird(rows);
      PoolVector<ColumnPtr> out;
      const Status status = (*evaluator)->Evaluate(batch, out);
      ASSERT_TRUE(status.ok()) << status.ToString();
      const uint32_t step = rows > 100 ? 37 : 1;
      for (size_t e = 0; e < expressions.size(); ++e) {
        ASSERT_EQ(out[e]->length(), rows);
        for (uint32_t i = 0; i < batch.size(); i += step) {
          const uint32_t row = batch.RowAt(i);
          ASSERT_EQ(GetValue(*out[e], row).ToString(), NaiveCell(expressions[e], batch, row))
              << ToString(*expressions[e], {}) << " row " << row << " of " << rows;
        }
      }
    }
  }
}

TEST(EvaluatorTest, FilterSelectsTheTrueRows) {
  Random random(SeedOf(kEvaluatorSeed));
  for (const ExprPtr& condition : Expressions()) {
    if (condition->type.kind() != TypeKind::kBoolean) continue;
    const auto evaluator = MakeEvaluator({condition}, Context());
    for (const uint32_t rows : {0U, 1U, 64U, 200U}) {
      Batch batch = RandomBatch(random, rows, true);
      if (rows == 200) batch.selection = EveryThird(rows);
      std::vector<uint32_t> expected;
      ForEachRow(batch, [&](uint32_t row) {
        if (NaiveCell(condition, batch, row) == "TRUE") expected.push_back(row);
      });
      const Result<Selection> selection = (*evaluator)->Filter(batch);
      ASSERT_TRUE(selection.ok());
      batch.selection = *selection;
      std::vector<uint32_t> actual;
      ForEachRow(batch, [&](uint32_t row) { actual.push_back(row); });
      EXPECT_EQ(actual, expected) << ToString(*condition, {});
    }
  }
}

// The same as Filter and then Evaluate, also for what the filter and the others share.
TEST(EvaluatorTest, FiltersAndEvaluatesAtOnce) {
  Random random(SeedOf(kEvaluatorSeed));
  const ExprPtr text =
      Bound("REGEXP_EXTRACT", {Ref(4), MakeLiteral(S("a(a*)")), MakeLiteral(I(1))});
  const ExprPtr upper = Bound("UPPER", {Ref(4)});
  const ExprPtr condition =
      Bound("OR", {Bound("IS NULL", {text}), Bound("=", {upper, MakeLiteral(S("AAAA"))}),
                   Bound("<", {Ref(0), Ref(1)})});
  const ExprPtr cases = Bound("CASE", {Bound("=", {upper, MakeLiteral(S("A"))}), Ref(4),
                                       Bound("=", {upper, MakeLiteral(S("AA"))}), text, upper});
  const std::vector<ExprPtr> values = {text, upper, Ref(0),
                                       Bound("CASE", {Ref(3), MakeLiteral(S("-")), text}), cases};
  for (const ExprPtr& filter : {condition, Bound("=", {Ref(0), MakeLiteral(L(2))}),
                                Bound("=", {text, MakeLiteral(S("aaa"))}),
                                Bound("IS NOT DISTINCT FROM", {Ref(0), Ref(0)})}) {
    const auto evaluator = MakeEvaluator(values, Context(), filter);
    ASSERT_TRUE(evaluator.ok()) << evaluator.status().ToString();
    for (const uint32_t rows : kSizes) {
      Batch batch = RandomBatch(random, rows, true);
      if (rows % 2 == 1) batch.selection = EveryThird(rows);
      std::vector<std::string> expected;
      ForEachRow(batch, [&](uint32_t row) {
        if (NaiveCell(filter, batch, row) != "TRUE") return;
        for (const ExprPtr& value : values) expected.push_back(NaiveCell(value, batch, row));
      });
      PoolVector<ColumnPtr> out;
      const Status status = (*evaluator)->FilterAndEvaluate(batch, out);
      ASSERT_TRUE(status.ok()) << status.ToString();
      std::vector<std::string> actual;
      ForEachRow(batch, [&](uint32_t row) {
        for (const ColumnPtr& column : out) actual.push_back(GetValue(*column, row).ToString());
      });
      EXPECT_EQ(actual, expected) << ToString(*filter, {}) << ", " << rows << " rows";
    }
  }
}

// Gives its argument back, and counts the rows that it is handed.
class Echo : public ForeignRunner {
 public:
  Status Call(const ForeignCall& call, weir::Column& out) override {
    const int64_t* values = call.args[0]->data<int64_t>();
    ForRows(call.rows, [&](uint32_t row) {
      out.mutable_data<int64_t>()[row] = values[row];
      SetBit(out.MutableValidity(), row);
    });
    rows += call.rows.count;
    return {};
  }
  uint64_t rows = 0;
};

ExprPtr Echoed(ExprPtr argument) {
  ForeignFunction described;
  described.full_name = "`c`.`d`.`echo`";
  described.shown_name = "echo";
  described.implementation = "m.echo";
  described.parameters = {Type::BigInt()};
  described.returns = Type::BigInt();
  auto call = std::make_shared<Expr>();
  call->kind = ExprKind::kCall;
  call->function = InternForeign(described);
  call->type = Type::BigInt();
  call->args = {std::move(argument)};
  return call;
}

// Also where few rows pass, which are moved together for what comes behind.
TEST(EvaluatorTest, WhatFilterAndValueShareIsComputedOnce) {
  Random random(SeedOf(kEvaluatorSeed));
  const ExprPtr call = Echoed(Ref(0));
  for (const char* comparison : {"=", ">="}) {
    Echo echo;
    EvaluationContext context = Context();
    context.foreign = &echo;
    const ExprPtr filter = Bound(comparison, {call, MakeLiteral(L(2))});
    const auto evaluator = MakeEvaluator({call, Ref(0)}, context, filter);
    Batch batch = RandomBatch(random, 4096, false);
    PoolVector<ColumnPtr> out;
    const Status status = (*evaluator)->FilterAndEvaluate(batch, out);
    ASSERT_TRUE(status.ok()) << status.ToString();
    EXPECT_EQ(echo.rows, 4096U) << comparison;
    EXPECT_GT(batch.size(), 0U);
    ForEachRow(batch, [&](uint32_t row) {
      EXPECT_GE(GetValue(*out[0], row).get<int64_t>(), 2);
      EXPECT_EQ(GetValue(*out[0], row).ToString(), GetValue(*out[1], row).ToString());
    });
  }
}

// A call is typed anew where its arguments are others.
TEST(EvaluatorTest, CallsOfForeignFunctionsAreTypedAnew) {
  const ExprPtr call = Echoed(MakeColumnRef(0, Type::BigInt().WithNullable(false)));
  EXPECT_TRUE(WithArguments(call, {Ref(0)})->type.nullable());
}

TEST(EvaluatorTest, WhatCannotFailDecidesBeforePatterns) {
  Random random(SeedOf(kEvaluatorSeed));
  Batch batch = RandomBatch(random, 64, false);
  // The pattern is wrong in every row that it reaches: none, since the other argument is TRUE.
  const ExprPtr wrong = Bound("REGEXP", {Ref(4), Bound("||", {MakeLiteral(S("(")), Ref(4)})});
  const ExprPtr always = Bound("IS NOT NULL", {Ref(0)});
  const auto either = MakeEvaluator({Bound("OR", {wrong, always})}, Context());
  const Result<Selection> all = (*either)->Filter(batch);
  ASSERT_TRUE(all.ok()) << all.status().ToString();
  EXPECT_TRUE(all->all());
  // A division that its neighbour guards stays behind it.
  const ExprPtr guard = Bound("<>", {Ref(1), MakeLiteral(L(0))});
  const ExprPtr quotient = Bound(">", {Bound("/", {Ref(0), Ref(1)}), MakeLiteral(L(0))});
  const ExprPtr like = Bound("LIKE", {Ref(4), MakeLiteral(S("%a%a"))});
  const auto guarded = MakeEvaluator({Bound("AND", {like, guard, quotient})}, Context());
  EXPECT_TRUE((*guarded)->Filter(batch).ok());
}

TEST(EvaluatorTest, DivisionByZeroFailsOnlyWhereItIsReached) {
  Random random(SeedOf(kEvaluatorSeed));
  Batch batch = RandomBatch(random, 100, false);
  const ExprPtr quotient = *BindCall("/", {Ref(0), Ref(1)}, {4, 9});
  const auto plain = MakeEvaluator({quotient}, Context());
  PoolVector<ColumnPtr> out;
  const Status status = (*plain)->Evaluate(batch, out);
  EXPECT_EQ(status.id(), "E3002");
  EXPECT_EQ(status.span(), (SourceSpan{4, 9}));
  const auto nonzero = MakeEvaluator({Bound("<>", {Ref(1), MakeLiteral(L(0))})}, Context());
  batch.selection = *(*nonzero)->Filter(batch);
  EXPECT_TRUE((*plain)->Evaluate(batch, out).ok());
}

TEST(EvaluatorTest, ConstantsStayConstant) {
  Batch batch;
  batch.row_count = 1000;
  batch.columns.push_back(MakeConstantColumn(L(20), 1000));
  batch.columns.push_back(MakeConstantColumn(L(22), 1000));
  const auto evaluator = MakeEvaluator({Bound("+", {Ref(0), Ref(1)})}, Context());
  PoolVector<ColumnPtr> out;
  ASSERT_TRUE((*evaluator)->Evaluate(batch, out).ok());
  EXPECT_TRUE(out[0]->is_constant());
  EXPECT_EQ(out[0]->length(), 1000U);
  EXPECT_EQ(out[0]->ValueAt<int64_t>(999), 42);
}

TEST(EvaluatorTest, EqualSubExpressionsAreComputedOnce) {
  Random random(SeedOf(kEvaluatorSeed));
  const Batch batch = RandomBatch(random, 64, false);
  const ExprPtr sum = Bound("+", {Ref(0), Ref(1)});
  const auto evaluator = MakeEvaluator({sum, Bound("+", {Ref(0), Ref(1)})}, Context());
  PoolVector<ColumnPtr> out;
  ASSERT_TRUE((*evaluator)->Evaluate(batch, out).ok());
  EXPECT_EQ(out[0].get(), out[1].get());
}

// 0.0 = -0.0, but they are two values: neither stands for the other.
TEST(EvaluatorTest, LiteralsAreSharedByTheirBits) {
  const auto array = [](double a, double b) {
    return Show(
        EvaluateConstant(Bound("ARRAY", {MakeLiteral(D(a)), MakeLiteral(D(b))}), Context()));
  };
  EXPECT_EQ(array(0.0, -0.0), "[0.0, -0.0]");
  EXPECT_EQ(array(-0.0, 0.0), "[-0.0, 0.0]");
  const double nan = std::nan("");
  EXPECT_TRUE(Equal(*MakeLiteral(D(nan)), *MakeLiteral(D(nan))));
  EXPECT_FALSE(Equal(*MakeLiteral(F(0.0F)), *MakeLiteral(F(-0.0F))));
  const Type doubles = Type::Array(Type::Double());
  EXPECT_FALSE(Equal(*MakeLiteral(Text(doubles, "[0.0]")), *MakeLiteral(Text(doubles, "[-0.0]"))));
  EXPECT_TRUE(Equal(*MakeLiteral(Text(doubles, "[NULL]")), *MakeLiteral(Text(doubles, "[NULL]"))));
}

TEST(EvaluatorTest, RandomCallsAreNotShared) {
  Random random(SeedOf(kEvaluatorSeed));
  const Batch batch = RandomBatch(random, 64, false);
  const auto evaluator = MakeEvaluator({Bound("RAND", {}), Bound("RAND", {})}, Context());
  PoolVector<ColumnPtr> out;
  ASSERT_TRUE((*evaluator)->Evaluate(batch, out).ok());
  EXPECT_NE(out[0]->ValueAt<double>(0), out[1]->ValueAt<double>(0));
  EXPECT_NE(out[0]->ValueAt<double>(0), out[0]->ValueAt<double>(1));
}

// Each look at it is a millisecond later.
class HastyClock final : public Clock {
 public:
  Timestamp Now() const override { return Timestamp{++millis_}; }
  int64_t MonotonicNanos() const override { return 0; }
  void Sleep(std::chrono::nanoseconds) override {}

 private:
  mutable int64_t millis_ = 1'000'000;
};

// Also where CASE asks for some rows of the batch, and another expression for others.
TEST(EvaluatorTest, TheTimeIsReadOnceForABatch) {
  Random random(SeedOf(kEvaluatorSeed));
  const Batch batch = RandomBatch(random, 64, false);
  HastyClock clock;
  EvaluationContext context = Context();
  context.clock = &clock;
  const ExprPtr now = Bound("CURRENT_TIMESTAMP", {});
  const ExprPtr positive = Bound(">", {Ref(0), MakeLiteral(L(0))});
  const auto evaluator =
      MakeEvaluator({Bound("=", {now, Bound("CURRENT_TIMESTAMP", {})}), Bound("NULLIF", {now, now}),
                     Bound("CASE", {positive, now, MakeLiteral(Value::Null(now->type))}), now},
                    context);
  PoolVector<ColumnPtr> out;
  for (int batches = 0; batches < 2; ++batches) {
    ASSERT_TRUE((*evaluator)->Evaluate(batch, out).ok());
    const int64_t time = out[3]->ValueAt<int64_t>(0);
    EXPECT_EQ(time, (1'000'001 + batches) * 1000);
    for (uint32_t row = 0; row < batch.row_count; ++row) {
      EXPECT_EQ(out[0]->ValueAt<uint8_t>(row), 1);
      EXPECT_TRUE(out[1]->IsNull(row));
      if (!out[2]->IsNull(row)) {
        EXPECT_EQ(out[2]->ValueAt<int64_t>(row), time);
      }
    }
  }
}

// Also of rows that a filter leaves, where the batch is compacted.
TEST(EvaluatorTest, TheWatermarkIsTheMarkOfEachRow) {
  const Type time = Type::Timestamp(3);
  Batch batch;
  batch.row_count = 16;
  batch.columns.push_back(
      MakeColumn(time, std::vector<Value>(batch.row_count, Value(time, int64_t{7'000}))));
  std::vector<Value> numbers;
  for (int64_t i = 0; i < batch.row_count; ++i) numbers.push_back(L(i));
  batch.columns.push_back(MakeColumn(Type::BigInt(), numbers));
  batch.late_marks = MakeBuffer<int64_t>(batch.row_count);
  for (uint32_t i = 0; i < batch.row_count; ++i)
    batch.late_marks->as<int64_t>()[i] = i == 0 ? Timestamp::Min().millis : int64_t{i} - 3;
  const ExprPtr watermark = Bound("CURRENT_WATERMARK", {MakeColumnRef(0, time)});
  EXPECT_FALSE(IsDeterministic(*watermark));
  EXPECT_EQ(watermark->type.ToString(), "TIMESTAMP(3)");
  PoolVector<ColumnPtr> out;
  ASSERT_TRUE((*MakeEvaluator({watermark}, Context()))->Evaluate(batch, out).ok());
  EXPECT_TRUE(out[0]->IsNull(0));
  for (uint32_t i = 1; i < batch.row_count; ++i)
    EXPECT_EQ(out[0]->ValueAt<int64_t>(i), (int64_t{i} - 3) * 1000);
  const ExprPtr last = Bound(">", {MakeColumnRef(1, Type::BigInt()), MakeLiteral(L(14))});
  Batch filtered = batch;
  ASSERT_TRUE(
      (*MakeEvaluator({watermark}, Context(), last))->FilterAndEvaluate(filtered, out).ok());
  EXPECT_EQ(filtered.row_count, 1U);
  EXPECT_EQ(out[0]->ValueAt<int64_t>(0), 12'000);
  EvaluationContext batch_mode = Context();
  batch_mode.query_start = Timestamp{1};
  ASSERT_TRUE((*MakeEvaluator({watermark}, batch_mode))->Evaluate(batch, out).ok());
  EXPECT_TRUE(out[0]->IsNull(5));
  batch.late_marks = nullptr;
  ASSERT_TRUE((*MakeEvaluator({watermark}, Context()))->Evaluate(batch, out).ok());
  EXPECT_TRUE(out[0]->IsNull(5));
}

TEST(EvaluatorTest, MemoryComesFromThePool) {
#ifdef WEIR_SANITIZED
  const bool recycles = false;
#else
  const bool recycles = std::getenv("WEIR_POOL_SANITIZED") == nullptr;  // tests/sanitized/rooms.py
#endif
  if (!recycles) GTEST_SKIP() << "the pool recycles nothing under a sanitizer";
  Random random(SeedOf(kEvaluatorSeed));
  const Batch batch = RandomBatch(random, 4096, true);
  const auto evaluator = MakeEvaluator(Expressions(), Context());
  PoolVector<ColumnPtr> out;
  for (int i = 0; i < 8; ++i) ASSERT_TRUE((*evaluator)->Evaluate(batch, out).ok());
  const uint64_t before = GetPoolStatistics().allocator_calls;
  for (int i = 0; i < 8; ++i) ASSERT_TRUE((*evaluator)->Evaluate(batch, out).ok());
  EXPECT_EQ(GetPoolStatistics().allocator_calls, before);
}

}  // namespace
}  // namespace weir::expr::testing
