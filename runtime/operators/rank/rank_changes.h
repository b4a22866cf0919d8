// From the ranked rows of a partition before and after a batch to the changes that Top-N sends.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "runtime/graph/operator_spec.h"
#include "runtime/types/batch.h"
#include "runtime/types/row_kind.h"

namespace weir::operators {

inline constexpr uint32_t kNoRank = UINT32_MAX;

// A row in a list of ranked rows, which is in the order of their ranks.
// Ids are places in RankedRows.
struct RankedRow {
  uint32_t id;                  // where its values are; equal ids are the same row
  uint32_t replaces = kNoRank;  // the id of the row whose key it has; kNoRank when there is none
};

// The rank of the row at each place of a list, from 1. `order_differs[i]` says whether row i has
// other sort keys than row i - 1; not looked at for ROW_NUMBER.
// Overwrites `ranks`. SQL:2016's ROW_NUMBER, RANK (equal keys leave gaps) and DENSE_RANK (none).
void RankPlaces(graph::RankFunction function, std::span<const uint8_t> order_differs,
                std::vector<int64_t>& ranks);

// One row of the output.
// `rank` is the row's old one for -U and -D.
struct RankChange {
  uint32_t id;
  RowKind kind;
  int64_t rank;
};

// What is sent; see graph::RankSpec.
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

// Appends the changes that make `after` of `before`, both of one partition; no id occurs twice in a
// list. Taking them in order gives a valid table at every step. By place: ascending ranks, each the
// old row, then the new one. By row: rows that go, then those that stay with another rank or
// another row of their key, then those that come.
// Nothing comes out for a row that stays as it is. Linear in the lists but for sorting ids. One
// thread.
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
