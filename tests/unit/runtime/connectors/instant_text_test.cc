// Instants of rows in files and logs end with a Z, at every level.
#include "runtime/connectors/formats/instant_text.h"

#include <gtest/gtest.h>

#include "runtime/types/batch_text.h"

namespace weir::connectors {
namespace {

std::string Marked(std::string_view row, const std::vector<Type>& types) {
  Result<Batch> batch = ParseBatch(row, types);
  EXPECT_TRUE(batch.ok()) << batch.status().ToString();
  return FormatBatch(WithMarkedInstants(*std::move(batch)));
}

TEST(InstantTextTest, MarksInstantsAndNothingElse) {
  const Type instant = Type::TimestampLtz(3);
  EXPECT_EQ(Marked("1, 2024-01-01 00:00:00", {Type::Int(), instant}),
            "+I[1, 2024-01-01 00:00:00.000Z]\n");
  EXPECT_EQ(Marked("2024-01-01 00:00:00", {Type::Timestamp(3)}), "+I[2024-01-01 00:00:00.000]\n");
  EXPECT_EQ(Marked("-D[NULL]", {instant}), "-D[NULL]\n");
  EXPECT_EQ(Marked("2024-01-01 00:00:00.123456789", {Type::TimestampLtz(9)}),
            "+I[2024-01-01 00:00:00.123456789Z]\n");
}

TEST(InstantTextTest, MarksNestedInstants) {
  const Type instant = Type::TimestampLtz(0);
  EXPECT_EQ(Marked("[2024-01-01 00:00:00, NULL]", {Type::Array(instant)}),
            "+I[[2024-01-01 00:00:00Z, NULL]]\n");
  EXPECT_EQ(Marked("{a=2024-01-01 00:00:00}", {Type::Map(Type::String(), instant)}),
            "+I[{a=2024-01-01 00:00:00Z}]\n");
  EXPECT_EQ(Marked("(1, [2024-01-01 00:00:00])",
                   {Type::Row({{"a", Type::Int()}, {"b", Type::Array(instant)}})}),
            "+I[(1, [2024-01-01 00:00:00Z])]\n");
}

TEST(InstantTextTest, LeavesOutRowsThatDoNotCount) {
  Result<Batch> batch = ParseBatch("2024-01-01 00:00:00\n2024-01-02 00:00:00\n",
                                   std::vector<Type>{Type::TimestampLtz(0)});
  ASSERT_TRUE(batch.ok());
  BufferPtr ids = MakeBuffer<uint32_t>(1);
  ids->as<uint32_t>()[0] = 1;
  batch->selection = Selection(ids, 1);
  EXPECT_EQ(FormatBatch(WithMarkedInstants(*batch)), "+I[2024-01-02 00:00:00Z]\n");
}

TEST(InstantTextTest, MarkedRowsAreReadBack) {
  const std::vector<Type> types = {Type::TimestampLtz(3), Type::Array(Type::TimestampLtz(3))};
  const std::string text = Marked("2024-07-01 12:34:56.789, [1969-12-31 23:59:59.999]", types);
  const Result<Batch> read = ParseBatch(text, types);
  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_EQ(FormatBatch(WithMarkedInstants(*read)), text);
}

}  // namespace
}  // namespace weir::connectors
