// The runs of partitions and the rows that they remember, in and out of state.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "runtime/operators/match/run_codec.h"
#include "runtime/operators/row_groups.h"
#include "runtime/operators/time/timed_rows.h"
#include "runtime/state_backend.h"

namespace weir::operators {

// Some partitions at a time are in memory: Load, change, Store. Used by one task's thread.
class StoredRuns {
 public:
  // `plan` outlives this.
  explicit StoredRuns(const MatchPlan& plan) : plan_(plan), codec_(plan) {}

  // Opens the tables; restored runs are there when it returns.
  Status Open(const Schema& input, TaskState& tasks, const std::string& uid);

  // Loads the partitions of the rows of `batch`, which has the input's columns, or at least those
  // of the partition, at `keys`. Kept rows get ids from 0 on, the batch's rows those behind.
  Status Load(const Batch& batch, const std::vector<int>& keys);
  size_t size() const { return groups_.size(); }
  // The rows of the batch, ascending.
  std::span<const uint32_t> RowsOf(size_t partition) const { return groups_.RowsOf(partition); }
  uint32_t FirstRowOf(size_t partition) const { return groups_.firsts()[partition]; }
  PartitionRuns& runs(size_t partition) { return runs_[partition]; }
  // The time at which the partition is to be looked at again; unset: it is not in "expiring".
  std::optional<int64_t>& expires(size_t partition) { return expires_[partition]; }
  RowLists& lists() { return lists_; }
  // The kept rows, with graph::KeptByMatch as columns.
  const Batch& kept() const { return kept_; }
  // The number of each row by its id. Those of the batch's rows are set by the caller.
  std::vector<int64_t>& numbers() { return numbers_; }

  // Writes the partitions that were loaded, with the rows of the batch that they remember now.
  Status Store(const Batch& batch);

  // The earliest time, over all partitions, of the last row of a match that is not certain yet.
  std::optional<int64_t> pending() const;
  // The keys of the partitions with such a match, as columns of a batch.
  Result<Batch> KeysPending();

 private:
  std::optional<int64_t> PendingOf(const PartitionRuns& runs) const;
  bool IsKept(const PartitionRuns& runs) const;
  Status LoadRuns();
  Status LoadKept();
  // The keys of these partitions.
  Batch KeysOf(const std::vector<uint32_t>& partitions) const;
  std::optional<int64_t> TimeIn(const std::byte* row, size_t field) const;
  void SetTime(std::byte* row, size_t field, std::optional<int64_t> time) const;
  void StoreOne(size_t partition, std::vector<uint32_t>& added, std::vector<uint32_t>& owners);
  Status AddRows(const Batch& batch, const std::vector<uint32_t>& added,
                 const std::vector<uint32_t>& owners);
  void Forget(int64_t pending);

  const MatchPlan& plan_;
  RunCodec codec_;
  std::vector<Type> key_types_;
  std::vector<Type> kept_types_;
  ValueTable* table_ = nullptr;
  MapTable* rows_table_ = nullptr;
  std::map<int64_t, uint64_t> pending_;  // how many partitions have it

  // The partitions of the batch that was loaded last, and what is stored of them.
  Batch keys_;                   // of the rows of the batch, by places of the key
  std::vector<int> key_places_;  // 0, 1, …
  std::vector<uint64_t> hashes_;
  std::vector<std::byte*> places_;  // of each row of the batch
  RowGroups groups_;
  std::vector<PartitionRuns> runs_;
  std::vector<std::optional<int64_t>> expires_;
  RowLists lists_;
  Batch kept_;
  std::vector<uint32_t> kept_of_;  // the kept rows of partition i are [i], [i + 1)
  std::vector<std::byte*> kept_places_;
  std::vector<int64_t> numbers_;
  std::vector<std::byte*> stale_;  // kept rows that nothing remembers any more
  std::vector<std::byte*> ended_;  // partitions without runs
  std::string bytes_;              // scratch
};

}  // namespace weir::operators
