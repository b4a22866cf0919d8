// Columns into rows of state tables and back, for every layout of values.
#include "runtime/operators/stored_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/types/batch_text.h"

namespace weir::operators {
namespace {

using ::testing::Each;

// Keeps the bytes of strings as a table does.
class Strings : public StringOwner {
 public:
  explicit Strings(const RowLayout& layout) : layout_(layout) {}
  void SetString(std::byte* row, size_t field, std::string_view bytes) override {
    kept_.push_back(std::make_unique<std::string>(bytes));
    layout_.Store(row, field, StringRef(*kept_.back()));
  }

 private:
  const RowLayout& layout_;
  std::vector<std::unique_ptr<std::string>> kept_;
};

const Schema kSchema{{{"b", Type::Boolean()},
                      {"i", Type::Int()},
                      {"d", Type::Double()},
                      {"s", Type::String()},
                      {"m", Type::Decimal(30, 2)},
                      {"t", Type::Timestamp(9)},
                      {"a", Type::Array(Type::String())}}};
constexpr const char* kStoredRows =
    "TRUE, 1, 1.5, short, 1.25, 2024-01-01 00:00:00.123456789, [x, NULL]\n"
    "NULL, NULL, NULL, NULL, NULL, NULL, NULL\n"
    "FALSE, -7, -0.0, a string of more than twelve bytes, 123456789012345678901234567.89, "
    "1969-12-31 23:59:59.000000001, []\n";

struct Stored {
  RowLayout layout{kSchema.types()};
  Strings strings{layout};
  std::vector<std::vector<std::byte>> memory;
  std::vector<std::byte*> rows;

  explicit Stored(uint32_t count) : memory(count, std::vector<std::byte>(layout.row_bytes())) {
    for (auto& row : memory) rows.push_back(row.data());
  }
};

const std::vector<int> kAllColumns = {0, 1, 2, 3, 4, 5, 6};

TEST(StoredRowsTest, ComeBackAsTheyWere) {
  const Batch batch = ParseBatch(kStoredRows, kSchema).value();
  Stored stored(3);
  const uint32_t ids[] = {2, 0, 1};
  StoreColumns(batch, kAllColumns, stored.layout, {stored.rows.data(), ids, 3}, stored.strings);
  Batch loaded;
  loaded.row_count = 3;
  for (size_t field = 0; field < kAllColumns.size(); ++field) {
    loaded.columns.push_back(LoadColumn(stored.layout, field, stored.rows).value());
  }
  EXPECT_EQ(FormatBatch(loaded), FormatBatch(GatherBatch(batch, ids, 3)));
}

TEST(StoredRowsTest, WhatWasStoredIsReplaced) {
  const Batch batch = ParseBatch(kStoredRows, kSchema).value();
  Stored stored(1);
  for (const uint32_t id : {1U, 2U, 0U}) {
    StoreColumns(batch, kAllColumns, stored.layout, {stored.rows.data(), &id, 1}, stored.strings);
    uint8_t equal = 1;
    CompareColumns(batch, kAllColumns, stored.layout, {stored.rows.data(), &id, 1}, &equal);
    EXPECT_EQ(equal, 1) << id;
  }
}

TEST(StoredRowsTest, EveryColumnTellsRowsApart) {
  const Batch batch = ParseBatch(kStoredRows, kSchema).value();
  Stored stored(3);
  const uint32_t ids[] = {0, 1, 2};
  StoreColumns(batch, kAllColumns, stored.layout, {stored.rows.data(), ids, 3}, stored.strings);
  const uint32_t others[] = {1, 2, 0};
  for (int field = 0; field < 7; ++field) {
    Stored copy(3);
    StoreColumns(batch, kAllColumns, copy.layout, {copy.rows.data(), ids, 3}, copy.strings);
    const std::vector<int> one = {field};
    RowLayout layout({kSchema.fields[static_cast<size_t>(field)].type});
    Strings strings(layout);
    std::vector<std::vector<std::byte>> memory(3, std::vector<std::byte>(layout.row_bytes()));
    std::vector<std::byte*> rows = {memory[0].data(), memory[1].data(), memory[2].data()};
    StoreColumns(batch, one, layout, {rows.data(), ids, 3}, strings);
    std::vector<uint8_t> equal(3, 1);
    CompareColumns(batch, one, layout, {rows.data(), others, 3}, equal.data());
    EXPECT_THAT(equal, Each(0)) << "column " << field;
    equal.assign(3, 1);
    CompareColumns(batch, one, layout, {rows.data(), ids, 3}, equal.data());
    EXPECT_THAT(equal, Each(1)) << "column " << field;
  }
}

TEST(StoredRowsTest, GatheringWithoutARowIsNull) {
  const Batch batch = ParseBatch(kStoredRows, kSchema).value();
  const uint32_t ids[] = {2, kNoRow, 0, 1};
  Batch gathered;
  gathered.row_count = 4;
  for (size_t c = 0; c < kSchema.size(); ++c) {
    gathered.columns.push_back(GatherOrNull(*batch.columns[c], ids, 4, kSchema.fields[c].type));
  }
  const Batch expected = ParseBatch(
                             "FALSE, -7, -0.0, a string of more than twelve bytes, "
                             "123456789012345678901234567.89, 1969-12-31 23:59:59.000000001, []\n"
                             "NULL, NULL, NULL, NULL, NULL, NULL, NULL\n"
                             "TRUE, 1, 1.5, short, 1.25, 2024-01-01 00:00:00.123456789, [x, NULL]\n"
                             "NULL, NULL, NULL, NULL, NULL, NULL, NULL\n",
                             kSchema)
                             .value();
  EXPECT_EQ(FormatBatch(gathered), FormatBatch(expected));
  EXPECT_FALSE(batch.columns[1]->IsNull(0));  // the source is as before
}

TEST(StoredRowsTest, ConstantAndEmptySources) {
  const ColumnPtr constant =
      RepeatRow(*ParseBatch("7", Schema{{{"i", Type::Int()}}}).value().columns[0], 0, 5);
  const uint32_t ids[] = {4, kNoRow};
  const ColumnPtr gathered = GatherOrNull(*constant, ids, 2, Type::Int());
  EXPECT_EQ(gathered->ValueAt<int32_t>(0), 7);
  EXPECT_TRUE(gathered->IsNull(1));
  const ColumnPtr empty = Column::Make(Type::String(), 0);
  const uint32_t none[] = {kNoRow, kNoRow};
  const ColumnPtr nulls = GatherOrNull(*empty, none, 2, Type::String());
  EXPECT_TRUE(nulls->IsNull(0));
  EXPECT_TRUE(nulls->IsNull(1));
}

}  // namespace
}  // namespace weir::operators
