#include "runtime/checkpoint/retyped_calls.h"

#include <gtest/gtest.h>

#include "runtime/types/widening.h"

namespace weir::checkpoint {
namespace {

const std::vector<MeaningPart> kBefore = {{"version", "", "5"}};
const std::vector<MeaningPart> kNow = {{"version", "", "6"}};

TEST(RetypedCallsTest, CallsThatHadNoLengthGoOn) {
  EXPECT_TRUE(WasRetyped(kBefore, "MD5(x)", Type::String(), Type::Char(32)));
  EXPECT_TRUE(WasRetyped({}, "min(LOWER(LEFT(x, 3)))", Type::String(), Type::VarChar(10)));
  EXPECT_TRUE(WasRetyped(kBefore, "ARRAY[MD5(x)]", Type::Array(Type::String()),
                         Type::Array(Type::Char(32).WithNullable(false))));
  EXPECT_TRUE(WasRetyped(kBefore, "SHA2(x, 256)", "STRING", "VARCHAR(128)"));
}

TEST(RetypedCallsTest, EditsDoNot) {
  EXPECT_FALSE(WasRetyped(kNow, "MD5(x)", Type::String(), Type::Char(32))) << "it was known";
  EXPECT_FALSE(WasRetyped(kBefore, "x", Type::VarChar(10), Type::VarChar(5))) << "a column";
  EXPECT_FALSE(WasRetyped(kBefore, "GREATEST(a, b)", Type::BigInt(), Type::Int()));
  EXPECT_FALSE(WasRetyped(kBefore, "MD5(x)", "STRING", "INT"));
  EXPECT_FALSE(WasRetyped(kNow, "MD5(x)", "STRING", "CHAR(32)"));
}

TEST(RetypedCallsTest, OnlyStringsHaveTheSameBytesInAnyLength) {
  EXPECT_TRUE(HaveSameBytes(Type::String(), Type::Char(3)));
  EXPECT_TRUE(HaveSameBytes(Type::Bytes(), Type::Binary(3)));
  EXPECT_FALSE(HaveSameBytes(Type::String(), Type::Bytes()));
  EXPECT_FALSE(HaveSameBytes(Type::Int(), Type::BigInt()));
  EXPECT_TRUE(HaveSameBytes(Type::Row({{"a", Type::String()}}), Type::Row({{"b", Type::Char(3)}})));
  EXPECT_FALSE(HaveSameBytes(Type::Array(Type::Int()), Type::Array(Type::Double())));
  EXPECT_EQ(ValueWidening(Type::Timestamp(3), Type::Timestamp(6)), Widening::kWider);
  EXPECT_EQ(ValueWidening(Type::Timestamp(6), Type::Timestamp(3)), Widening::kNarrow);
  EXPECT_EQ(KeyWidening(Type::Timestamp(3), Type::Timestamp(9)), Widening::kNarrow);
}

// What LISTAGG and ARRAY_AGG keep is read as it is when its texts may be longer, and else not.
TEST(RetypedCallsTest, TextsWithinOthersMayGetLonger) {
  const auto list = [](const Type& element) { return Type::Array(element); };
  const auto row = [](const Type& field) {
    return Type::Row({{"a", Type::Int()}, {"b", Type::Map(Type::Int(), field)}});
  };
  EXPECT_EQ(ValueWidening(list(Type::VarChar(3)), list(Type::String())), Widening::kWider);
  EXPECT_EQ(ValueWidening(row(Type::Char(3)), row(Type::VarChar(4))), Widening::kWider);
  EXPECT_EQ(ValueWidening(list(Type::Int().WithNullable(false)), list(Type::Int())),
            Widening::kWider);
  EXPECT_EQ(ValueWidening(list(Type::Int()), list(Type::Int().WithNullable(false))),
            Widening::kNarrow);
  EXPECT_EQ(ValueWidening(list(Type::String()), list(Type::VarChar(3))), Widening::kNarrow);
  EXPECT_EQ(ValueWidening(list(Type::Int()), list(Type::BigInt())), Widening::kNarrow);
  EXPECT_EQ(KeyWidening(list(Type::VarChar(3)), list(Type::String())), Widening::kNarrow);
}

}  // namespace
}  // namespace weir::checkpoint
