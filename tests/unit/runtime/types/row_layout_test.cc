// Where the fields of a row are.
#include "runtime/types/row_layout.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

// What damaged metadata says of a table's fields is tried on rows of it.
TEST(RowLayout, EveryFieldCanBeAskedForNull) {
  const RowLayout bare({Type::Null().WithNullable(false)});
  ASSERT_EQ(bare.row_bytes(), 8U);
  const std::byte row[8] = {};
  EXPECT_FALSE(bare.IsNull(row, 0));
  EXPECT_EQ(RowLayout().row_bytes(), 0U);
}

}  // namespace
}  // namespace weir
