// The rows of one partition that wait for those behind them, or are read with such.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "runtime/operators/over/partition_rows.h"
#include "runtime/state_backend.h"
#include "runtime/types/batch.h"

namespace weir::operators {

// As they are in table "rows" (graph::StateOfOverAhead), by time and then by arrival, up to a time.
// Rows of one time are peers. Belongs to one task's thread. Row pointers end with the next call of
// the table.
class AheadRows final : public PartitionRows {
 public:
  // fields[i] is the field of `table` that keeps column i of the input; -1: it is in the key.
  void Open(MapTable& table, std::span<const int> fields);

  // Reads the rows of the partition `key` with times up to `limit`. Row `row` of the batch that is
  // asked for values is of the partition.
  Status Read(std::string_view key, uint32_t row, int64_t limit);

  size_t size() const override { return rows_.size(); }
  uint32_t PeersBegin(size_t place) const override { return peers_[place]; }
  uint32_t PeersEnd(size_t place) const override { return peer_ends_[place]; }
  Result<ColumnPtr> Values(const Batch& batch, int column, size_t begin, size_t end) const override;

  // How many rows, all of them in front, were given.
  uint32_t given() const { return given_; }
  int64_t TimeAt(size_t place) const { return times_[place]; }
  // Notes in the table that the rows [begin, end) are given.
  void Give(uint32_t begin, uint32_t end);
  // Takes the first rows out of the table, which ends all row pointers: nothing else may be asked
  // for behind it.
  void Erase(uint32_t rows);
  // Whether a row of the table was given.
  bool IsGiven(const std::byte* row) const {
    return table_->layout().Load<uint8_t>(row, flag_) != 0;
  }

 private:
  void FindPeers();

  MapTable* table_ = nullptr;
  std::vector<int> fields_;
  size_t flag_ = 0;  // field "given()"

  // Of the current partition.
  uint32_t row_ = 0;
  std::vector<std::byte*> rows_;
  std::vector<int64_t> times_;
  std::vector<uint32_t> peers_;
  std::vector<uint32_t> peer_ends_;
  uint32_t given_ = 0;
};

}  // namespace weir::operators
