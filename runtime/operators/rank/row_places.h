// Finds the stored row of a retractable Top-N that a retraction means, by the values of its
// columns.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/operators/rank/sort_order.h"
#include "runtime/operators/row_groups.h"
#include "runtime/state_backend.h"

namespace weir::operators {

struct RowPlace {
  uint32_t row;      // of the batch: a row with equal columns
  int64_t sequence;  // of arrival
};

// Keeps table "places" (graph::StateOfRank): for each row's hash the numbers of the rows that have
// it. Rows whose hashes collide (one in 2^64 pairs within a partition) are taken for equal. A
// retraction of a row that is not there is ignored, as in Flink.
class RowPlaces {
 public:
  // `partition` is borrowed.
  void Open(MapTable& table, const std::vector<int>& partition, size_t width);

  // Folds a batch (dense): numbers rows that are added, and finds the numbers of rows that are
  // removed, the oldest of equal rows first. A row that is added and removed within the batch is in
  // neither list.
  Status Fold(const Batch& batch, const uint64_t* partition_hashes);
  // Rows that are there, dense, count as written now.
  Status Refresh(const Batch& rows, const uint64_t* partition_hashes);
  // Forgets all rows of these partitions.
  Status EraseKeys(const KeyView& keys) { return table_->EraseKeys(keys); }
  const std::vector<RowPlace>& added() const { return added_; }
  const std::vector<RowPlace>& removed() const { return removed_; }

  // The rows of `places`, dense, with two more columns, the order and the number, which form the
  // sub-key of "rows". Valid as long as `order`. `reverse`: of equal rows, later ones come first.
  Batch WithPlaces(const Batch& batch, const SortOrder& order, const std::vector<RowPlace>& places,
                   bool reverse) const;

  int64_t sequence() const { return sequence_; }
  void set_sequence(int64_t next) { sequence_ = next; }

 private:
  void FoldRow(const Batch& batch, uint32_t row, std::string& sequences);
  ColumnPtr HashesOf(const Batch& batch) const;

  MapTable* table_ = nullptr;
  const std::vector<int>* partition_ = nullptr;
  std::vector<int> all_;
  int64_t sequence_ = 0;

  std::vector<std::byte*> rows_;
  std::vector<uint8_t> created_;
  RowGroups groups_;
  std::vector<std::string> sequences_;  // the numbers under one hash, for each group
  int64_t first_ = 0;                   // the first number that this batch has given out
  std::vector<RowPlace> added_;
  std::vector<RowPlace> removed_;
};

}  // namespace weir::operators
