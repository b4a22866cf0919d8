// Rows by FILTER against a loop over the rows, and that a list is made anew for every batch.
#include "runtime/operators/aggregate/filtered_rows.h"

#include <gmock/gmock.h>

#include "runtime/base/random.h"
#include "tests/seed.h"

namespace weir::operators {
namespace {

using ::testing::ElementsAreArray;

// Two BOOLEAN columns with NULLs, and one that is constant; some rows selected, or all.
Batch RandomFilters(Random& random, uint32_t rows) {
  Batch batch;
  batch.row_count = rows;
  for (int i = 0; i < 3; ++i) {
    const bool constant = i == 2;
    const MutableColumnPtr column = Column::Make(Type::Boolean(), rows, constant);
    for (uint32_t row = 0; row < column->stored(); ++row) {
      column->mutable_data<uint8_t>()[row] = static_cast<uint8_t>(random.Below(2));
      if (random.Below(5) == 0) column->SetNull(row);
    }
    batch.columns.push_back(column);
  }
  if (random.Below(2) == 0) return batch;
  BufferPtr ids = MakeBuffer<uint32_t>(rows + 1);
  uint32_t count = 0;
  for (uint32_t row = 0; row < rows; ++row) {
    if (random.Below(3) != 0) ids->as<uint32_t>()[count++] = row;
  }
  batch.selection = {ids, count};
  return batch;
}

bool Passes(const Batch& batch, int filter, uint32_t row) {
  if (filter < 0) return true;
  const Column& column = *batch.columns[static_cast<size_t>(filter)];
  return !column.IsNull(row) && column.ValueAt<uint8_t>(row) != 0;
}

TEST(FilteredRows, AreThoseThatEachFilterLetsThrough) {
  Random random(SeedOf(31));
  FilteredRows filtered;
  std::vector<std::byte> places(1000);
  for (int round = 0; round < 200; ++round) {
    const Batch batch = RandomFilters(random, static_cast<uint32_t>(random.Below(100)) + 1);
    const bool signs_given = random.Below(2) == 0;
    std::vector<std::byte*> groups;
    std::vector<int8_t> signs;
    for (uint32_t i = 0; i < batch.size(); ++i) {
      groups.push_back(&places[random.Below(places.size())]);
      signs.push_back(random.Below(2) == 0 ? int8_t{1} : int8_t{-1});
    }
    filtered.Begin(batch, groups.data(), signs_given ? signs.data() : nullptr);
    for (const int filter : {0, 1, -1, 0, 2, 1}) {
      std::vector<uint32_t> rows;
      std::vector<std::byte*> own;
      std::vector<int8_t> own_signs;
      for (uint32_t i = 0; i < batch.size(); ++i) {
        if (!Passes(batch, filter, batch.RowAt(i))) continue;
        rows.push_back(batch.RowAt(i));
        own.push_back(groups[i]);
        if (signs_given) own_signs.push_back(signs[i]);
      }
      const FoldedRows& listed = filtered.Of(filter);
      ASSERT_THAT(listed.input_rows, ElementsAreArray(rows)) << filter;
      ASSERT_THAT(listed.groups, ElementsAreArray(own)) << filter;
      ASSERT_THAT(listed.signs, ElementsAreArray(own_signs)) << filter;
    }
  }
}

}  // namespace
}  // namespace weir::operators
