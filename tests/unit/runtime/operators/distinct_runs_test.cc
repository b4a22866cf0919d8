// Cutting batches where a key comes again, and marks of what comes of the pieces.
#include "runtime/operators/distinct_runs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "runtime/types/key_encoding.h"
#include "tests/seed.h"

namespace weir::operators {
namespace {

using ::testing::ElementsAre;

// One column of keys; the mark of row i is 100 + i.
Batch MarkedKeys(const std::vector<int64_t>& keys) {
  Batch batch;
  batch.row_count = static_cast<uint32_t>(keys.size());
  auto column = Column::Make(Type::BigInt(), batch.row_count);
  batch.late_marks = MakeBuffer<int64_t>(batch.row_count);
  for (uint32_t row = 0; row < batch.row_count; ++row) {
    column->mutable_data<int64_t>()[row] = keys[row];
    batch.late_marks->as<int64_t>()[row] = 100 + row;
  }
  batch.columns.push_back(column);
  return batch;
}

const int kKey[] = {0};

class DistinctRunsTest : public ::testing::Test {
 protected:
  void SetUp() override { runs_.Open(graph::LateMarks::kEveryRow); }
  // The keys of every run; `answer` is what comes of it, whose marks are collected in marks_.
  std::vector<std::vector<int64_t>> Cut(const std::vector<int64_t>& keys,
                                        const std::vector<int64_t>& answer = {}) {
    const Batch batch = MarkedKeys(keys);
    std::vector<uint64_t> hashes(batch.row_count);
    HashKeys(batch, kKey, hashes.data());
    std::vector<std::vector<int64_t>> cut;
    const Status status =
        runs_.ForEach(batch, hashes.data(), [&](const Batch& run, const uint64_t*) {
          const int64_t* data = run.columns[0]->data<int64_t>();
          cut.emplace_back(data, data + run.row_count);
          if (answer.empty()) return Status();
          Batch result = MarkedKeys(answer);
          runs_.CopyMarks(run, kKey, result);
          const int64_t* marks = result.late_marks->as<int64_t>();
          marks_.emplace_back(marks, marks + result.row_count);
          return Status();
        });
    EXPECT_TRUE(status.ok());
    return cut;
  }

  DistinctRuns runs_;
  std::vector<std::vector<int64_t>> marks_;
};

TEST_F(DistinctRunsTest, AKeyComesOnceInARun) {
  EXPECT_THAT(Cut({1, 2, 3}), ElementsAre(ElementsAre(1, 2, 3)));
  EXPECT_THAT(Cut({1, 2, 1, 3, 2, 2}),
              ElementsAre(ElementsAre(1, 2), ElementsAre(1, 3, 2), ElementsAre(2)));
  EXPECT_TRUE(Cut({}).empty());
}

TEST_F(DistinctRunsTest, WhatComesOfARowHasItsMark) {
  Cut({1, 2, 2, 1}, {2, 1, 2});
  EXPECT_THAT(marks_, ElementsAre(ElementsAre(101, 100, 101), ElementsAre(102, 103, 102)));
}

TEST_F(DistinctRunsTest, BatchesStayWholeWhereNobodyLooks) {
  runs_.Open(graph::LateMarks::kUnused);
  EXPECT_THAT(Cut({1, 1, 2}), ElementsAre(ElementsAre(1, 1, 2)));
}

TEST_F(DistinctRunsTest, RandomKeysAgreeWithASet) {
  std::mt19937 random(SeedOf(7));
  for (int round = 0; round < 200; ++round) {
    std::vector<int64_t> keys(random() % 300);
    for (int64_t& key : keys) key = static_cast<int64_t>(random() % (1 + round * 3));
    std::vector<std::vector<int64_t>> expected;
    for (const int64_t key : keys) {
      if (expected.empty() ||
          std::find(expected.back().begin(), expected.back().end(), key) != expected.back().end()) {
        expected.emplace_back();
      }
      expected.back().push_back(key);
    }
    EXPECT_EQ(Cut(keys), expected);
  }
}

}  // namespace
}  // namespace weir::operators
