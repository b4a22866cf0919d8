// The rows of one partition in their order, as they are after the changes of a batch.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/operators/over/partition_rows.h"
#include "runtime/operators/rank/sort_order.h"
#include "runtime/operators/stored_rows.h"
#include "runtime/state_backend.h"
#include "runtime/types/batch.h"

namespace weir::operators {

// The sub-keys of a batch's rows in table "rows" (graph::StateOfOverRecompute) but for the number
// of the copy: equal rows have equal ones.
class OrderedKeys {
 public:
  // `batch` is dense.
  void Encode(const Batch& batch, std::span<const graph::SortKey> order);
  // The canonical bytes of a row's order and columns.
  std::string_view operator[](uint32_t row) const {
    const size_t begin = row == 0 ? 0 : ends_[row - 1];
    return std::string_view(bytes_).substr(begin, ends_[row] - begin);
  }
  // Rows `ids` of the batch with the three columns of their sub-keys behind the others.
  Batch WithKeys(const Batch& batch, std::span<const uint32_t> ids,
                 std::span<const int64_t> copies) const;

 private:
  ColumnPtr orders_;
  ColumnPtr rows_;
  std::string bytes_;
  std::vector<size_t> ends_;
};

// A row of the partition, which is in the table or new.
struct OrderedRow {
  std::byte* stored = nullptr;  // null: new
  uint32_t row = 0;             // of the batch, if new
  int64_t copy = 0;             // if new
};

// Belongs to one task's thread. Row pointers end with the next call of the table.
class OrderedRows final : public PartitionRows {
 public:
  // fields[i] is the field of `table` that keeps column i of the input; -1: it is in the key.
  void Open(MapTable& table, std::span<const int> fields);

  // Reads the partition `key` and applies the changes of it that are the rows `rows` of the batch,
  // of which there is one at least. A retraction of a row that is not there is ignored. `batch` and
  // `keys` are borrowed.
  Status Read(const std::string& key, const Batch& batch, const OrderedKeys& keys,
              std::span<const uint32_t> rows);

  bool changed() const { return changes_ > 0; }
  size_t size() const override { return rows_.size(); }
  const OrderedRow& operator[](size_t place) const { return rows_[place]; }
  // Rows of the table that are gone.
  std::span<std::byte* const> removed() const { return removed_; }
  // Whether a row was added at one of the places [begin, end), or one was removed between them, in
  // front of the first or behind the last.
  bool Changed(size_t begin, size_t end) const { return touched_[end] > before_[begin]; }

  // REQUIRES: changed().
  uint32_t PeersBegin(size_t place) const override { return peers_[place]; }
  uint32_t PeersEnd(size_t place) const override { return peer_ends_[place]; }

  Result<ColumnPtr> Values(const Batch& batch, int column, size_t begin, size_t end) const override;
  // The same for rows of the table that are of this partition.
  Result<ColumnPtr> ValuesOf(const Batch& batch, int column,
                             std::span<std::byte* const> stored) const;

 private:
  // A row of the table while it is read, and where in bytes_ its sub-key without the copy is.
  struct Old {
    size_t begin;
    size_t bytes;
    int64_t copy;
    std::byte* row;
  };

  Status ReadOld(const std::string& key);
  std::string_view KeyOf(const Old& old) const {
    return std::string_view(bytes_).substr(old.begin, old.bytes);
  }
  // Adds what is left of the copies of one row behind the changes `same`, and what is new.
  void Merge(std::span<const Old> copies, std::span<const uint32_t> same, const Batch& batch,
             std::string_view key);
  void AddPlace(const OrderedRow& row, std::string_view key);
  void FindPeers();

  MapTable* table_ = nullptr;
  std::vector<int> fields_;

  // Of the current partition.
  std::string bytes_;
  std::vector<Old> old_;
  std::vector<OrderedRow> rows_;
  std::vector<std::string_view> keys_;  // of rows_
  std::vector<uint32_t> peers_;
  std::vector<uint32_t> peer_ends_;
  // How many changes there are up to a place: without and with those of rows that were removed
  // directly in front of it. Both have an entry for the end.
  std::vector<uint32_t> before_;
  std::vector<uint32_t> touched_;
  std::vector<std::byte*> removed_;
  uint32_t first_ = 0;    // a row of the batch that is of the partition
  uint32_t changes_ = 0;  // so far
  uint32_t passed_ = 0;   // of these, behind which a place was added
};

}  // namespace weir::operators
