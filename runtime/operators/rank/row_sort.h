// Sorts rows as ORDER BY does, on disk where memory does not suffice.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/graph/operator_spec.h"
#include "runtime/operators/rank/sort_order.h"
#include "runtime/record_sorter.h"
#include "runtime/types/batch.h"

namespace weir::operators {

// One sort: rows are added, and then visited once in the order of their sort keys, those that are
// equal in that of their arrival. Rows that fit into memory are sorted there, all at once; when
// they turn out not to, they and all that follow go through the sorter. The result is the same.
// Used by one thread.
class RowSort {
 public:
  // `keys`, and `types` of all columns, outlive this. Without a sorter all rows stay in memory.
  RowSort(const std::vector<graph::SortKey>& keys, const std::vector<Type>& types,
          std::unique_ptr<RecordSorter> sorter)
      : keys_(keys),
        types_(types),
        sorter_(std::move(sorter)),
        memory_bytes_(sorter_ != nullptr ? sorter_->memory_bytes() : 0) {}

  // Adds a row as the canonical bytes of its columns (key_encoding.h). `count` is handed back with
  // it. `arrival` orders rows with equal sort keys; it is not negative and differs for all rows.
  // kCorruption when the bytes are malformed; fails as the sorter does.
  Status Add(std::string_view row, int64_t count, int64_t arrival);

  // Takes some rows in order, and the count of each. Returns false when no more rows are wanted.
  using Visitor = std::function<Result<bool>(Batch rows, std::span<const int64_t> counts)>;
  // Calls `visit` with all rows, at most `portion_rows` at a time. To be called once.
  Status Visit(uint32_t portion_rows, const Visitor& visit);

 private:
  // The first bytes of a row's sort key, which decide most comparisons without reading the rest.
  struct Place {
    uint64_t head;
    uint64_t next;
    uint32_t row;
  };

  void Append(std::string_view row, int64_t count);
  // Whether the rows in memory, and what sorting them takes, need more than they may.
  bool IsFull() const;
  void Forget();
  // The rows in memory as columns.
  Result<Batch> Decode() const;
  void EncodeSortKeys(const Batch& rows);
  // Moves the rows in memory into the sorter.
  Status Spill();
  std::vector<Place> Sorted() const;
  Status VisitMemory(uint32_t portion_rows, const Visitor& visit);
  Status VisitSorter(uint32_t portion_rows, const Visitor& visit);

  const std::vector<graph::SortKey>& keys_;
  const std::vector<Type>& types_;
  const std::unique_ptr<RecordSorter> sorter_;
  const uint64_t memory_bytes_;  // 0: no limit
  bool spilled_ = false;

  // The rows in memory: canonical bytes, one run a row.
  std::string bytes_;
  std::vector<size_t> ends_;
  std::vector<int64_t> counts_;
  std::vector<int64_t> arrivals_;
  SortOrder order_;  // of those that were decoded last

  // Scratch.
  std::string key_;
  std::string value_;
};

}  // namespace weir::operators
