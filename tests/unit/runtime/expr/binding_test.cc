// Coercion, common types, constant folding, printing and the small functions on trees.
#include "runtime/expr/binding.h"

#include <gmock/gmock.h>

#include "tests/unit/runtime/expr/expressions.h"

namespace weir::expr::testing {
namespace {

ExprPtr Column(int i, const Type& type) {
  return MakeColumnRef(i, type);
}

TEST(BindingTest, PrintsAsSql) {
  const std::vector<std::string> names = {"price", "name"};
  const ExprPtr price = Column(0, Type::BigInt());
  EXPECT_EQ(ToString(*Bound("*", {price, MakeLiteral(Dec("0.908", 3, 3))}), names),
            "(price * 0.908)");
  EXPECT_EQ(ToString(*Bound("IS NULL", {price}), names), "(price IS NULL)");
  EXPECT_EQ(ToString(*Bound("AND", {Bound(">", {price, MakeLiteral(L(1))}),
                                    Bound("<", {price, MakeLiteral(L(9))})}),
                     names),
            "((price > 1) AND (price < 9))");
  EXPECT_EQ(ToString(*Column(7, Type::Int()), names), "$7");
}

TEST(BindingTest, TreesCompareSubstituteAndListColumns) {
  const ExprPtr a = Bound("+", {Column(0, Type::Int()), Column(1, Type::Int())});
  const ExprPtr b = Bound("+", {Column(0, Type::Int()), Column(1, Type::Int())});
  EXPECT_TRUE(Equal(*a, *b));
  const ExprPtr swapped = Substitute(a, {Column(1, Type::Int()), Column(0, Type::Int())});
  EXPECT_FALSE(Equal(*a, *swapped));
  std::vector<int> columns;
  CollectColumns(*swapped, columns);
  EXPECT_THAT(columns, ::testing::ElementsAre(1, 0));
  EXPECT_TRUE(IsDeterministic(*a));
}

TEST(BindingTest, CommonTypes) {
  struct Example {
    std::vector<Type> types;
    std::string common;
  };
  const std::vector<Example> examples = {
      {{Type::Int(), Type::BigInt()}, "BIGINT"},
      {{Type::Int(), Type::Double()}, "DOUBLE"},
      {{Type::Int(), Type::Decimal(5, 2)}, "DECIMAL(12, 2)"},
      {{Type::Float(), Type::Decimal(5, 2)}, "DOUBLE"},
      {{Type::Char(2), Type::Char(3)}, "VARCHAR(3)"},
      {{Type::Date(), Type::Timestamp(3)}, "TIMESTAMP(3)"},
      {{Type::Null(), Type::Int().WithNullable(false)}, "INT"},
      {{Type::Int(), Type::String()}, "E2006"},
      {{Type::Boolean(), Type::Int()}, "E2006"},
  };
  for (const Example& example : examples) {
    const Result<Type> common = CommonType(example.types);
    EXPECT_EQ(common.ok() ? common->ToString() : std::string(common.status().id()), example.common);
  }
}

TEST(BindingTest, AssignmentCastsImplicitlyWithinAFamily) {
  const auto assigns = [](const Type& from, const Type& to) {
    return Coerce(Column(0, from), to, /*assignment=*/true).ok();
  };
  EXPECT_TRUE(assigns(Type::Int(), Type::BigInt()));
  EXPECT_FALSE(assigns(Type::BigInt(), Type::Int()));
  EXPECT_TRUE(assigns(Type::Decimal(23, 3), Type::Decimal(10, 2)));
  EXPECT_TRUE(assigns(Type::Char(3), Type::String()));
  EXPECT_FALSE(assigns(Type::Int(), Type::String()));
  EXPECT_FALSE(assigns(Type::String(), Type::Timestamp(3)));
  EXPECT_TRUE(Coerce(MakeLiteral(S("2024-01-01")), Type::Date(), /*assignment=*/false).ok());
}

TEST(BindingTest, ConstantsFold) {
  const ExprPtr sum = Bound("+", {MakeLiteral(I(1)), MakeLiteral(I(2))});
  const Result<ExprPtr> folded = FoldConstants(sum);
  ASSERT_TRUE(folded.ok());
  EXPECT_EQ((*folded)->kind, ExprKind::kLiteral);
  EXPECT_EQ((*folded)->literal.get<int32_t>(), 3);
  EXPECT_EQ((*folded)->type, sum->type);
}

TEST(BindingTest, AConstantThatFailsIsAnErrorWithItsPlace) {
  const Result<ExprPtr> folded = FoldConstants(Bound("/", {MakeLiteral(I(1)), MakeLiteral(I(0))}));
  ASSERT_FALSE(folded.ok());
  EXPECT_EQ(folded.status().id(), "E3002");
  EXPECT_EQ(folded.status().span(), (SourceSpan{10, 20}));
}

TEST(BindingTest, AConstantBeyondItsDecimalIsNull) {
  const auto cast = BindCast(MakeLiteral(I(12345)), Type::Decimal(3, 0), false, {});
  const Result<ExprPtr> folded = FoldConstants(*cast);
  ASSERT_TRUE(folded.ok()) << folded.status().ToString();
  EXPECT_TRUE((*folded)->literal.is_null());
  EXPECT_TRUE((*folded)->type.nullable());
}

TEST(BindingTest, AGuardedConstantIsLeftAlone) {
  const ExprPtr bad = Bound("/", {MakeLiteral(I(1)), MakeLiteral(I(0))});
  const Result<ExprPtr> folded =
      FoldConstants(Bound("IF", {MakeLiteral(B(true)), MakeLiteral(I(5)), bad}));
  ASSERT_TRUE(folded.ok()) << folded.status().ToString();
  EXPECT_EQ((*folded)->literal.get<int32_t>(), 5);
  const ExprPtr guard = Bound("AND", {MakeLiteral(B(false)), Bound(">", {bad, MakeLiteral(I(0))})});
  EXPECT_TRUE(FoldConstants(guard).ok());
}

TEST(BindingTest, NonDeterministicCallsStay) {
  const Result<ExprPtr> folded = FoldConstants(Bound("+", {Bound("RAND", {}), MakeLiteral(D(1))}));
  ASSERT_TRUE(folded.ok());
  EXPECT_EQ((*folded)->kind, ExprKind::kCall);
}

}  // namespace
}  // namespace weir::expr::testing
