// The rows of a batch that pass the FILTERs of aggregate calls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "runtime/expr/aggregate.h"
#include "runtime/types/batch.h"

namespace weir::operators {

// Rows to fold, in the order of the batch: parallel arrays.
struct FoldedRows {
  std::vector<uint32_t> input_rows;  // physical
  std::vector<std::byte*> groups;    // the state row of each
  std::vector<int8_t> signs;         // empty: all +1

  size_t size() const { return input_rows.size(); }
  expr::FoldInput input() const {
    return {static_cast<uint32_t>(input_rows.size()), groups.data(), input_rows.data(),
            signs.empty() ? nullptr : signs.data()};
  }
};

// Lists the rows of a batch once for each FILTER, since several calls often share one. A row for
// which the FILTER is NULL or FALSE is left out (SQL:2016). Memory is reused from batch to batch.
class FilteredRows {
 public:
  // Starts a new batch, whose i-th selected row belongs to the state row groups[i] with the sign
  // signs[i] (null: all +1). Everything is borrowed until the last call of Of.
  void Begin(const Batch& batch, std::byte* const* groups, const int8_t* signs);

  // The selected rows that the BOOLEAN column `filter` lets through; all of them when it is
  // negative. Valid until the next Begin.
  const FoldedRows& Of(int filter);

 private:
  struct List {
    int filter;
    bool made;  // whether it was filled for this batch
    FoldedRows rows;
  };

  void ListAll(FoldedRows& rows) const;
  void ListPassing(const Column& filter, FoldedRows& rows) const;

  const Batch* batch_ = nullptr;
  std::byte* const* groups_ = nullptr;
  const int8_t* signs_ = nullptr;
  std::deque<List> lists_;  // a deque, so that references stay valid when it grows
};

}  // namespace weir::operators
