// The first rows of a partition as they are in the state of a Top-N at one moment.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/graph/operator_spec.h"
#include "runtime/operators/rank/rank_changes.h"
#include "runtime/operators/rank/sort_order.h"
#include "runtime/state_backend.h"
#include "runtime/types/column_builder.h"

namespace weir::operators {

// Copies: the state may change afterwards. Vectors are parallel, in order of rank.
struct RankSnapshot {
  std::vector<std::string> sub_keys;  // where each row is in its partition
  std::vector<int64_t> ranks;
  std::vector<ColumnPtr> columns;  // of the input
  std::string last_order;          // the sort keys of the last row; empty without rows
};

// Looks at table "rows" (graph::StateOfRank). Keeps scratch memory.
// Costs what is looked at: the rows up to the last rank, in their order.
class RankSnapshotReader {
 public:
  // All outlive this; `kept` are the columns that are the table's fields.
  void Open(const graph::RankSpec& spec, const Schema& input, const std::vector<int>& kept,
            MapTable& rows);
  // Fills `snapshot` with the rows up to the last rank of the partition of row `row` of `batch`.
  Status Read(const Batch& batch, uint32_t row, RankSnapshot& snapshot);

 private:
  Status Collect(const std::string& key, RankSnapshot& snapshot);

  const graph::RankSpec* spec_ = nullptr;
  std::vector<Type> types_;
  std::vector<int> fields_;  // one a column of the input: of the table; -1: in its key
  MapTable* rows_ = nullptr;
  SortOrder order_;
  std::vector<std::byte*> pointers_;
  std::vector<uint8_t> differs_;
  std::vector<uint32_t> zeros_;
};

// Gives equal ids to rows that are in both snapshots. Rows of `before` are numbered from 0, those
// that only `after` has by their places behind them.
void PairRows(const RankSnapshot& before, const RankSnapshot& after,
              std::vector<RankedRow>& before_rows, std::vector<RankedRow>& after_rows);

}  // namespace weir::operators
