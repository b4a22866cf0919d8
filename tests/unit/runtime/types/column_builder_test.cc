// Values that are taken back: a reader that finds a record bad has begun its row.
#include "runtime/types/column_builder.h"

#include <gmock/gmock.h>

#include "runtime/types/batch_text.h"

namespace weir {
namespace {

std::string CellsOf(ColumnBuilder& builder) {
  const ColumnPtr column = builder.Finish();
  std::string text;
  for (uint32_t row = 0; row < column->length(); ++row) {
    if (row > 0) text += " ";
    FormatCell(*column, row, text);
  }
  return text;
}

TEST(ColumnBuilderTest, ValuesBehindANumberAreForgotten) {
  ColumnBuilder builder(Type::BigInt());
  for (const int64_t value : {1, 2}) builder.Append(value);
  builder.AppendNull();
  builder.TruncateTo(1);
  for (const int64_t value : {7, 8}) builder.Append(value);
  EXPECT_EQ(CellsOf(builder), "1 7 8");  // the NULL is none any more
  builder.TruncateTo(0);
  EXPECT_EQ(CellsOf(builder), "");
}

TEST(ColumnBuilderTest, SoIsWhatWasBegunWithinThem) {
  ColumnBuilder lists(Type::Array(Type::String()));
  lists.child(0).AppendString("a text that is not within its reference");
  lists.AppendList();
  lists.child(0).AppendNull();  // of a list that is not closed
  lists.TruncateTo(1);
  lists.child(0).AppendString("b");
  lists.AppendList();
  lists.AppendNull();
  EXPECT_EQ(CellsOf(lists), "[a text that is not within its reference] [b] NULL");
  ColumnBuilder rows(Type::Row({{"x", Type::Int()}, {"l", Type::Array(Type::Int())}}));
  const auto append = [&](int32_t value) {
    rows.child(0).Append(value);
    rows.child(1).child(0).Append(value);
  };
  append(1);
  rows.child(1).AppendList();
  rows.AppendRow();
  append(2);  // its list and itself are not closed
  rows.TruncateTo(1);
  append(3);
  rows.child(1).AppendList();
  rows.AppendRow();
  EXPECT_EQ(CellsOf(rows), "(1, [1]) (3, [3])");
}

}  // namespace
}  // namespace weir
