// Where the rows of a retractable Top-N are: a row is found again by its columns.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/operators/rank/sort_order.h"
#include "runtime/operators/row_groups.h"
#include "runtime/state_backend.h"

namespace weir::operators {

struct RowPlace {
  uint32_t row;      // of the batch, whose columns are those of the row
  int64_t sequence;  // of arrival
};

// Keeps table "places" (graph::StateOfRank): for each row's hash the numbers of those that have it.
// Rows whose hashes are equal by chance (one in 2^64 pairs of one partition) are taken for equal. A
// row that is taken back and not there is passed over (Flink does the same).
class RowPlaces {
 public:
  // `partition` is borrowed.
  void Open(MapTable& table, const std::vector<int>& partition, size_t width);

  // Folds a batch (dense): numbers what comes and finds what goes, the first of equal rows. What
  // comes and goes within the batch is in neither list.
  Status Fold(const Batch& batch, const uint64_t* partition_hashes);
  const std::vector<RowPlace>& added() const { return added_; }
  const std::vector<RowPlace>& removed() const { return removed_; }

  // The rows of `places`, dense, with two columns more: their order and number, the sub-key of
  // "rows". Valid as long as `order`. `reverse`: later rows come first among equal ones.
  Batch WithPlaces(const Batch& batch, const SortOrder& order, const std::vector<RowPlace>& places,
                   bool reverse) const;

  int64_t sequence() const { return sequence_; }
  void set_sequence(int64_t next) { sequence_ = next; }

 private:
  void FoldRow(const Batch& batch, uint32_t row, std::string& sequences);

  MapTable* table_ = nullptr;
  const std::vector<int>* partition_ = nullptr;
  std::vector<int> all_;
  int64_t sequence_ = 0;

  std::vector<std::byte*> rows_;
  std::vector<uint8_t> created_;
  RowGroups groups_;
  std::vector<std::string> sequences_;  // one a group
  int64_t first_ = 0;                   // the batch's first number
  std::vector<RowPlace> added_;
  std::vector<RowPlace> removed_;
};

}  // namespace weir::operators
