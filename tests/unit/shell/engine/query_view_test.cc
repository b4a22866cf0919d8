// Changes folded into a table.
#include "shell/engine/session/query_view.h"

#include <gmock/gmock.h>

#include "runtime/types/batch_text.h"
#include "tests/unit/shell/csv_text.h"

namespace weir::shell {
namespace {

using testing::HasSubstr;

const std::vector<Type>& Types() {
  static const std::vector<Type> kTypes = {Type::Int(), Type::String()};
  return kTypes;
}

ResultTable Header() {
  ResultTable header;
  header.columns = {{"k", Type::Int()}, {"v", Type::String()}};
  return header;
}

Batch Rows(std::string_view text) {
  return ParseBatch(text, Types()).value();
}

std::string Folded(const FoldedTable& table) {
  return CsvText(table.Table());
}

TEST(FoldedTable, UpdatesKeepTheirPlace) {
  FoldedTable table;
  table.Begin(Header());
  ASSERT_TRUE(table.Apply(Rows("+I[1, a]\n+I[2, b]\n+I[3, c]")).ok());
  EXPECT_TRUE(table.append_only());
  ASSERT_TRUE(table.Apply(Rows("-U[1, a]\n+U[1, x]\n-D[2, b]\n+I[4, d]")).ok());
  EXPECT_EQ(Folded(table), "1,x\n3,c\n4,d\n");
  EXPECT_FALSE(table.append_only());
  EXPECT_EQ(table.row_count(), 3U);
}

TEST(FoldedTable, AnUpdateMaySpanTwoBatches) {
  FoldedTable table;
  table.Begin(Header());
  ASSERT_TRUE(table.Apply(Rows("+I[1, a]\n+I[2, b]\n-U[1, a]")).ok());
  ASSERT_TRUE(table.Apply(Rows("+U[1, z]")).ok());
  EXPECT_EQ(Folded(table), "1,z\n2,b\n");
}

TEST(FoldedTable, EqualRowsCountOneByOne) {
  FoldedTable table;
  table.Begin(Header());
  ASSERT_TRUE(table.Apply(Rows("+I[1, a]\n+I[1, a]\n-D[1, a]")).ok());
  EXPECT_EQ(Folded(table), "1,a\n");
}

TEST(FoldedTable, TakingAwayWhatIsNotThereFails) {
  FoldedTable table;
  table.Begin(Header());
  const Status status = table.Apply(Rows("-D[9, x]"));
  EXPECT_EQ(status.code(), StatusCode::kDataError);
  EXPECT_THAT(status.message(), HasSubstr("[9, x]"));
}

TEST(FoldedTable, HolesAreFilledUp) {
  FoldedTable table;
  table.Begin(Header());
  ASSERT_TRUE(table.Apply(Rows("+I[0, kept]")).ok());
  for (int i = 0; i < 5000; ++i) {
    ASSERT_TRUE(table.Apply(Rows("+I[1, a] / -D[1, a]")).ok());
  }
  ASSERT_TRUE(table.Apply(Rows("+I[2, b]")).ok());
  EXPECT_EQ(Folded(table), "0,kept\n2,b\n");
}

TEST(FoldedTable, PartsAndTheNewest) {
  FoldedTable table;
  table.Begin(Header());
  ASSERT_TRUE(table.Apply(Rows("1, a / 2, b / 3, c / 4, d")).ok());
  EXPECT_EQ(CsvText(table.Part(2, false)), "1,a\n2,b\n");
  EXPECT_EQ(CsvText(table.Part(2, true)), "3,c\n4,d\n");
  table.KeepNewest(1);
  EXPECT_EQ(Folded(table), "4,d\n");
  ASSERT_TRUE(table.Apply(Rows("-D[4, d]")).ok());
  EXPECT_EQ(table.row_count(), 0U);
}

TEST(TableView, HasALimitThatNamesItsOption) {
  TableView view(2, TimeZone::Utc());
  view.Begin(Header(), true);
  EXPECT_TRUE(view.OnBatch(Rows("1, a / 2, b")).ok());
  const Status status = view.OnBatch(Rows("3, c"));
  EXPECT_EQ(status.code(), StatusCode::kDataError);
  EXPECT_THAT(status.hint(), HasSubstr("max-table-result.rows"));
}

TEST(ChosenView, AsksOnceTheQueryIsKnown) {
  std::optional<bool> asked;
  ChosenView view([&](bool bounded) {
    asked = bounded;
    return std::make_unique<TableView>(10, TimeZone::Utc());
  });
  EXPECT_FALSE(view.End().has_value());
  view.Begin(Header(), false);
  EXPECT_EQ(asked, false);
  ASSERT_TRUE(view.OnBatch(Rows("1, a")).ok());
  EXPECT_EQ(view.row_count(), 1U);
  EXPECT_EQ(view.End()->rows.size(), 1U);
}

}  // namespace

}  // namespace weir::shell
