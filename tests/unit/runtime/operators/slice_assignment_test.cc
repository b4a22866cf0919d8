// Rows of one slice are assigned at once wherever that is the same as row by row.
#include "runtime/operators/time/slice_assignment.h"

#include <gmock/gmock.h>

#include "runtime/operators/emit.h"

namespace weir::operators {
namespace {

using ::testing::ElementsAre;

constexpr int64_t kSecond = 1'000'000;  // microseconds

window::WindowSpec Tumble(int64_t seconds) {
  window::WindowSpec spec;
  spec.kind = window::WindowKind::kTumble;
  spec.size = seconds * 1000;
  return spec;
}

// `nulls`: the rows without a time; with `bitmap` the column has one even without such rows.
Batch TimesOf(const std::vector<int64_t>& micros, const std::vector<uint32_t>& nulls, bool bitmap) {
  const auto count = static_cast<uint32_t>(micros.size());
  const MutableColumnPtr column = Column::Make(Type::Timestamp(3), count);
  for (uint32_t i = 0; i < count; ++i) column->mutable_data<int64_t>()[i] = micros[i];
  if (bitmap && count > 0) {
    BufferPtr validity = MakeBuffer<uint64_t>(BitmapWords(count));
    for (size_t word = 0; word < BitmapWords(count); ++word)
      validity->as<uint64_t>()[word] =
          count % 64 != 0 && word == count / 64 ? (uint64_t{1} << count % 64) - 1 : ~uint64_t{0};
    column->ShareValidity(std::move(validity));
  }
  for (const uint32_t row : nulls) column->SetNull(row);
  Batch batch;
  batch.row_count = count;
  batch.columns = {column};
  return batch;
}

bool AddWhole(const Batch& batch, std::vector<uint32_t>* rows = nullptr) {
  SliceAssignment assignment(Tumble(10), false);
  assignment.Clear();
  if (!assignment.AddWhole(batch, 0, TimeZone(), Timestamp::Min().millis)) return false;
  const auto pieces = assignment.Pieces();
  EXPECT_EQ(pieces.size(), 1U);
  if (rows != nullptr) rows->assign(pieces[0].rows.begin(), pieces[0].rows.end());
  return true;
}

TEST(SliceAssignment, TakesABatchOfOneSliceAtOnce) {
  std::vector<uint32_t> rows;
  EXPECT_TRUE(AddWhole(TimesOf({0, 5 * kSecond, 10 * kSecond - 1}, {}, false), &rows));
  EXPECT_THAT(rows, ElementsAre(0U, 1U, 2U));
  EXPECT_FALSE(AddWhole(TimesOf({0, 10 * kSecond}, {}, false)));
  EXPECT_FALSE(AddWhole(TimesOf({-1, 0}, {}, false)));
  EXPECT_FALSE(AddWhole(TimesOf({}, {}, false)));
  EXPECT_TRUE(AddWhole(
      operators::Select(TimesOf({1, 2, 3}, {}, false), std::vector<uint32_t>{0, 2}.data(), 2),
      &rows));
  EXPECT_THAT(rows, ElementsAre(0U, 2U));
}

TEST(SliceAssignment, ABitmapWithoutNullsDoesNotMatter) {
  for (uint32_t count = 1; count < 200; ++count) {
    const std::vector<int64_t> times(count, 3 * kSecond);
    EXPECT_TRUE(AddWhole(TimesOf(times, {}, true))) << count;
    // One NULL anywhere does, so that it is found and refused.
    for (const uint32_t row : {0U, count / 2, count - 1}) {
      EXPECT_FALSE(AddWhole(TimesOf(times, {row}, true))) << count << ", " << row;
      EXPECT_FALSE(AddWhole(TimesOf(times, {row}, false))) << count << ", " << row;
    }
  }
}

TEST(SliceAssignment, ANullTimeIsRefusedOnlyWhereItIsSelected) {
  const Batch batch = TimesOf({1, 2, 3}, {1}, false);
  std::vector<int64_t> millis;
  EXPECT_EQ(LocalTimes(batch, 0, TimeZone(), millis).id(), "E3001");
  const Batch rest = operators::Select(batch, std::vector<uint32_t>{0, 2}.data(), 2);
  EXPECT_TRUE(LocalTimes(rest, 0, TimeZone(), millis).ok());
}

}  // namespace
}  // namespace weir::operators
