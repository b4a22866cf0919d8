// A join's side without unique keys: equal rows are one with a count. Rows are told apart by a
// hash, so the columns that no hash covers (MAP) show what happens where hashes are equal.
#include "runtime/operators/join/join_multiset.h"

#include <gmock/gmock.h>

#include <map>
#include <string>

#include "runtime/base/random.h"
#include "tests/seed.h"
#include "tests/unit/runtime/operators/join_harness.h"

namespace weir::operators {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

// Left rows (key, map) are taken back and have no unique key; right rows are single keys.
graph::JoinSpec MultisetJoinOf(graph::JoinType type) {
  graph::JoinSpec spec;
  spec.shape.type = type;
  spec.shape.left.schema =
      Schema{{{"k", Type::Int()}, {"m", Type::Map(Type::String(), Type::Int())}}};
  spec.shape.left.keys = {0};
  spec.shape.left.retracts = true;
  spec.shape.right.schema = Schema{{{"id", Type::Int()}}};
  spec.shape.right.keys = {0};
  spec.shape.right.retracts = true;
  spec.shape.null_safe = {0};
  return spec;
}

class MultisetTest : public ::testing::TestWithParam<bool> {
 protected:
  MultisetTest() : harness_(MultisetJoinOf(graph::JoinType::kInner), {.rocksdb = GetParam()}) {}
  std::vector<std::string> Rows() const { return harness_.out.Rows(); }
  void ExpectNoViolations() const { EXPECT_EQ(harness_.out.violations(), 0); }
  JoinHarness harness_;
};

TEST_P(MultisetTest, EqualRowsAreCounted) {
  harness_.Feed(0, "+I 1, {a=1}\n+I 1, {a=1}");
  harness_.Feed(1, "+I 1");
  EXPECT_EQ(harness_.out.table().at("[1, {a=1}, 1]"), 2);
  harness_.Feed(0, "-D 1, {a=1}");
  EXPECT_EQ(harness_.out.table().at("[1, {a=1}, 1]"), 1);
  harness_.Feed(0, "-D 1, {a=1}");
  EXPECT_THAT(Rows(), IsEmpty());
  ExpectNoViolations();
}

TEST_P(MultisetTest, RowsOfOneHashAreToldApart) {
  harness_.Feed(0, "+I 1, {a=1}\n+I 1, {b=2}\n+I 1, {c=3}");
  harness_.Feed(1, "+I 1");
  EXPECT_THAT(Rows(), UnorderedElementsAre("[1, {a=1}, 1]", "[1, {b=2}, 1]", "[1, {c=3}, 1]"));
  harness_.Feed(0, "-D 1, {b=2}");
  EXPECT_THAT(Rows(), UnorderedElementsAre("[1, {a=1}, 1]", "[1, {c=3}, 1]"));
  ExpectNoViolations();
}

// The first row of a hash goes; those behind it must still be found.
TEST_P(MultisetTest, RowsBehindOneThatWentAreStillFound) {
  harness_.Feed(0, "+I 1, {a=1}\n+I 1, {b=2}");
  harness_.Feed(0, "-D 1, {a=1}");
  harness_.Feed(0, "-D 1, {b=2}");
  harness_.Feed(1, "+I 1");
  EXPECT_THAT(Rows(), IsEmpty());
  harness_.Feed(0, "+I 1, {b=2}");
  EXPECT_THAT(Rows(), ElementsAre("[1, {b=2}, 1]"));
  ExpectNoViolations();
}

TEST_P(MultisetTest, ARowBehindOneThatWentIsCountedWhereItIs) {
  harness_.Feed(0, "+I 1, {a=1}\n+I 1, {b=2}");
  harness_.Feed(0, "-D 1, {a=1}");
  harness_.Feed(0, "+I 1, {b=2}");
  harness_.Feed(1, "+I 1");
  EXPECT_EQ(harness_.out.table().at("[1, {b=2}, 1]"), 2);
  harness_.Feed(0, "-D 1, {b=2}\n-D 1, {b=2}");
  EXPECT_THAT(Rows(), IsEmpty());
  ExpectNoViolations();
}

TEST_P(MultisetTest, ADebtIsPaidByTheNextRow) {
  harness_.Feed(1, "+I 1");
  harness_.Feed(0, "-D 1, {a=1}");
  harness_.Feed(0, "+I 1, {a=1}");
  harness_.Feed(0, "+I 1, {a=1}");
  harness_.Feed(1, "-D 1");
  harness_.Feed(1, "+I 1");
  EXPECT_EQ(harness_.out.table().at("[1, {a=1}, 1]"), 1);
}

TEST_P(MultisetTest, NothingIsLeftWhenAllRowsAreGone) {
  harness_.Feed(0, "+I 1, {a=1}\n+I 1, {b=2}\n+I 1, {c=3}");
  harness_.Feed(0, "-D 1, {a=1}");
  harness_.Feed(0, "-D 1, {b=2}");
  harness_.Feed(0, "-D 1, {c=3}");
  EXPECT_EQ(harness_.statistics().rows, 0U);
  // Those that their hash alone tells apart.
  harness_.Feed(1, "+I 1\n+I 1\n+I 2");
  harness_.Feed(1, "-D 1\n-D 2");
  EXPECT_EQ(harness_.statistics().rows, 1U);
  harness_.Feed(1, "-D 1");
  EXPECT_EQ(harness_.statistics().rows, 0U);
}

// Random rows with maps of four values come, and go when they are there, on both sides, with
// restarts; the result is the cross product a key.
TEST_P(MultisetTest, AgreesWithAModel) {
  Random random(SeedOf(GetParam() ? 11 : 12));
  std::map<std::pair<int, int>, int> left;  // (key, map) -> copies
  std::map<int, int> right;
  for (int step = 0; step < 400; ++step) {
    const int key = static_cast<int>(random.Below(3));
    if (random.Below(4) == 0) {
      int& copies = right[key];
      const bool add = copies == 0 || random.Below(2) == 0;
      copies += add ? 1 : -1;
      harness_.Feed(1, (add ? "+I " : "-D ") + std::to_string(key));
    } else {
      const int map = static_cast<int>(random.Below(4));
      int& copies = left[{key, map}];
      const bool add = copies == 0 || random.Below(2) == 0;
      copies += add ? 1 : -1;
      harness_.Feed(
          0, (add ? "+I " : "-D ") + std::to_string(key) + ", {m=" + std::to_string(map) + "}");
    }
    if (step % 100 == 99) harness_.Restart(1 + static_cast<uint32_t>(step / 100) % 3);
  }
  std::map<std::string, int> expected;
  for (const auto& [row, copies] : left) {
    const int pairs = copies * right[row.first];
    if (pairs == 0) continue;
    expected["[" + std::to_string(row.first) + ", {m=" + std::to_string(row.second) + "}, " +
             std::to_string(row.first) + "]"] = pairs;
  }
  std::map<std::string, int> got;
  for (const auto& [row, copies] : harness_.out.table()) {
    if (copies != 0) got[row] = copies;
  }
  EXPECT_EQ(got, expected);
  ExpectNoViolations();
}

INSTANTIATE_TEST_SUITE_P(Backends, MultisetTest, ::testing::Bool(),
                         [](const auto& backend) { return backend.param ? "RocksDb" : "Memory"; });

}  // namespace
}  // namespace weir::operators
