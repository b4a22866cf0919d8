// Computes the changes that a Top-N emits from the ranked rows of a partition before and after a
// batch.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "runtime/graph/operator_spec.h"
#include "runtime/types/batch.h"
#include "runtime/types/row_kind.h"

namespace weir::operators {

inline constexpr uint32_t kNoRank = UINT32_MAX;

// A row in a list that is ordered by rank. Ids are positions in RankedRows.
struct RankedRow {
  uint32_t id;  // where its values are; equal ids are the same row
  // The id of the row with its key that it replaces; kNoRank when there is none.
  uint32_t replaces = kNoRank;
};

// Overwrites `ranks` with the rank of each row of a list, from 1, by SQL:2016's ROW_NUMBER, RANK
// (equal sort keys leave gaps) or DENSE_RANK (no gaps). `order_differs[i]` says whether row i has
// other sort keys than row i - 1; it is not read for ROW_NUMBER.
void RankPlaces(graph::RankFunction function, std::span<const uint8_t> order_differs,
                std::vector<int64_t>& ranks);

// One row of the output. For -U and -D, `rank` is the row's old one.
struct RankChange {
  uint32_t id;
  RowKind kind;
  int64_t rank;
};

// Which ranks are sent, and how; see graph::RankSpec.
struct RankRange {
  int64_t first = 1;
  int64_t last = 1;
  bool by_place = false;
  bool output_rank = false;
  bool update_before = true;
};

// A list of rows with the rank of each.
struct RankedList {
  std::span<const RankedRow> rows;
  std::span<const int64_t> ranks;
};

// Appends the changes that turn `before` into `after`, both of one partition; an id occurs at most
// once in each list. Applying them in order gives a valid table after every step. By place: in
// ascending rank, each old row followed by the new one. By row: first rows that leave, then rows
// that stay with another rank or replace a row of their key, then rows that enter. A row that stays
// as it is produces nothing. Takes linear time except for sorting ids.
class RankDifference {
 public:
  explicit RankDifference(const RankRange& range) : range_(range) {}
  void Append(const RankedList& before, const RankedList& after, std::vector<RankChange>& changes);

 private:
  void ByPlace(const RankedList& before, const RankedList& after,
               std::vector<RankChange>& changes) const;
  void ByRow(const RankedList& before, const RankedList& after, std::vector<RankChange>& changes);
  bool Shown(int64_t rank) const { return rank >= range_.first && rank <= range_.last; }

  RankRange range_;
  struct Known {
    uint32_t id;
    int64_t rank;
  };
  std::vector<Known> known_;  // sorted by id
  std::vector<uint8_t> met_;
};

}  // namespace weir::operators
