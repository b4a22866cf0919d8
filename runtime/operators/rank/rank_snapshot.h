// A copy of the first rows of a partition in the state of a Top-N.
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

// Holds copies, so that the state may change afterwards. Vectors are parallel, in the order of
// rank.
struct RankSnapshot {
  std::vector<std::string> sub_keys;  // the row's sub-key within its partition
  std::vector<int64_t> ranks;
  std::vector<ColumnPtr> columns;  // of the input
  std::string last_order;          // the sort keys of the last row; empty without rows
};

// Whether the rows that a Top-N shows live as long as anything is written to their partition: if
// they expired one by one, others would take their ranks without being given out.
bool RefreshesShown(const graph::RankSpec& spec);

// Reads snapshots from table "rows" (graph::StateOfRank). It visits only the rows up to the last
// rank.
class RankSnapshotReader {
 public:
  // REQUIRES: all arguments outlive this. `kept` lists the columns that are fields of the table.
  void Open(const graph::RankSpec& spec, const Schema& input, const std::vector<int>& kept,
            MapTable& rows);
  // Fills `snapshot` with the rows up to the last rank of the partition to which row `row` of
  // `batch` belongs.
  Status Read(const Batch& batch, uint32_t row, RankSnapshot& snapshot);
  // The rows of the snapshot that was read last count as written when it was read. REQUIRES: the
  // table was not called since.
  void Refresh(const RankSnapshot& snapshot);

 private:
  Status Collect(const std::string& key, RankSnapshot& snapshot);

  const graph::RankSpec* spec_ = nullptr;
  std::vector<Type> types_;
  // For each column of the input its field in the table; -1: it is part of the key.
  std::vector<int> fields_;
  MapTable* rows_ = nullptr;
  SortOrder order_;
  std::vector<std::byte*> pointers_;
  std::vector<uint8_t> differs_;
  std::vector<uint32_t> zeros_;
};

// Gives equal ids to rows that are in both snapshots: rows of `before` are numbered from 0, and
// rows that are only in `after` are numbered by their positions behind those.
void PairRows(const RankSnapshot& before, const RankSnapshot& after,
              std::vector<RankedRow>& before_rows, std::vector<RankedRow>& after_rows);

}  // namespace weir::operators
