#include "runtime/types/batch_text.h"

#include <gmock/gmock.h>

namespace weir {
namespace {

TEST(BatchText, ReadsAndPrintsChangelogLines) {
  const std::vector<Type> types = {Type::Int(), Type::String(), Type::Timestamp(3)};
  const std::string lines =
      "+I[1, a, 2024-01-01 00:00:00.000]\n-U[2, NULL, NULL]\n+U[NULL, b c, 1970-01-01 "
      "00:00:01.500]\n"
      "-D[-4, , NULL]\n";
  const Result<Batch> batch = ParseBatch(lines, types);
  ASSERT_TRUE(batch.ok()) << batch.status().ToString();
  EXPECT_EQ(FormatBatch(*batch), lines);
}

TEST(BatchText, TakesShortForms) {
  const std::vector<Type> types = {Type::Int(), Type::Timestamp(3)};
  const Result<Batch> batch =
      ParseBatch("# a comment\n\n1, 00:00:01 / -2, 00:01\n  -D 3, NULL", types);
  ASSERT_TRUE(batch.ok()) << batch.status().ToString();
  EXPECT_EQ(FormatBatch(*batch),
            "+I[1, 1970-01-01 00:00:01.000]\n+I[-2, 1970-01-01 00:01:00.000]\n-D[3, NULL]\n");
}

TEST(BatchText, HasRowKindsOnlyWhenNeeded) {
  const std::vector<Type> types = {Type::Int()};
  EXPECT_EQ(ParseBatch("+I[1]\n2", types)->row_kinds, nullptr);
  EXPECT_NE(ParseBatch("+I[1]\n-D[1]", types)->row_kinds, nullptr);
}

TEST(BatchText, ReadsQuotedCells) {
  const std::vector<Type> types = {Type::String(), Type::String()};
  const Result<Batch> batch = ParseBatch("'a, ''b'' / c', 'NULL'", types);
  ASSERT_TRUE(batch.ok()) << batch.status().ToString();
  EXPECT_EQ(batch->columns[0]->ValueAt<StringRef>(0).view(), "a, 'b' / c");
  EXPECT_EQ(batch->columns[1]->ValueAt<StringRef>(0).view(), "NULL");
  EXPECT_FALSE(batch->columns[1]->IsNull(0));
}

TEST(BatchText, ReadsEscapedCells) {
  const std::vector<Type> types = {Type::String(), Type::Array(Type::String())};
  const Result<Batch> batch =
      ParseBatch("U&'a, ''\\000a\\\\', [U&'\\000D, ', U&x]\nU&'''', ['U&''']", types);
  ASSERT_TRUE(batch.ok()) << batch.status().ToString();
  EXPECT_EQ(batch->columns[0]->ValueAt<StringRef>(0).view(), "a, '\n\\");
  EXPECT_EQ(GetValue(*batch->columns[1], 0).ToString(), "[\r, , U&x]");
  EXPECT_EQ(batch->columns[0]->ValueAt<StringRef>(1).view(), "'");
  EXPECT_EQ(GetValue(*batch->columns[1], 1).ToString(), "[U&']");
  for (const char* bad : {"U&'\\', []", "U&'\\00g0', []", "U&'\\00', []", "U&'\\00ff', []"}) {
    EXPECT_FALSE(ParseBatch(bad, types).ok()) << bad;
  }
}

TEST(BatchText, PrintsEveryTypeAsItReadsIt) {
  const std::pair<Type, std::vector<std::string_view>> cells[] = {
      {Type::Boolean(), {"TRUE", "FALSE"}},
      {Type::TinyInt(), {"-128", "127"}},
      {Type::BigInt(), {"-9223372036854775808"}},
      {Type::Float(), {"1.5", "3.4028235E38", "NaN"}},
      {Type::Double(), {"0.1", "1.0E10", "-Infinity", "123456.789"}},
      {Type::Decimal(10, 3), {"-0.050", "1234567.000"}},
      {Type::Decimal(38, 0), {"99999999999999999999999999999999999999"}},
      {Type::Bytes(), {"x'00ff'", "x''"}},
      {Type::Date(), {"2024-02-29", "0001-01-01"}},
      {Type::Time(0), {"23:59:59"}},
      {Type::Time(3), {"23:59:59.999"}},
      {Type::Timestamp(9), {"1969-12-31 23:59:59.123456789"}},
      {Type::TimestampLtz(0), {"2024-01-01 00:00:00"}},
      {Type::IntervalYearMonth(), {"+1-02", "-0-11"}},
      {Type::IntervalDayTime(), {"+1 02:03:04.005", "-0 00:00:00.001"}},
      {Type::Array(Type::Array(Type::Int())), {"[[1, NULL], [], NULL]", "[]"}},
      {Type::Map(Type::String(), Type::Int()), {"{a=1, b=NULL}", "{}"}},
      {Type::Multiset(Type::String()), {"{a=2}"}},
      {Type::Row({{"a", Type::Int()}, {"b", Type::Array(Type::String())}}), {"(1, [x, y])"}}};
  for (const auto& [type, texts] : cells) {
    ColumnBuilder builder(type);
    for (const std::string_view text : texts) {
      const Status status = ParseCell(text, builder);
      ASSERT_TRUE(status.ok()) << status.ToString();
    }
    const ColumnPtr column = builder.Finish();
    for (uint32_t row = 0; row < column->length(); ++row) {
      std::string text;
      FormatCell(*column, row, text);
      EXPECT_EQ(text, texts[row]);
    }
  }
}

TEST(BatchText, NamesWhatIsWrong) {
  const std::vector<Type> types = {Type::Int(), Type::Int()};
  EXPECT_THAT(ParseBatch("1", types).status().message(), testing::HasSubstr("1 instead of 2"));
  EXPECT_THAT(ParseBatch("1, x", types).status().message(), testing::HasSubstr("x, type INT"));
  EXPECT_FALSE(ParseBatch("1, 3000000000", types).ok());
}

}  // namespace
}  // namespace weir
