#include "planner/logical/coercions.h"

#include <gtest/gtest.h>

#include "runtime/expr/binding.h"

namespace weir::logical {
namespace {

const std::vector<std::string> kNames = {"v", "w"};

expr::ExprPtr ColumnAt(const Type& type, SourceSpan span) {
  return expr::MakeColumnRef(0, type, span);
}

// What a column is compared with decides what it is cast to: nobody wrote that.
TEST(Coercions, ACastThatNobodyWroteIsLeftOut) {
  const expr::ExprPtr column = ColumnAt(Type::Int(), {5, 6});
  const Result<expr::ExprPtr> coerced = expr::Coerce(column, Type::BigInt(), false);
  ASSERT_TRUE(coerced.ok());
  EXPECT_EQ(expr::ToString(**coerced, kNames), "CAST(v AS BIGINT)");
  EXPECT_EQ(TextWithoutCoercions(**coerced, kNames), "v");
  EXPECT_EQ(expr::ToString(**coerced, kNames), "CAST(v AS BIGINT)") << "the original stays";
}

TEST(Coercions, ACastThatWasWrittenStays) {
  const expr::ExprPtr column = ColumnAt(Type::Int(), {10, 11});
  for (const bool try_cast : {false, true}) {
    const Result<expr::ExprPtr> cast =
        expr::BindCast(column, Type::BigInt(), try_cast, SourceSpan{5, 22});
    ASSERT_TRUE(cast.ok());
    EXPECT_EQ(TextWithoutCoercions(**cast, kNames), expr::ToString(**cast, kNames));
  }
}

TEST(Coercions, InsideOfOtherExpressions) {
  const Result<expr::ExprPtr> coerced =
      expr::Coerce(ColumnAt(Type::Int(), {5, 6}), Type::BigInt(), false);
  const Result<expr::ExprPtr> written =
      expr::BindCast(*coerced, Type::String(), false, SourceSpan{0, 20});
  ASSERT_TRUE(written.ok());
  EXPECT_EQ(TextWithoutCoercions(**written, kNames), "CAST(v AS STRING)");
}

TEST(Coercions, LiteralsAreWhatWasWritten) {
  const auto text = [](const Type& type, Value::Storage value) {
    const Type required = type.WithNullable(false);
    return TextWithoutCoercions(*expr::MakeLiteral(Value(required, std::move(value))), kNames);
  };
  EXPECT_EQ(text(Type::Char(1), std::string("x")), "'x'");
  EXPECT_EQ(text(Type::String(), std::string("x")), "'x'");
  EXPECT_EQ(text(Type::Float(), 4.0F), text(Type::Double(), 4.0));
  EXPECT_EQ(text(Type::BigInt(), int64_t{4}), "4");
  EXPECT_EQ(text(Type::Decimal(38, 3), Int128{4000}), "4");
  EXPECT_EQ(text(Type::Decimal(11, 1), int64_t{40}), "4");
  EXPECT_EQ(text(Type::Decimal(12, 2), int64_t{450}), text(Type::Decimal(11, 1), int64_t{45}));
  EXPECT_NE(text(Type::Decimal(12, 2), int64_t{451}), text(Type::Decimal(30, 2), Int128{45}));
}

// Two spans that are empty say nothing about who wrote what.
TEST(Coercions, WithoutAnyTextNothingIsLeftOut) {
  const Result<expr::ExprPtr> cast =
      expr::BindCast(ColumnAt(Type::Int(), {}), Type::BigInt(), false, SourceSpan{});
  ASSERT_TRUE(cast.ok());
  EXPECT_EQ(TextWithoutCoercions(**cast, kNames), "CAST(v AS BIGINT)");
}

}  // namespace
}  // namespace weir::logical
