#include "runtime/expr/hints.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/expr/binding.h"

namespace weir::expr {
namespace {

using ::testing::HasSubstr;

struct HintCase {
  std::string_view function;
  std::vector<Type> types;
  std::string hint;
};

class MismatchHintTest : public ::testing::TestWithParam<HintCase> {};

TEST_P(MismatchHintTest, SaysWhatToWrite) {
  std::vector<ExprPtr> args;
  for (const Type& type : GetParam().types)
    args.push_back(MakeColumnRef(static_cast<int>(args.size()), type));
  const Status status = BindCall(GetParam().function, args, {}).status();
  EXPECT_EQ(status.id(), "E2005");
  EXPECT_EQ(status.hint(), GetParam().hint);
}

INSTANTIATE_TEST_SUITE_P(
    Operators, MismatchHintTest,
    ::testing::Values(
        HintCase{"=", {Type::Int(), Type::String()}, "one of them has to be cast: CAST(… AS INT)"},
        HintCase{
            "<", {Type::Bytes(), Type::String()}, "one of them has to be cast: CAST(… AS BYTES)"},
        HintCase{"=",
                 {Type::Date(), Type::Timestamp(3)},
                 "one of them has to be cast: CAST(… AS TIMESTAMP(3))"},
        HintCase{"=",
                 {Type::Boolean(), Type::Int()},
                 "a BOOLEAN is compared with TRUE or FALSE, or stands alone"},
        HintCase{"+", {Type::String(), Type::String()}, "strings are joined by ||"},
        HintCase{"+",
                 {Type::String(), Type::Int()},
                 "strings are joined by ||; a text with a number in it: CAST(… AS INT)"},
        HintCase{
            "+", {Type::Date(), Type::Int()}, "a time moves by an INTERVAL: … + INTERVAL '1' DAY"},
        HintCase{
            "-", {Type::Timestamp(3), Type::Timestamp(3)}, "write TIMESTAMPDIFF(SECOND, from, to)"},
        HintCase{
            "||", {Type::String(), Type::Int()}, "one of them has to be cast: CAST(… AS STRING)"},
        HintCase{
            "LIKE", {Type::Int(), Type::String()}, "one of them has to be cast: CAST(… AS STRING)"},
        HintCase{"UPPER", {Type::Int()}, "it is UPPER(string) → its type"}));

TEST(ElsewhereHint, NamesWhatOthersCallDifferently) {
  EXPECT_EQ(ElsewhereHint("nvl"), "here it is COALESCE(value, otherwise)");
  EXPECT_EQ(ElsewhereHint("DATE_TRUNC"), "here it is FLOOR(time TO unit), e.g. FLOOR(ts TO DAY)");
  EXPECT_EQ(ElsewhereHint("nothing_like_it"), "");
  EXPECT_EQ(ElsewhereTypeHint("text"), "here it is STRING");
  EXPECT_EQ(ElsewhereTypeHint("INT"), "");
}

TEST(ElsewhereHint, StandsInTheErrorOfAnUnknownFunction) {
  const Status status = BindCall("LEN", {MakeColumnRef(0, Type::String())}, {}).status();
  EXPECT_THAT(status.message(), HasSubstr("no such function: LEN"));
  EXPECT_EQ(status.hint(), "here it is CHAR_LENGTH(string)");
}

// (a, b) = (c, d) compares field by field: unknown where a NULL decides.
TEST(RowEquality, IsAConjunctionOfItsFields) {
  const ExprPtr a = MakeColumnRef(0, Type::Int());
  const ExprPtr b = MakeColumnRef(1, Type::String());
  const ExprPtr row = *BindCall("ROW", {a, b}, {});
  EXPECT_TRUE(IsRowOfFields(*row));
  EXPECT_FALSE(IsRowOfFields(*a));
  const ExprPtr equal = *BindCall("=", {row, row}, {});
  EXPECT_EQ(equal->kind, ExprKind::kAnd);
  EXPECT_EQ(equal->args.size(), 2u);
}

}  // namespace
}  // namespace weir::expr
