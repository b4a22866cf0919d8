// The changes that a Top-N emits after it was restored into a query with other ranks.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "runtime/operators/operator.h"
#include "runtime/operators/rank/rank_snapshot.h"

namespace weir::operators {

// After such a restore, rows that the old query had emitted and the new one does not show are
// retracted (-D), and rows that are in the state and shown from now on are inserted (+I), each with
// its rank. This happens once, before the operator emits anything else, so that the result becomes
// that of the new ranks over all input. The operator saves its ranks as the state entry "ranks"; a
// checkpoint without that entry is older than it and is taken to have the same ranks.
// restore_rules.cc says which changes of ranks the state allows.
class RankRevision {
 public:
  // The tables of the operator. They outlive this, as does `spec`.
  struct Tables {
    MapTable* rows = nullptr;  // "rows" or "top" of graph::StateOfRank
    ValueTable* bounds = nullptr;
  };

  // Reads which ranks were shown before. kCorruption when the entry cannot be read.
  Status Open(const graph::RankSpec& spec, const OperatorContext& ctx, const Tables& tables);
  // Whether Emit has something to do.
  bool pending() const { return pending_; }
  // When the operator wants to be called to emit them, even if no rows arrive
  // (Operator::NextProcessingTime).
  Timestamp due() const { return pending_ ? Timestamp{0} : Timestamp::Max(); }
  // Emits the changes and brings the state to the new ranks: where only ranked rows are kept, rows
  // beyond the last rank are erased. One pass over all partitions; does nothing when nothing is
  // pending. REQUIRES: called before any row is folded.
  Status Emit(Output& out);
  // Emits the changes to `others`, and then all rows that the new ranks show to `seeded`
  // (Operator::Seed).
  Status Seed(Output& others, Output& seeded);
  // The state entry for OnBarrier. REQUIRES: nothing is pending.
  OperatorStateEntry Save() const;

 private:
  // Collects changes of rows that were (or were not) shown, and emits them batch by batch.
  class Changes;

  // A batch with one row for each partition of `run`, in which only the partition columns are set.
  Result<Batch> PartitionsOf(const ScannedRows& run) const;
  Status ShowRun(const ScannedRows& run, Changes& changes, Output& out);
  Status ReviseRun(const ScannedRows& run, Changes& changes, Output& out);
  Status EraseBehind(std::string_view key, size_t count);

  const graph::RankSpec* spec_ = nullptr;
  graph::RankSpec wide_;  // covers the ranks shown before as well as those shown after
  graph::RankSpec saved_;
  Tables tables_;
  std::vector<Type> types_;
  std::vector<Type> key_types_;
  uint32_t batch_rows_ = kDefaultBatchRows;
  bool pending_ = false;
  RankSnapshotReader wide_reader_;
  RankSnapshotReader reader_;
};

// Stores the sort keys of the last rank in the partition's row of "bounds", once there is a row of
// that rank. `snapshot` holds the partition's rows up to it. REQUIRES: the row is marked as
// changed.
void SetRankBound(const graph::RankSpec& spec, const RankSnapshot& snapshot, std::byte* row,
                  ValueTable& bounds);

}  // namespace weir::operators
